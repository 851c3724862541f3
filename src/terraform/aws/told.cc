#include "terraform/aws/told.h"

#include <algorithm>

#include "base/ensure.h"

namespace landfall::terraform::aws_types {

Schema telling(const ResourceType& type, const Names& names, std::vector<Attribute> attributes) {
  const Type whole = type.schema().type();
  for (const std::string& name : names) {
    const Type::Attribute* found = whole.attribute(name);
    ENSURE(found != nullptr, "a source tells attributes that its resource type has");
    attributes.push_back(of_type(name, found->type).read_only());
  }
  return {.attributes = std::move(attributes)};
}

Result<bool> tell(const ResourceType& type, const Cloud& cloud, Record there, const Names& names, Record& state) {
  if (!TRY(type.read(cloud, there))) return false;
  for (const std::string& name : names) state.set(name, there.value(name == "tags" ? "tags_all" : name));
  return true;
}

bool has_tags(const Record& there, const std::map<std::string, std::string>& wanted) {
  const auto tags = there.pairs("tags");
  return std::ranges::all_of(wanted, [&](const auto& tag) {
    const auto found = tags.find(tag.first);
    return found != tags.end() && found->second == tag.second;
  });
}

}  // namespace landfall::terraform::aws_types
