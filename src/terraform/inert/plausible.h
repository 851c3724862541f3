#pragma once

#include <string>
#include <vector>

#include "hcl/value.h"
#include "terraform/inert/asked.h"

namespace landfall::terraform::inert {

/// Which instance a value is made up for.
struct Instance {
  std::string type, id, region, account;
  std::vector<std::string> zones{};  ///< of the region, for who is asked for one
};

/// Whether an argument names a thing that is recorded and not made: an id or ARN that was made up.
bool is_made_up_reference(const std::string& name, const hcl::Value& value);

/// What an attribute of that name might be, marked as made up: "inert" is in every text, names of hosts end in ".invalid" (RFC
/// 2606), addresses are of a range for documentation (RFC 5737). A port is one that such a thing might have. Of what has a zone,
/// a list has one for each zone.
hcl::Value plausible(const Instance& instance, const std::string& name, const Asked& asked);

/// `value` with what is asked of it and not there, made up, or unknown if `instance` is null.
hcl::Value completed(const Instance* instance, const hcl::Value& value, const std::string& name, const Asked& asked);

/// Whether `there` is `wanted`, or `wanted` completed. Lists, sets and tuples of the same elements are the same.
bool is_completed(const hcl::Value& there, const hcl::Value& wanted, const Asked& asked);

}  // namespace landfall::terraform::inert
