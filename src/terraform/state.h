#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "terraform/address.h"

namespace landfall::terraform {

/// One instance as the state file keeps it. `attributes` is JSON text of the object: the schema gives its types.
struct StateInstance {
  std::string attributes = "{}";
  bool is_flat = false;                  ///< `attributes` is a flat map as 0.11 wrote it ("tags.%", "list.#")
  int schema_version = 0;
  bool is_tainted = false;
  std::string deposed{};                 ///< of an old one that a replacement left behind: 8 hex digits
  std::vector<std::string> dependencies{};  ///< blocks that it was made after: "aws_vpc.x", "module.a.aws_vpc.x"
  std::string private_data{};            ///< base64 of other writers, kept
  std::string sensitive_attributes{};    ///< JSON of other writers, kept
  bool creates_first = false;
};

struct StateOutput {
  std::string value;  ///< JSON
  std::string type;   ///< JSON
  bool is_sensitive = false;
};

/// Terraform's state file, version 4.
struct State {
  int64_t serial = 0;
  std::string lineage;
  std::map<std::string, StateOutput> outputs;
  std::map<Address, StateInstance> instances;
  std::map<Address, std::vector<StateInstance>> deposed;
  std::map<BlockAddress, std::string> providers;  ///< what its "provider" member says; where nothing, what the type's name suggests
  std::string check_results{};                    ///< JSON; "": none

  bool is_empty() const { return instances.empty() && deposed.empty() && outputs.empty(); }
};

/// Reads version 4, and 3 as Terraform 0.11 wrote it.
/// Errors: "State.Malformed" names `what` and the member.
Result<State> parse_state(std::string_view text, std::string_view what);

/// Deterministic; as Terraform writes it, byte for byte. Ends with a line feed.
std::string render_state(const State& state);

/// `provider["registry.terraform.io/hashicorp/aws"]`, for "aws".
std::string provider_address(std::string_view name);

/// "registry.terraform.io/hashicorp/aws": of the provider that a block's instances belong to.
std::string provider_name(const State& state, const BlockAddress& block);

/// The Terraform whose formats we write; it reads them.
constexpr const char* kFormatOf = "1.11.4";

/// Whether two states say the same, serial and lineage apart.
bool same_content(const State& a, const State& b);

}  // namespace landfall::terraform
