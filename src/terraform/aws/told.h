#pragma once

#include <map>
#include <string>
#include <vector>

#include "terraform/provider.h"

/// Data sources that tell what a resource of some type tells: read by the same code.
namespace landfall::terraform::aws_types {

using Names = std::vector<std::string>;

/// A schema of `attributes`, and of these attributes and blocks of a resource type, as read-only attributes.
Schema telling(const ResourceType& type, const Names& names, std::vector<Attribute> attributes);

/// Reads the resource that `there` names ("id", and what else its type needs) and copies `names` to `state`; "tags" are all of
/// them. False: there is none.
Result<bool> tell(const ResourceType& type, const Cloud& cloud, Record there, const Names& names, Record& state);

/// Whether `there` has these tags, and maybe more.
bool has_tags(const Record& there, const std::map<std::string, std::string>& wanted);

}  // namespace landfall::terraform::aws_types
