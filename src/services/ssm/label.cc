#include <algorithm>

#include "services/ssm/support.h"

/// Labels of versions, and tags.
namespace landfall::services::ssm {
namespace {

constexpr size_t kMostLabels = 10, kLongestLabel = 100, kMostTags = 50;

bool is_label(const std::string& label) {
  const std::string low = lower(label);
  return !label.empty() && label.size() <= 100 && !(label[0] >= '0' && label[0] <= '9') && !low.starts_with("aws") && !low.starts_with("ssm") &&
         std::ranges::all_of(label, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_'; });
}

Result<ParameterVersion*> version_numbered(Parameter& parameter, int64_t number) {
  const auto found = std::ranges::find(parameter.versions, number, &ParameterVersion::number);
  if (found == parameter.versions.end()) return fail("ParameterVersionNotFound", fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.", number, parameter.name));
  return &*found;
}

Result<shapes::LabelParameterVersionResult> label(const Deps& deps, const CallContext& context, const shapes::LabelParameterVersionRequest& request) {
  return transact<shapes::LabelParameterVersionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::LabelParameterVersionResult> {
    Parameter parameter = TRY(parameter_named(tx, context, request.name));
    ParameterVersion* version = TRY(version_numbered(parameter, request.parameter_version.value_or(parameter.versions.back().number)));
    for (const std::string& one : *request.labels) {
      if (one.size() > kLongestLabel) return fail("ValidationException", fmt::format("1 validation error detected: Value '[{}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to {}, Member must have length greater than or equal to 1]", join(*request.labels, ", "), kLongestLabel));
    }
    shapes::LabelParameterVersionResult answer{.invalid_labels = std::vector<std::string>{}, .parameter_version = version->number};
    for (const std::string& one : *request.labels) {
      if (std::ranges::count(version->labels, one) > 0) continue;
      if (!is_label(one)) {
        answer.invalid_labels->push_back(one);
        continue;
      }
      for (ParameterVersion& other : parameter.versions) std::erase(other.labels, one);
      version->labels.push_back(one);
    }
    if (version->labels.size() > kMostLabels) return fail("ParameterVersionLabelLimitExceeded", fmt::format("An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: A parameter version can have maximum {} labels.Move one or more labels to another version and try again.", kMostLabels));
    store::put(tx, parameter);
    return answer;
  });
}

Result<shapes::UnlabelParameterVersionResult> unlabel(const Deps& deps, const CallContext& context, const shapes::UnlabelParameterVersionRequest& request) {
  return transact<shapes::UnlabelParameterVersionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::UnlabelParameterVersionResult> {
    Parameter parameter = TRY(parameter_named(tx, context, request.name));
    ParameterVersion* version = TRY(version_numbered(parameter, request.parameter_version.value_or(0)));
    shapes::UnlabelParameterVersionResult answer{.invalid_labels = std::vector<std::string>{}, .removed_labels = std::vector<std::string>{}};
    for (const std::string& one : *request.labels) (std::erase(version->labels, one) > 0 ? answer.removed_labels : answer.invalid_labels)->push_back(one);
    store::put(tx, parameter);
    return answer;
  });
}

/// Only parameters have tags here. Errors: "InvalidResourceType", "InvalidResourceId".
template <class Answer, class Request, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const Request& request, Change change) {
  if (text(request.resource_type) != "Parameter") return fail("InvalidResourceType", fmt::format("{} is not a valid resource type: Landfall carries Parameter only", text(request.resource_type)));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    auto parameter = parameter_named(tx, context, request.resource_id);
    if (!parameter) return fail("InvalidResourceId", fmt::format("The resource ID \"{}\" is not valid. Verify the ID and try again.", text(request.resource_id)));
    const Answer answer = TRY(change(parameter->tags));
    store::put(tx, *parameter);
    return answer;
  });
}

}  // namespace

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given) {
  model::Tags tags;
  for (const auto& tag : given.value_or(std::vector<shapes::Tag>{})) {
    if (lower(text(tag.key)).starts_with("aws:")) return fail("ValidationException", "aws: prefixed tag key names are not allowed for external use.");
    tags[text(tag.key)] = text(tag.value);
  }
  if (tags.size() > kMostTags) return fail("TooManyTagsError", fmt::format("The number of tags {} exceeds the limit of {}", tags.size(), kMostTags));
  return tags;
}

void register_label(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::LabelParameterVersionRequest, shapes::LabelParameterVersionResult>("ssm", "LabelParameterVersion", {"*"}, bind(label));
  registry.add<shapes::UnlabelParameterVersionRequest, shapes::UnlabelParameterVersionResult>("ssm", "UnlabelParameterVersion", {"*"}, bind(unlabel));
  registry.add<shapes::AddTagsToResourceRequest, shapes::AddTagsToResourceResult>("ssm", "AddTagsToResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::AddTagsToResourceResult>(deps, c, r, [&](model::Tags& tags) -> Result<shapes::AddTagsToResourceResult> {
      for (const auto& [key, value] : TRY(read_tags(r.tags))) tags[key] = value;
      if (tags.size() > kMostTags) return fail("TooManyTagsError", fmt::format("The number of tags {} exceeds the limit of {}", tags.size(), kMostTags));
      return shapes::AddTagsToResourceResult{};
    });
  });
  registry.add<shapes::RemoveTagsFromResourceRequest, shapes::RemoveTagsFromResourceResult>("ssm", "RemoveTagsFromResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::RemoveTagsFromResourceResult>(deps, c, r, [&](model::Tags& tags) -> Result<shapes::RemoveTagsFromResourceResult> {
      for (const std::string& key : *r.tag_keys) tags.erase(key);
      return shapes::RemoveTagsFromResourceResult{};
    });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResult>("ssm", "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::ListTagsForResourceResult>(deps, c, r, [&](model::Tags& tags) -> Result<shapes::ListTagsForResourceResult> {
      shapes::ListTagsForResourceResult answer{.tag_list = std::vector<shapes::Tag>{}};
      for (const auto& [key, value] : tags) answer.tag_list->push_back({.key = key, .value = value});
      return answer;
    });
  });
}

}  // namespace landfall::services::ssm
