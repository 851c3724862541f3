#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/exactly_one.h"
#include "terraform/aws/launch_template_data.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

constexpr size_t kGenerated = 26;
constexpr const char* kNames[] = {"name", "name_prefix"};
constexpr const char* kDefaults[] = {"default_version", "update_default_version"};

Result<std::optional<ec2::LaunchTemplate>> find_template(const Cloud& cloud, const ec2::DescribeLaunchTemplatesRequest& request) {
  auto found = TRY(look_up<ec2::DescribeLaunchTemplatesResult>(cloud, "ec2", "DescribeLaunchTemplates", request));
  if (!found || !found->launch_templates || found->launch_templates->empty()) return std::optional<ec2::LaunchTemplate>();
  return std::optional(std::move(found->launch_templates->front()));
}

/// aws_launch_template: every change of what it holds is a new version.
class LaunchTemplate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(), text("description"), number("default_version").computed(),
                                           number("latest_version").read_only(), flag("update_default_version")}});
      const Schema& data = launch_template_data();
      made.attributes.insert(made.attributes.end(), data.attributes.begin(), data.attributes.end());
      made.blocks = data.blocks;
      return made;
    }();
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    TRY(at_most_one(change.config, kNames));
    TRY(at_most_one(change.config, kDefaults));
    if (change.prior == nullptr) return {};
    const bool is_new_version = is_other_data(*change.prior, change.planned) || differs(*change.prior, change.planned, {"tags_all"});
    if (is_new_version) change.planned.set("latest_version", Value::unknown(Type::number()));
    if ((is_new_version || differs(*change.prior, change.planned, "update_default_version")) && change.planned.flag("update_default_version")) change.planned.set("default_version", Value::unknown(Type::number()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateLaunchTemplateRequest request;
    request.launch_template_name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "terraform-") + cloud.ids->digits(kGenerated);
    request.client_token = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.version_description = planned.text("description");
    auto data = TRY(filled<ec2::RequestLaunchTemplateData>(launch_template_data(), planned, launch_template_names()));
    request.launch_template_data = std::move(data);
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("launch-template", planned);
    const auto made = TRY(cloud.call<ec2::CreateLaunchTemplateResult>("ec2", "CreateLaunchTemplate", request));
    state.set("id", made.launch_template->launch_template_id.value_or(""));
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeLaunchTemplatesRequest request;
    request.launch_template_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(find_template(cloud, request));
    if (!found) return false;
    state.set("name", found->launch_template_name.value_or(""));
    state.set("arn", arn_of(cloud, "ec2", "launch-template/" + state.text("id")));
    state.set("default_version", found->default_version_number.value_or(0));
    state.set("latest_version", found->latest_version_number.value_or(0));
    set_tags(cloud, state, from_tags(found->tags));
    return read_version(cloud, state);
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    int64_t latest = prior.number("latest_version");
    if (is_other_data(prior, planned)) latest = TRY(new_version(cloud, id, planned));
    const bool follows = planned.flag("update_default_version");
    const int64_t wanted = follows ? latest : planned.number("default_version");
    if (wanted != 0 && wanted != prior.number("default_version")) {
      ec2::ModifyLaunchTemplateRequest request;
      request.launch_template_id = id;
      request.default_version = std::to_string(wanted);
      TRY(cloud.call<ec2::ModifyLaunchTemplateResult>("ec2", "ModifyLaunchTemplate", request));
    }
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteLaunchTemplateRequest request;
    request.launch_template_id = state.text("id");
    return ignore_gone(cloud.call<ec2::DeleteLaunchTemplateResult>("ec2", "DeleteLaunchTemplate", request));
  }

 private:
  static bool is_other_data(const Record& prior, const Record& planned) {
    const Schema& data = launch_template_data();
    const auto is_other = [&](const auto& part) { return differs(prior, planned, part.name); };
    return differs(prior, planned, "description") || std::ranges::any_of(data.attributes, is_other) || std::ranges::any_of(data.blocks, is_other);
  }

  static Result<int64_t> new_version(const Cloud& cloud, const std::string& id, const Record& planned) {
    ec2::CreateLaunchTemplateVersionRequest request;
    request.launch_template_id = id;
    request.client_token = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.version_description = planned.text("description");
    auto data = TRY(filled<ec2::RequestLaunchTemplateData>(launch_template_data(), planned, launch_template_names()));
    request.launch_template_data = std::move(data);
    const auto made = TRY(cloud.call<ec2::CreateLaunchTemplateVersionResult>("ec2", "CreateLaunchTemplateVersion", request));
    return made.launch_template_version->version_number.value_or(0);
  }

  /// What the latest version holds.
  static Result<bool> read_version(const Cloud& cloud, Record& state) {
    ec2::DescribeLaunchTemplateVersionsRequest request;
    request.launch_template_id = state.text("id");
    request.versions = std::vector<std::string>{"$Latest"};
    const auto found = TRY(look_up<ec2::DescribeLaunchTemplateVersionsResult>(cloud, "ec2", "DescribeLaunchTemplateVersions", request));
    if (!found || !found->launch_template_versions || found->launch_template_versions->empty()) return false;
    const auto& version = found->launch_template_versions->front();
    state.set("description", version.version_description.value_or(""));
    const ec2::ResponseLaunchTemplateData data = version.launch_template_data.value_or(ec2::ResponseLaunchTemplateData{});
    tell_structure(ec2::ResponseLaunchTemplateData::shape(), launch_template_data(), &data, launch_template_names(), state);
    return true;
  }
};

const Names& source_names() {
  static const Names names = [] {
    Names all{"arn", "default_version", "latest_version", "description", "tags"};
    for (const Attribute& attribute : launch_template_data().attributes) all.push_back(attribute.name);
    for (const Block& block : launch_template_data().blocks) all.push_back(block.name);
    return all;
  }();
  return names;
}

Result<void> read_source(const ResourceType& type, const Cloud& cloud, Record& state) {
  ec2::DescribeLaunchTemplatesRequest request;
  if (!state.text("id").empty()) request.launch_template_ids = std::vector<std::string>{state.text("id")};
  if (!state.text("name").empty()) request.launch_template_names = std::vector<std::string>{state.text("name")};
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeLaunchTemplatesResult>("ec2", "DescribeLaunchTemplates", request));
  const auto all = found.launch_templates.value_or(std::vector<ec2::LaunchTemplate>{});
  if (all.size() != 1) return fail(found_not_one(all.size(), "EC2 Launch Template"));
  Record there;
  there.set("id", all[0].launch_template_id.value_or(""));
  state.set("id", there.text("id"));
  state.set("name", all[0].launch_template_name.value_or(""));
  if (!TRY(tell(type, cloud, std::move(there), source_names(), state))) return fail(found_not_one(0, "EC2 Launch Template"));
  return {};
}

}  // namespace

void add_launch_template(Provider& provider) {
  provider.resources["aws_launch_template"] = std::make_unique<LaunchTemplate>();
  const ResourceType& type = *provider.resource("aws_launch_template");
  Names names = source_names();
  std::erase(names, "tags");
  std::erase(names, "license_specification");
  const Type license = Type::object({{.name = "license_configuration_arn", .type = Type::string()}});
  Schema schema = telling(type, names, {text("id").computed(), text("name").computed(), text_map("tags").computed(), of_type("license_specification", Type::list(license)).read_only()});
  schema.blocks.push_back(filter_block());
  add_source(provider, "aws_launch_template", std::move(schema), [&type](const Cloud& cloud, Record& state) { return read_source(type, cloud, state); });
}

}  // namespace landfall::terraform::aws_types
