#include "terraform/address.h"

#include <utility>

#include <fmt/format.h>

namespace landfall::terraform {

std::string dotted(std::string_view prefix, std::string_view rest) {
  if (prefix.empty()) return std::string(rest);
  return std::string(prefix) + "." + std::string(rest);
}

std::string Key::suffix() const {
  switch (kind) {
    case Kind::none: return "";
    case Kind::number: return "[" + std::to_string(number) + "]";
    case Kind::text: return "[" + hcl::to_console(hcl::Value::string(text)) + "]";
  }
  return "";
}

std::string block_id(bool is_data, std::string_view type, std::string_view name) { return fmt::format("{}{}.{}", is_data && !is_ephemeral(type) ? "data." : "", type, name); }

std::string BlockAddress::text() const { return dotted(module, block_id(is_data, type, name)); }

namespace {

/// Calls `visit` with each place of an address that is in no key.
template <class Visit>
void for_each_plain(std::string_view address, const Visit& visit) {
  bool in_key = false, in_text = false;
  for (size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (in_text && c == '\\') ++i;
    else if (in_key && c == '"') in_text = !in_text;
    else if (!in_text && c == '[') in_key = true;
    else if (!in_text && c == ']') in_key = false;
    else if (!in_key) visit(i);
  }
}

}  // namespace

std::string without_keys(std::string_view address) {
  std::string plain;
  for_each_plain(address, [&](size_t i) { plain += address[i]; });
  return plain;
}

std::string parent_module(std::string_view path) {
  size_t last = 0, before = 0;  // the two last dots
  for_each_plain(path, [&](size_t i) {
    if (path[i] == '.') before = std::exchange(last, i);
  });
  return std::string(path.substr(0, before));
}

}  // namespace landfall::terraform
