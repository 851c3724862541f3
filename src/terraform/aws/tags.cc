#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {

void set_tags(const Cloud& cloud, Record& state, const Pairs& found) {
  Pairs read = found;
  std::erase_if(read, [&](const auto& tag) { return cloud.ignored_tags.covers(tag.first); });
  const Pairs own = state.pairs("tags");
  const bool had_tags = state.has("tags");
  Pairs tags;
  for (const auto& [key, value] : read) {
    const auto by_default = cloud.default_tags.find(key);
    const bool is_default = by_default != cloud.default_tags.end() && by_default->second == value && !own.contains(key);
    if (!is_default) tags[key] = value;
  }
  if (tags.empty() && !had_tags) state.clear("tags");
  else state.set("tags", tags);
  state.set("tags_all", read);
}

TagChange tag_change(const Record& prior, const Record& planned) {
  const Pairs before = prior.pairs("tags_all"), after = planned.pairs("tags_all");
  TagChange change;
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) change.removed.push_back(key);
  }
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) change.put[key] = value;
  }
  return change;
}

}  // namespace landfall::terraform::aws_types
