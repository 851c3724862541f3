#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/ssm.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/ephemeral_source.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ssm = aws::ssm;

Result<std::optional<ssm::Parameter>> find_parameter(const Cloud& cloud, const std::string& name, bool with_decryption) {
  ssm::GetParameterRequest request;
  request.name = name;
  request.with_decryption = with_decryption;
  auto found = cloud.call<ssm::GetParameterResult>("ssm", "GetParameter", request);
  if (found) return std::move(found->parameter);
  if (is_gone(found.error())) return std::optional<ssm::Parameter>();
  return std::unexpected(found.error());
}

Result<ssm::ParameterMetadata> describe(const Cloud& cloud, const std::string& name) {
  ssm::DescribeParametersRequest request;
  auto& by_name = request.parameter_filters.emplace().emplace_back();
  by_name.key = "Name";
  by_name.option = "Equals";
  by_name.values = std::vector<std::string>{name};
  const auto found = TRY(cloud.call<ssm::DescribeParametersResult>("ssm", "DescribeParameters", request));
  if (!found.parameters || found.parameters->empty()) return fail("ParameterNotFound", "the parameter " + name + " does not exist");
  return found.parameters->front();
}

template <class Request>
Request of_parameter(const std::string& name) {
  Request request;
  request.resource_type = "Parameter";
  request.resource_id = name;
  return request;
}

Result<void> update_tags(const Cloud& cloud, const std::string& name, const TagChange& change) {
  if (!change.removed.empty()) {
    auto request = of_parameter<ssm::RemoveTagsFromResourceRequest>(name);
    request.tag_keys = change.removed;
    TRY(cloud.call<ssm::RemoveTagsFromResourceResult>("ssm", "RemoveTagsFromResource", request));
  }
  if (!change.put.empty()) {
    auto request = of_parameter<ssm::AddTagsToResourceRequest>(name);
    request.tags = to_tags<ssm::Tag>(change.put);
    TRY(cloud.call<ssm::AddTagsToResourceResult>("ssm", "AddTagsToResource", request));
  }
  return {};
}

std::string supported_tier(const Value& tier) {
  if (tier.as_string() != "Intelligent-Tiering") return one_of({"Standard", "Advanced", "Intelligent-Tiering"})(tier);
  return "to be \"Standard\" or \"Advanced\": Landfall does not support \"Intelligent-Tiering\" yet";
}

/// A change of one of these makes a new version of the parameter.
constexpr const char* kOfVersion[] = {"type", "value", "insecure_value", "value_wo_version", "description", "tier", "key_id", "allowed_pattern", "data_type"};

class Parameter final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").computed(), number("version").read_only(), text("name").required().forces_new(), text("type").required().checked(one_of({"String", "StringList", "SecureString"})),
        text("value").computed().sensitive(), text("insecure_value").computed(), text("description"), text("tier").computed().checked(supported_tier), text("key_id").computed(), text("allowed_pattern"),
        text("data_type").computed().forces_new().checked(one_of({"text"})), flag("overwrite"), flag("has_value_wo").read_only(), text("value_wo").write_only(), number("value_wo_version"),
    }});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior == nullptr) return {};
    const Record& prior = *change.prior;
    // Advanced parameters cannot be made standard ones again.
    if (prior.text("tier") == "Advanced" && change.planned.text("tier") == "Standard") change.replaced_by.push_back("tier");
    if (std::ranges::any_of(kOfVersion, [&](const char* name) { return differs(prior, change.planned, name); })) change.planned.set("version", Value::unknown(Type::number()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const bool overwrites = planned.flag("overwrite");
    const Pairs tags = planned.pairs("tags_all");
    TRY(put(cloud, planned, overwrites, overwrites ? Pairs{} : tags));
    state.set("id", planned.text("name"));
    state.set("has_value_wo", planned.has("value_wo"));
    if (overwrites) return update_tags(cloud, planned.text("name"), {.removed = {}, .put = tags});
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    const auto found = TRY(find_parameter(cloud, name, true));
    if (!found) return false;
    const ssm::ParameterMetadata metadata = TRY(describe(cloud, name));
    state.set("name", name);
    state.set("arn", found->arn.value_or(""));
    state.set("type", found->type.value_or(""));
    state.set("version", found->version.value_or(0));
    const bool is_open = !state.text("insecure_value").empty() && found->type != "SecureString";
    if (state.flag("has_value_wo")) state.clear("value");
    else state.set(is_open ? "insecure_value" : "value", found->value.value_or(""));
    state.set("data_type", found->data_type.value_or("text"));
    state.set("description", metadata.description.value_or(""));
    state.set("tier", metadata.tier.value_or("Standard"));
    state.set("key_id", metadata.key_id.value_or(""));
    state.set("allowed_pattern", metadata.allowed_pattern.value_or(""));
    state.set("has_value_wo", state.flag("has_value_wo"));
    const auto tags = TRY(cloud.call<ssm::ListTagsForResourceResult>("ssm", "ListTagsForResource", of_parameter<ssm::ListTagsForResourceRequest>(name)));
    set_tags(cloud, state, from_tags(tags.tag_list));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (std::ranges::any_of(kOfVersion, [&](const char* name) { return differs(prior, planned, name); })) TRY(put(cloud, planned, true, {}));
    return update_tags(cloud, prior.text("id"), tag_change(prior, planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ssm::DeleteParameterRequest request;
    request.name = state.text("id");
    return ignore_gone(cloud.call<ssm::DeleteParameterResult>("ssm", "DeleteParameter", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned, bool overwrites, const Pairs& tags) {
    ssm::PutParameterRequest request;
    request.name = planned.text("name");
    request.type = planned.text("type");
    request.value = planned.text(planned.has("value_wo") ? "value_wo" : planned.text("insecure_value").empty() ? "value" : "insecure_value");
    request.overwrite = overwrites;
    request.description = planned.text("description");
    request.allowed_pattern = planned.text("allowed_pattern");
    if (!planned.text("tier").empty()) request.tier = planned.text("tier");
    if (!planned.text("data_type").empty()) request.data_type = planned.text("data_type");
    if (*request.type == "SecureString" && !planned.text("key_id").empty()) request.key_id = planned.text("key_id");
    if (!tags.empty()) request.tags = to_tags<ssm::Tag>(tags);
    TRY(cloud.call<ssm::PutParameterResult>("ssm", "PutParameter", request));
    return {};
  }
};

// ── data sources ──

Result<void> read_parameter(const Cloud& cloud, Record& state) {
  const std::string name = state.text("name");
  const auto found = TRY(find_parameter(cloud, name, !state.has("with_decryption") || state.flag("with_decryption")));
  if (!found) return fail("NotFound", fmt::format("reading SSM Parameter ({}): couldn't find resource", name));
  state.set("id", name);
  state.set("arn", found->arn.value_or(""));
  state.set("type", found->type.value_or(""));
  state.set("version", found->version.value_or(0));
  state.set("value", found->value.value_or(""));
  if (found->type == "SecureString") state.clear("insecure_value");
  else state.set("insecure_value", found->value.value_or(""));
  return {};
}

Result<void> open_parameter(const Cloud& cloud, Record& state) {
  const auto found = TRY(find_parameter(cloud, state.text("arn"), state.flag("with_decryption")));
  if (!found) return fail("NotFound", fmt::format("reading SSM Parameter ({}): couldn't find resource", state.text("arn")));
  state.set("name", found->name.value_or(""));
  state.set("type", found->type.value_or(""));
  state.set("version", found->version.value_or(0));
  state.set("value", found->value.value_or(""));
  return {};
}

Result<void> read_parameters(const Cloud& cloud, Record& state) {
  ssm::GetParametersByPathRequest request;
  request.path = state.text("path");
  request.recursive = state.flag("recursive");
  request.with_decryption = !state.has("with_decryption") || state.flag("with_decryption");
  std::vector<std::string> arns, names, types, values;
  do {
    const auto page = TRY(cloud.call<ssm::GetParametersByPathResult>("ssm", "GetParametersByPath", request));
    for (const auto& found : page.parameters.value_or(std::vector<ssm::Parameter>{})) {
      arns.push_back(found.arn.value_or(""));
      names.push_back(found.name.value_or(""));
      types.push_back(found.type.value_or(""));
      values.push_back(found.value.value_or(""));
    }
    request.next_token = page.next_token;
  } while (!request.next_token.value_or("").empty());
  state.set("id", state.text("path"));
  state.set("arns", arns);
  state.set("names", names);
  state.set("types", types);
  state.set("values", values);
  return {};
}

}  // namespace

void add_ssm_parameter(Provider& provider) {
  provider.resources["aws_ssm_parameter"] = std::make_unique<Parameter>();
  add_source(provider, "aws_ssm_parameter",
             {.attributes = {text("id").read_only(), text("name").required(), flag("with_decryption").defaults(true), text("arn").read_only(), text("type").read_only(), number("version").read_only(), text("value").read_only().sensitive(),
                             text("insecure_value").read_only()}}, read_parameter);
  add_ephemeral(provider, "aws_ssm_parameter",
                {.attributes = {text("arn").required(), flag("with_decryption").defaults(true), text("name").read_only(), text("type").read_only(), number("version").read_only(), text("value").read_only().sensitive()}}, open_parameter);
  add_source(provider, "aws_ssm_parameters_by_path",
             {.attributes = {text("id").read_only(), text("path").required(), flag("recursive").defaults(false), flag("with_decryption").defaults(true), texts("arns").read_only(), texts("names").read_only(), texts("types").read_only(),
                             texts("values").read_only().sensitive()}}, read_parameters);
}

}  // namespace landfall::terraform::aws_types
