#include "services/ec2/launch_template.h"

#include <charconv>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "base/text.h"

namespace landfall::services::ec2 {

using model::LaunchTemplate;
using model::LaunchTemplateVersion;

namespace {

constexpr size_t kMinName = 3, kMaxName = 128, kMaxDescription = 255;

shapes::LaunchTemplate render(const LaunchTemplate& one) {
  return {.create_time = one.created_at, .created_by = one.created_by, .default_version_number = one.default_version, .latest_version_number = one.latest_version, .launch_template_id = one.id,
          .launch_template_name = one.name, .tags = one.tags.empty() ? std::nullopt : tag_list(one.tags)};
}

Result<void> check_name(const std::string& name) {
  const bool is_plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-()./_").find(c) != std::string_view::npos; });
  if (is_plain && name.size() >= kMinName && name.size() <= kMaxName) return {};
  return fail("InvalidLaunchTemplateName.MalformedException", "Launch template names must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _");
}

Error no_name(const std::string& name) {
  return {.code = "InvalidLaunchTemplateName.NotFoundException", .what = fmt::format("The specified launch template, with template name {}, does not exist.", name)};
}

Error no_id(const std::string& id) {
  if (!id.starts_with("lt-")) return {.code = "InvalidLaunchTemplateId.Malformed", .what = fmt::format("Invalid id: \"{}\" (expecting \"lt-...\")", id)};
  return {.code = "InvalidLaunchTemplateId.NotFound", .what = fmt::format("The specified launch template, with template ID {}, does not exist.", id)};
}

template <class From>
std::optional<LaunchTemplate> named(const From& from, const CallContext& context, const std::string& name) {
  for (LaunchTemplate& one : store::all<LaunchTemplate>(from, scope(context))) {
    if (one.name == name) return std::move(one);
  }
  return std::nullopt;
}

Result<shapes::CreateLaunchTemplateResult> create(const Deps& deps, const CallContext& context, const shapes::CreateLaunchTemplateRequest& request) {
  const std::string name = text(request.launch_template_name);
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "launch-template"));
  TRY(check_name(name));
  LaunchTemplateVersion first = TRY(read_version(deps, context, request.launch_template_data, request.version_description));
  return transact<shapes::CreateLaunchTemplateResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLaunchTemplateResult> {
    if (named(tx, context, name)) return fail("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
    const LaunchTemplate made{.account = context.account, .region = context.region, .id = deps.ids.ec2("lt"), .name = name, .created_by = first.created_by, .created_at = first.created_at, .versions = {first}, .tags = tags};
    store::put(tx, made);
    return shapes::CreateLaunchTemplateResult{.launch_template = render(made)};
  });
}

Result<shapes::DeleteLaunchTemplateResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLaunchTemplateRequest& request) {
  return transact<shapes::DeleteLaunchTemplateResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLaunchTemplateResult> {
    const LaunchTemplate found = TRY(template_of(tx, context, request.launch_template_id, request.launch_template_name));
    store::erase<LaunchTemplate>(tx, found.key());
    return shapes::DeleteLaunchTemplateResult{.launch_template = render(found)};
  });
}

Result<shapes::ModifyLaunchTemplateResult> modify(const Deps& deps, const CallContext& context, const shapes::ModifyLaunchTemplateRequest& request) {
  return transact<shapes::ModifyLaunchTemplateResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyLaunchTemplateResult> {
    LaunchTemplate found = TRY(template_of(tx, context, request.launch_template_id, request.launch_template_name));
    if (request.default_version) found.default_version = TRY(version_named(found, *request.default_version))->number;
    store::put(tx, found);
    return shapes::ModifyLaunchTemplateResult{.launch_template = render(found)};
  });
}

Result<shapes::DescribeLaunchTemplatesResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeLaunchTemplatesRequest& request) {
  static const std::vector<std::string_view> known{"create-time", "launch-template-name"};
  TRY(passes(request.filters, {}, {}, known));
  std::vector<LaunchTemplate> chosen;
  for (const std::string& id : request.launch_template_ids.value_or(std::vector<std::string>{})) {
    auto found = store::find<LaunchTemplate>(deps.store, key_of(context, id));
    if (!found) return fail(no_id(id));
    chosen.push_back(std::move(*found));
  }
  for (const std::string& name : request.launch_template_names.value_or(std::vector<std::string>{})) {
    auto found = named(deps.store, context, name);
    if (!found) return fail("InvalidLaunchTemplateName.NotFoundException", "At least one of the launch templates specified in the request does not exist.");
    chosen.push_back(std::move(*found));
  }
  if (!request.launch_template_ids && !request.launch_template_names) {
    chosen = store::all<LaunchTemplate>(deps.store, scope(context));
    std::ranges::stable_sort(chosen, {}, &LaunchTemplate::created_at);
  }
  std::vector<shapes::LaunchTemplate> told;
  for (const LaunchTemplate& one : chosen) {
    if (TRY(passes(request.filters, {{"create-time", iso8601(one.created_at)}, {"launch-template-name", one.name}}, one.tags, known))) told.push_back(render(one));
  }
  auto answer = TRY(page(std::move(told), request.max_results, request.next_token));
  return shapes::DescribeLaunchTemplatesResult{.launch_templates = std::move(answer.items), .next_token = token_of(answer.next)};
}

}  // namespace

Result<LaunchTemplate> template_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id, const std::optional<std::string>& name) {
  if (!id && !name) return fail("MissingParameter", "Either a launch template ID or a launch template name must be specified in the request.");
  if (id && name) return fail("InvalidParameterCombination", "Specify either a launch template ID or a launch template name, not both.");
  auto found = id ? store::find<LaunchTemplate>(tx, key_of(context, *id)) : named(tx, context, *name);
  if (!found) return fail(id ? no_id(*id) : no_name(*name));
  return std::move(*found);
}

Result<const LaunchTemplateVersion*> version_named(const LaunchTemplate& a_template, const std::string& name) {
  int64_t number = name == "$Latest" ? a_template.latest_version : name == "$Default" ? a_template.default_version : 0;
  if (number == 0) {
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return fail("InvalidLaunchTemplateId.VersionNotFound", fmt::format("Launch template version {} is not valid; wanted a number, $Latest or $Default.", name));
  }
  const auto found = std::ranges::find(a_template.versions, number, &LaunchTemplateVersion::number);
  if (found == a_template.versions.end()) return fail("InvalidLaunchTemplateId.VersionNotFound", fmt::format("Could not find the specified version {} for the launch template with ID {}.", name, a_template.id));
  return &*found;
}

Result<LaunchTemplateVersion> read_version(const Deps& deps, const CallContext& context, const std::optional<shapes::RequestLaunchTemplateData>& data, const std::optional<std::string>& description) {
  if (!data) return fail("MissingParameter", "The request must contain the parameter LaunchTemplateData");
  if (text(description).size() > kMaxDescription) return fail("InvalidParameterValue", fmt::format("VersionDescription has {} characters; at most {} are allowed.", description->size(), kMaxDescription));
  if (data->user_data && !base64_decode(*data->user_data)) return fail("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  return LaunchTemplateVersion{.description = text(description), .data = aws::encode_json(shapes::RequestLaunchTemplateData::shape(), &*data), .created_by = context.principal_arn, .created_at = deps.clock.wall()};
}

void register_launch_template(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateLaunchTemplateRequest, shapes::CreateLaunchTemplateResult>("ec2", "CreateLaunchTemplate", {"LaunchTemplateName", "VersionDescription", "LaunchTemplateData.*", "TagSpecifications.*", "ClientToken"}, bind(create));
  registry.add<shapes::DeleteLaunchTemplateRequest, shapes::DeleteLaunchTemplateResult>("ec2", "DeleteLaunchTemplate", {"LaunchTemplateId", "LaunchTemplateName"}, bind(remove));
  registry.add<shapes::ModifyLaunchTemplateRequest, shapes::ModifyLaunchTemplateResult>("ec2", "ModifyLaunchTemplate", {"LaunchTemplateId", "LaunchTemplateName", "DefaultVersion", "ClientToken"}, bind(modify));
  registry.add<shapes::DescribeLaunchTemplatesRequest, shapes::DescribeLaunchTemplatesResult>("ec2", "DescribeLaunchTemplates", {"LaunchTemplateIds.*", "LaunchTemplateNames.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
