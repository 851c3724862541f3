#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "terraform/provider.h"

/// Tags of AWS services, which differ in the names of their members only: Key/Value or key/value.
namespace landfall::terraform::aws_types {

using Pairs = std::map<std::string, std::string>;

template <class Tag>
std::vector<Tag> to_tags(const Pairs& pairs) {
  std::vector<Tag> tags;
  for (const auto& [key, value] : pairs) {
    Tag& tag = tags.emplace_back();
    tag.key = key;
    tag.value = value;
  }
  return tags;
}

template <class Tag>
Pairs from_tags(const std::optional<std::vector<Tag>>& tags) {
  Pairs pairs;
  if (!tags) return pairs;
  for (const Tag& tag : *tags) {
    if (tag.key && !tag.key->starts_with("aws:")) pairs[*tag.key] = tag.value.value_or("");
  }
  return pairs;
}

/// For the create calls of EC2; nothing if there are no tags.
template <class Specification, class Tag>
std::optional<std::vector<Specification>> tag_specifications(const char* resource_type, const Record& planned) {
  const Pairs tags = planned.pairs("tags_all");
  if (tags.empty()) return std::nullopt;
  Specification specification;
  specification.resource_type = resource_type;
  specification.tags = to_tags<Tag>(tags);
  return std::vector<Specification>{std::move(specification)};
}

/// tags_all as read from the cloud; `tags` is what of it is the configuration's own: the default tags left out, unless the
/// resource had them as its own before.
void set_tags(const Cloud& cloud, Record& state, const Pairs& read);

/// What an update of tags_all takes away and puts.
struct TagChange {
  std::vector<std::string> removed;
  Pairs put;
  bool is_empty() const { return removed.empty() && put.empty(); }
};
TagChange tag_change(const Record& prior, const Record& planned);

}  // namespace landfall::terraform::aws_types
