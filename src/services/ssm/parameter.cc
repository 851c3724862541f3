#include <algorithm>
#include <set>

#include <re2/re2.h>

#include "base/digest.h"
#include "services/ssm/policy.h"
#include "services/ssm/public_parameter.h"
#include "services/ssm/secret_parameter.h"
#include "services/ssm/ssm.h"
#include "services/ssm/support.h"

namespace landfall::services::ssm {

Selector selector_of(const CallContext& context, const std::string& given) {
  std::string name = given;
  const std::string stem = fmt::format("arn:aws:ssm:{}:{}:parameter", context.region, context.account);
  if (name.starts_with(stem)) {
    name.erase(0, stem.size());
    if (std::ranges::count(name, '/') == 1) name.erase(0, 1);  // of a plain name
  }
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return {.name = name, .suffix = ""};
  return {.name = name.substr(0, colon), .suffix = name.substr(colon + 1)};
}

std::string other_form(const std::string& name) {
  if (name.find('/') == std::string::npos) return "/" + name;
  return name.starts_with('/') && name.find('/', 1) == std::string::npos ? name.substr(1) : "";
}

Error no_parameter(const std::string& name) { return {.code = "ParameterNotFound", .what = fmt::format("Parameter {} not found.", name)}; }

std::string value_of(const ParameterVersion& version, bool with_decryption) {
  return version.type == "SecureString" && !with_decryption ? base64_encode("AQICAH" + sha256("landfall parameter " + version.value)) : version.value;
}

std::string last_modifier(const CallContext& context) { return context.principal_arn; }

namespace {

constexpr size_t kMostVersions = 100, kStandardSize = 4096, kAdvancedSize = 8192, kDeepest = 15;

std::unexpected<Error> malformed_name() {
  return fail("ValidationException", "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_");
}

/// What no parameter can be called, whoever asks for it.
bool has_broken_path(const std::string& name) { return name.find("//") != std::string::npos || (name.find('/') != std::string::npos && !name.starts_with('/')); }

Result<void> check_name(const std::string& name) {
  const std::string low = lower(name);
  const auto starts = [&](std::string_view word) { return low.starts_with(word) || low.starts_with("/" + std::string(word)); };
  if (starts("aws")) {
    if (name.starts_with("/")) return fail("AccessDeniedException", fmt::format("No access to reserved parameter name: {}.", name));
    return fail("ValidationException", "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  }
  const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._-/").find(c) != std::string_view::npos; });
  if (low.starts_with("ssm")) return fail("ValidationException", "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  if (starts("ssm") || !plain || name.find("//") != std::string::npos || name.ends_with("/")) return malformed_name();
  if (name.find('/') != std::string::npos && !name.starts_with("/")) return fail("ValidationException", fmt::format("Parameter name must be a fully qualified name: {} has a slash and does not begin with one", name));
  if (static_cast<size_t>(std::ranges::count(name, '/')) > kDeepest) return fail("HierarchyLevelLimitExceededException", fmt::format("The hierarchy depth {} exceeds the maximum depth {}", std::ranges::count(name, '/'), kDeepest));
  return {};
}

Result<void> check_value(const ParameterVersion& version) {
  if (version.value.empty()) return fail("ValidationException", "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.");
  if (version.value.size() > (version.tier == "Advanced" ? kAdvancedSize : kStandardSize)) {
    return fail("ValidationException", fmt::format("{} tier parameters support a maximum parameter value of {} characters.", version.tier, version.tier == "Advanced" ? kAdvancedSize : kStandardSize));
  }
  if (!version.allowed_pattern.empty()) {
    const RE2 pattern(version.allowed_pattern, RE2::Quiet);
    if (!pattern.ok()) return fail("InvalidAllowedPatternException", fmt::format("The pattern {} is not a regular expression", version.allowed_pattern));
    if (!RE2::PartialMatch(version.value, pattern)) return fail("ParameterPatternMismatchException", fmt::format("Parameter value, cannot be validated against allowedPattern: {}", version.allowed_pattern));
  }
  return {};
}

/// What an existing parameter cannot become.
Result<void> check_change(const std::optional<Parameter>& parameter, const shapes::PutParameterRequest& request) {
  if (!parameter) return {};
  const ParameterVersion& now = parameter->versions.back();
  if (request.tier && *request.tier == "Standard" && now.tier == "Advanced") {
    return fail("ValidationException", "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.");
  }
  const bool was_secure = now.type == "SecureString", is_secure = request.type.value_or(now.type) == "SecureString";
  if (was_secure != is_secure) return fail("HierarchyTypeMismatchException", "Parameter type can't be changed between SecureString and String or StringList. Create a new, unique parameter.");
  return {};
}

/// Intelligent tiering makes advanced what is too large for the standard tier; a tier is never lowered.
std::string tier_of(const ParameterVersion& before, const shapes::PutParameterRequest& request) {
  if (!request.tier) return before.tier;
  if (*request.tier != "Intelligent-Tiering") return *request.tier;
  const bool has_policies = !before.policies.empty() || (request.policies && *request.policies != "{}" && *request.policies != "[]");
  return before.tier == "Advanced" || has_policies || text(request.value).size() > kStandardSize ? "Advanced" : "Standard";
}

Result<shapes::PutParameterResult> put(const Deps& deps, const CallContext& context, const shapes::PutParameterRequest& request) {
  const auto [name, suffix] = selector_of(context, text(request.name));
  TRY(check_name(name));
  if (!suffix.empty()) return malformed_name();
  const bool overwrite = request.overwrite.value_or(false);
  if (overwrite && request.tags && !request.tags->empty()) {
    return fail("ValidationException", "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.");
  }
  if (request.data_type && *request.data_type == "aws:ec2:image") return fail("ValidationException", "Landfall does not support the data type aws:ec2:image yet: there are no images of EC2; wanted text");
  if (request.data_type && *request.data_type != "text") return fail("ValidationException", fmt::format("The following data type is not supported: {} (Data type names are all lowercase.)", *request.data_type));
  const model::Tags tags = TRY(read_tags(request.tags));
  const auto policies = request.policies ? std::optional(TRY(read_policies(*request.policies, deps.clock.wall()))) : std::nullopt;
  return transact<shapes::PutParameterResult>(deps.store, [&](Transaction& tx) -> Result<shapes::PutParameterResult> {
    auto parameter = parameter_at(tx, context, name);
    if (parameter && !overwrite) return fail("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
    if (!parameter && !request.type) return fail("ValidationException", "A parameter type is required when you create a parameter.");
    TRY(check_change(parameter, request));
    if (!parameter) parameter = Parameter{.account = context.account, .region = context.region, .name = name};
    ParameterVersion version = parameter->versions.empty() ? ParameterVersion{.number = 0} : parameter->versions.back();
    version.labels.clear();
    ++version.number;
    version.value = text(request.value);
    version.type = request.type.value_or(version.type);
    version.description = request.description.value_or(version.description);
    version.allowed_pattern = request.allowed_pattern.value_or(version.allowed_pattern);
    version.tier = tier_of(version, request);
    version.key_id = version.type == "SecureString" ? request.key_id.value_or(version.key_id.empty() ? "alias/aws/ssm" : version.key_id) : "";
    version.modified_at = deps.clock.wall();
    version.modified_by = last_modifier(context);
    if (policies) {
      version.policies = policies->text;
      version.expires_at = policies->expires_at;
    }
    if (!version.policies.empty() && version.tier == "Standard") return fail("ValidationException", "Parameter policies are only supported for parameters of the advanced tier.");
    TRY(check_value(version));
    if (parameter->versions.size() >= kMostVersions) {
      if (!parameter->versions.front().labels.empty()) {
        return fail("ParameterMaxVersionLimitExceeded", fmt::format("You attempted to create a new version of {} by calling the PutParameter API with the overwrite flag. Version {}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.", name, parameter->versions.front().number));
      }
      parameter->versions.erase(parameter->versions.begin());
    }
    parameter->versions.push_back(version);
    for (const auto& [key, value] : tags) parameter->tags[key] = value;
    store::put(tx, *parameter);
    return shapes::PutParameterResult{.tier = version.tier, .version = version.number};
  });
}

Result<const ParameterVersion*> chosen(const Parameter& parameter, const Selector& selector) {
  if (selector.suffix.empty()) return &parameter.versions.back();
  const bool is_number = std::ranges::all_of(selector.suffix, [](char c) { return c >= '0' && c <= '9'; });
  for (const ParameterVersion& version : parameter.versions) {
    if (is_number ? std::to_string(version.number) == selector.suffix : std::ranges::count(version.labels, selector.suffix) > 0) return &version;
  }
  if (is_number) return fail("ParameterVersionNotFound", fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.", selector.suffix, parameter.name));
  return fail("ParameterVersionLabelNotFound", fmt::format("Systems Manager could not find label {} for parameter {}. Verify the label and try again.", selector.suffix, parameter.name));
}

/// The caller's own, or one that AWS publishes. One that was asked for by the other form of its name is told by that.
template <class From>
Result<Parameter> known(const From& from, const CallContext& context, const std::string& given, const Selector& selector) {
  if (has_broken_path(selector.name)) return malformed_name();
  if (!is_public_name(selector.name)) {
    Parameter own = TRY(parameter_named(from, context, given));
    if (!given.starts_with("arn:")) own.name = selector.name;
    return own;
  }
  auto found = public_parameter(context.region, selector.name);
  if (!found) return fail("ParameterNotFound", fmt::format("Parameter {} not found. Of the public parameters Landfall carries /aws/service/global-infrastructure/regions and availability-zones.", given));
  return std::move(*found);
}

template <class From>
Result<shapes::Parameter> read(const From& from, const CallContext& context, const std::string& given, bool with_decryption) {
  if (is_secret_name(given)) return secret_as_parameter(from, context, given, with_decryption);
  const Selector selector = selector_of(context, given);
  const Parameter parameter = TRY(known(from, context, given, selector));
  const ParameterVersion* version = TRY(chosen(parameter, selector));
  shapes::Parameter out{.arn = parameter.arn(), .data_type = version->data_type, .last_modified_date = version->modified_at, .name = parameter.name, .type = version->type, .value = value_of(*version, with_decryption), .version = version->number};
  if (!selector.suffix.empty()) out.selector = ":" + selector.suffix;
  return out;
}

Result<shapes::GetParameterResult> get(const Deps& deps, const CallContext& context, const shapes::GetParameterRequest& request) {
  return shapes::GetParameterResult{.parameter = TRY(read(deps.store, context, text(request.name), request.with_decryption.value_or(false)))};
}

Result<shapes::GetParametersResult> get_many(const Deps& deps, const CallContext& context, const shapes::GetParametersRequest& request) {
  if (request.names->empty()) return fail("ValidationException", "1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1.");
  if (request.names->size() > 10) return fail("ValidationException", fmt::format("1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10.", join(*request.names, ", ")));
  shapes::GetParametersResult answer{.invalid_parameters = std::vector<std::string>{}, .parameters = std::vector<shapes::Parameter>{}};
  const std::set<std::string> names(request.names->begin(), request.names->end());
  for (const std::string& name : names) {
    if (auto found = read(deps.store, context, name, request.with_decryption.value_or(false))) answer.parameters->push_back(std::move(*found));
    else answer.invalid_parameters->push_back(name);
  }
  return answer;
}

Result<shapes::DeleteParameterResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteParameterRequest& request) {
  return transact<shapes::DeleteParameterResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteParameterResult> {
    store::erase<Parameter>(tx, TRY(parameter_named(tx, context, request.name)).key());
    return shapes::DeleteParameterResult{};
  });
}

Result<shapes::DeleteParametersResult> remove_many(const Deps& deps, const CallContext& context, const shapes::DeleteParametersRequest& request) {
  return transact<shapes::DeleteParametersResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteParametersResult> {
    if (request.names->empty() || request.names->size() > 10) return fail("ValidationException", fmt::format("1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: Member must have length {} than or equal to {}.", join(*request.names, ", "), request.names->empty() ? "greater" : "less", request.names->empty() ? 1 : 10));
    shapes::DeleteParametersResult answer{.deleted_parameters = std::vector<std::string>{}, .invalid_parameters = std::vector<std::string>{}};
    for (const std::string& name : *request.names) {
      const auto parameter = parameter_named(tx, context, name);
      if (parameter) store::erase<Parameter>(tx, parameter->key());
      (parameter ? answer.deleted_parameters : answer.invalid_parameters)->push_back(name);
    }
    return answer;
  });
}

}  // namespace

void register_parameter(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutParameterRequest, shapes::PutParameterResult>("ssm", "PutParameter", {"Name", "Description", "Value", "Type", "KeyId", "Overwrite", "AllowedPattern", "Tags.*", "Tier", "Policies", "DataType"}, bind(put));
  registry.add<shapes::GetParameterRequest, shapes::GetParameterResult>("ssm", "GetParameter", {"*"}, bind(get));
  registry.add<shapes::GetParametersRequest, shapes::GetParametersResult>("ssm", "GetParameters", {"*"}, bind(get_many));
  registry.add<shapes::DeleteParameterRequest, shapes::DeleteParameterResult>("ssm", "DeleteParameter", {"*"}, bind(remove));
  registry.add<shapes::DeleteParametersRequest, shapes::DeleteParametersResult>("ssm", "DeleteParameters", {"*"}, bind(remove_many));
}

void register_ssm(aws::Registry& registry, const Deps& deps) {
  register_parameter(registry, deps);
  register_parameter_list(registry, deps);
  register_label(registry, deps);
}

}  // namespace landfall::services::ssm
