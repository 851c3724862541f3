#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "base/json.h"
#include "base/text.h"
#include "services/ec2/launch_template.h"

namespace landfall::services::ec2 {
namespace {

using model::LaunchTemplate;
using model::LaunchTemplateVersion;

/// The answer's shapes are the request's under other names on the wire ("BlockDeviceMapping", "blockDeviceMappingSet").
json::value renamed(const json::value& given, const aws::Shape& from, const aws::Shape& to) {
  if (given.is_array() && from.element && to.element) {
    json::array out;
    for (const auto& element : given.as_array()) out.push_back(renamed(element, *from.element, *to.element));
    return out;
  }
  if (!given.is_object() || from.members.empty()) return given;
  json::object out;
  for (const aws::Member& member : from.members) {
    const auto* value = given.as_object().if_contains(member.wire);
    const auto target = std::ranges::find(to.members, member.name, &aws::Member::name);
    if (value && target != to.members.end()) out[target->wire] = renamed(*value, *member.shape, *target->shape);
  }
  return out;
}

shapes::LaunchTemplateVersion render(const LaunchTemplate& of, const LaunchTemplateVersion& version) {
  shapes::ResponseLaunchTemplateData data;
  // What was checked when it came; members that only a request has are not told.
  if (const auto stored = parse_json(version.data)) {
    const json::value named = renamed(*stored, shapes::RequestLaunchTemplateData::shape(), shapes::ResponseLaunchTemplateData::shape());
    (void)aws::decode_json(shapes::ResponseLaunchTemplateData::shape(), json::serialize(named), aws::Unknown::skipped, &data);
  }
  return {.create_time = version.created_at, .created_by = version.created_by, .default_version = version.number == of.default_version, .launch_template_data = data, .launch_template_id = of.id,
          .launch_template_name = of.name, .version_description = version.description.empty() ? std::nullopt : std::optional(version.description), .version_number = version.number};
}

/// The source version's data, where the call says nothing else (EC2 API, CreateLaunchTemplateVersion: SourceVersion).
Result<std::string> laid_over(const std::string& source, const std::string& given) {
  auto merged = TRY(parse_json(source)), over = TRY(parse_json(given));
  for (const auto& member : over.as_object()) merged.as_object()[member.key()] = member.value();
  return json::serialize(merged);
}

Result<shapes::CreateLaunchTemplateVersionResult> create(const Deps& deps, const CallContext& context, const shapes::CreateLaunchTemplateVersionRequest& request) {
  LaunchTemplateVersion version = TRY(read_version(deps, context, request.launch_template_data, request.version_description));
  return transact<shapes::CreateLaunchTemplateVersionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLaunchTemplateVersionResult> {
    LaunchTemplate found = TRY(template_of(tx, context, request.launch_template_id, request.launch_template_name));
    if (request.source_version) version.data = TRY(laid_over(TRY(version_named(found, *request.source_version))->data, version.data));
    version.number = found.latest_version = found.last_number = std::max(found.last_number, found.latest_version) + 1;
    found.versions.push_back(version);
    store::put(tx, found);
    return shapes::CreateLaunchTemplateVersionResult{.launch_template_version = render(found, version)};
  });
}

/// One that cannot go says why; the others go. The default version stays (EC2 API, DeleteLaunchTemplateVersions).
Result<shapes::DeleteLaunchTemplateVersionsResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLaunchTemplateVersionsRequest& request) {
  return transact<shapes::DeleteLaunchTemplateVersionsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLaunchTemplateVersionsResult> {
    LaunchTemplate found = TRY(template_of(tx, context, request.launch_template_id, request.launch_template_name));
    shapes::DeleteLaunchTemplateVersionsResult result{.successfully_deleted_launch_template_versions = std::vector<shapes::DeleteLaunchTemplateVersionsResponseSuccessItem>{},
                                                      .unsuccessfully_deleted_launch_template_versions = std::vector<shapes::DeleteLaunchTemplateVersionsResponseErrorItem>{}};
    for (const std::string& name : request.versions.value_or(std::vector<std::string>{})) {
      const auto version = version_named(found, name);
      const bool is_default = version && (*version)->number == found.default_version;
      if (!version || is_default) {
        int64_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        const shapes::ResponseError why{.code = version ? "unexpectedError" : "launchTemplateVersionDoesNotExist", .message = version ? "Cannot delete the default version of a launch template." : version.error().what};
        result.unsuccessfully_deleted_launch_template_versions->push_back({.launch_template_id = found.id, .launch_template_name = found.name, .response_error = why, .version_number = version ? (*version)->number : number});
        continue;
      }
      const int64_t number = (*version)->number;
      std::erase_if(found.versions, [&](const LaunchTemplateVersion& one) { return one.number == number; });
      result.successfully_deleted_launch_template_versions->push_back({.launch_template_id = found.id, .launch_template_name = found.name, .version_number = number});
    }
    found.latest_version = found.versions.back().number;
    store::put(tx, found);
    return result;
  });
}

Facts facts_of(const shapes::LaunchTemplateVersion& version) {
  const auto& data = *version.launch_template_data;
  Facts facts{{"create-time", iso8601(*version.create_time)}, {"is-default-version", flag(version.default_version.value_or(false))}};
  const auto say = [&](const char* name, const std::optional<std::string>& value) {
    if (value) facts.insert({name, *value});
  };
  if (data.ebs_optimized) facts.insert({"ebs-optimized", flag(*data.ebs_optimized)});
  if (data.iam_instance_profile) say("iam-instance-profile", data.iam_instance_profile->arn);
  say("image-id", data.image_id);
  say("instance-type", data.instance_type);
  say("kernel-id", data.kernel_id);
  say("ram-disk-id", data.ram_disk_id);
  if (data.metadata_options) {
    say("http-endpoint", data.metadata_options->http_endpoint);
    say("http-tokens", data.metadata_options->http_tokens);
  }
  return facts;
}

/// Of one template: the versions named, or those from MinVersion to MaxVersion, the newest first.
Result<std::vector<shapes::LaunchTemplateVersion>> of_one(const LaunchTemplate& found, const shapes::DescribeLaunchTemplateVersionsRequest& request) {
  std::vector<shapes::LaunchTemplateVersion> chosen;
  const int64_t low = request.min_version ? TRY(version_named(found, *request.min_version))->number : 1;
  const int64_t high = request.max_version ? TRY(version_named(found, *request.max_version))->number : found.latest_version;
  if (request.versions && !request.versions->empty()) {
    if (request.min_version || request.max_version) return fail("InvalidParameterCombination", "You cannot specify both Versions and MinVersion or MaxVersion.");
    for (const std::string& name : *request.versions) chosen.push_back(render(found, *TRY(version_named(found, name))));
    return chosen;
  }
  for (auto version = found.versions.rbegin(); version != found.versions.rend(); ++version) {
    if (version->number >= low && version->number <= high) chosen.push_back(render(found, *version));
  }
  return chosen;
}

/// Of all templates at once there are only the latest and the default versions.
Result<std::vector<shapes::LaunchTemplateVersion>> of_all(const Transaction& tx, const CallContext& context, const std::vector<std::string>& names) {
  const bool fits = !names.empty() && std::ranges::all_of(names, [](const std::string& name) { return name == "$Latest" || name == "$Default"; });
  if (!fits) return fail("MissingParameter", "To describe the launch template data for all your launch templates, for '--versions' specify '$Latest', '$Default', or both, and omit '--launch-template-id', '--launch-template-name', and version numbers.");
  std::vector<shapes::LaunchTemplateVersion> chosen;
  for (const LaunchTemplate& one : store::all<LaunchTemplate>(tx, scope(context))) {
    for (const std::string& name : names) chosen.push_back(render(one, *TRY(version_named(one, name))));
  }
  return chosen;
}

Result<shapes::DescribeLaunchTemplateVersionsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeLaunchTemplateVersionsRequest& request) {
  static const std::vector<std::string_view> known{"create-time", "ebs-optimized", "http-endpoint", "http-tokens", "iam-instance-profile", "image-id", "instance-type", "is-default-version", "kernel-id", "ram-disk-id"};
  TRY(passes(request.filters, {}, {}, known));
  return transact<shapes::DescribeLaunchTemplateVersionsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeLaunchTemplateVersionsResult> {
    const bool is_one = request.launch_template_id || request.launch_template_name;
    const auto names = request.versions.value_or(std::vector<std::string>{});
    auto chosen = is_one ? TRY(of_one(TRY(template_of(tx, context, request.launch_template_id, request.launch_template_name)), request)) : TRY(of_all(tx, context, names));
    std::vector<shapes::LaunchTemplateVersion> passed;
    for (auto& version : chosen) {
      if (TRY(passes(request.filters, facts_of(version), {}, known))) passed.push_back(std::move(version));
    }
    auto answer = TRY(page(std::move(passed), request.max_results, request.next_token));
    return shapes::DescribeLaunchTemplateVersionsResult{.launch_template_versions = std::move(answer.items), .next_token = token_of(answer.next)};
  });
}

}  // namespace

void register_launch_template_version(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateLaunchTemplateVersionRequest, shapes::CreateLaunchTemplateVersionResult>(
      "ec2", "CreateLaunchTemplateVersion", {"LaunchTemplateId", "LaunchTemplateName", "SourceVersion", "VersionDescription", "LaunchTemplateData.*", "ClientToken"}, bind(create));
  registry.add<shapes::DeleteLaunchTemplateVersionsRequest, shapes::DeleteLaunchTemplateVersionsResult>("ec2", "DeleteLaunchTemplateVersions", {"LaunchTemplateId", "LaunchTemplateName", "Versions.*"}, bind(remove));
  registry.add<shapes::DescribeLaunchTemplateVersionsRequest, shapes::DescribeLaunchTemplateVersionsResult>(
      "ec2", "DescribeLaunchTemplateVersions", {"LaunchTemplateId", "LaunchTemplateName", "Versions.*", "MinVersion", "MaxVersion", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
