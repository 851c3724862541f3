#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "hcl/value.h"

namespace landfall::terraform {

/// Which instance of a resource or module call: none, `[0]` of count, `["a"]` of for_each.
struct Key {
  enum class Kind : unsigned char { none, number, text };
  Kind kind = Kind::none;
  int64_t number = 0;
  std::string text{};

  static Key of(int64_t number) { return {.kind = Kind::number, .number = number}; }
  static Key of(std::string text) { return {.kind = Kind::text, .text = std::move(text)}; }
  std::string suffix() const;  ///< "", "[0]", "[\"a\"]"
  auto operator<=>(const Key&) const = default;
};

/// An ephemeral block is a data source that every run asks anew and nothing keeps; its type is "ephemeral.TYPE".
inline constexpr std::string_view kEphemeral = "ephemeral.";
constexpr bool is_ephemeral(std::string_view type) { return type.starts_with(kEphemeral); }
constexpr std::string_view plain_type(std::string_view type) { return is_ephemeral(type) ? type.substr(kEphemeral.size()) : type; }

/// A block as its module's files name it: "aws_vpc.x", "data.aws_vpc.x", "ephemeral.random_password.x".
std::string block_id(bool is_data, std::string_view type, std::string_view name);

/// A resource or data source block in one module instance: `module.a[0].data.aws_vpc.x`.
struct BlockAddress {
  std::string module{};  ///< path of the module instance, "" for the root: "module.a[0].module.b"
  bool is_data = false;
  std::string type, name;

  std::string text() const;
  bool operator==(const BlockAddress&) const = default;
  /// By module, then data sources first, as Terraform sorts states.
  std::strong_ordering operator<=>(const BlockAddress& other) const {
    if (const auto order = module <=> other.module; order != 0) return order;
    if (is_data != other.is_data) return is_data ? std::strong_ordering::less : std::strong_ordering::greater;
    if (const auto order = type <=> other.type; order != 0) return order;
    return name <=> other.name;
  }
};

/// One instance of it.
struct Address {
  BlockAddress block;
  Key key{};

  std::string text() const { return block.text() + key.suffix(); }
  auto operator<=>(const Address&) const = default;
};

/// "module.a" + "aws_vpc.x" with a dot between where both are there.
std::string dotted(std::string_view prefix, std::string_view rest);

/// `module.a[0].aws_x.y` without its keys: module.a.aws_x.y.
std::string without_keys(std::string_view address);

/// "module.a[0].module.b" -> "module.a[0]"; "" of a module that the root calls, and of the root.
std::string parent_module(std::string_view path);

}  // namespace landfall::terraform
