#include <algorithm>
#include <set>

#include "services/ssm/public_parameter.h"
#include "services/ssm/support.h"

namespace landfall::services::ssm {
namespace {

/// "a" counts as "/a" wherever names are searched for.
std::string with_slash(const std::string& name) { return name.starts_with("/") ? name : "/" + name; }

/// The values that a filter's key looks at.
Result<std::vector<std::string>> facts_of(const Parameter& p, const std::string& key) {
  const ParameterVersion& v = p.versions.back();
  if (key == "Name") return std::vector{with_slash(p.name)};
  if (key == "Type") return std::vector{v.type};
  if (key == "KeyId") return std::vector{v.key_id};
  if (key == "Tier") return std::vector{v.tier};
  if (key == "DataType") return std::vector{v.data_type};
  if (key == "Label") return v.labels;
  if (key == "Path") return std::vector{p.name};
  if (key.starts_with("tag:")) {
    const auto tag = p.tags.find(key.substr(4));
    return tag == p.tags.end() ? std::vector<std::string>{} : std::vector{tag->second};
  }
  return fail("InvalidFilterKey", fmt::format("The specified key isn't valid: {}", key));
}

/// What paths may look like, to those who search for them.
Result<void> check_path(const std::string& path) {
  const bool is_plain = std::ranges::all_of(path, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._-/").find(c) != std::string_view::npos; });
  if (path.starts_with("/") && is_plain && path.find("//") == std::string::npos) return {};
  return fail("ValidationException", "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.");
}

bool is_under(const std::string& name, std::string path, bool recursive) {
  if (!path.ends_with("/")) path += "/";
  if (path == "/" && !name.starts_with("/")) return recursive || name.find('/') == std::string::npos;
  return name.starts_with(path) && (recursive || name.find('/', path.size()) == std::string::npos);
}

Result<void> check_option(const std::string& key, const std::string& option) {
  if (key == "Path" && option != "OneLevel" && option != "Recursive") return fail("InvalidFilterOption", "The following filter option is not valid: " + option + ". Valid options include: [Recursive, OneLevel].");
  if (key != "Path" && option != "Equals" && option != "BeginsWith" && option != "Contains") return fail("InvalidFilterOption", "The following filter option is not valid: " + option + ". Valid options include: [BeginsWith, Equals].");
  return {};
}

Result<bool> fits(const Parameter& parameter, const shapes::ParameterStringFilter& filter) {
  const std::string key = text(filter.key), option = filter.option.value_or(key == "Path" ? "OneLevel" : "Equals");
  const auto wanted = filter.values.value_or(std::vector<std::string>{});
  if (key == "Path") {
    return std::ranges::any_of(wanted, [&](const std::string& path) { return is_under(parameter.name, path, option == "Recursive"); });
  }
  const auto facts = TRY(facts_of(parameter, key));
  if (wanted.empty()) return !facts.empty();
  return std::ranges::any_of(facts, [&](const std::string& fact) {
    return std::ranges::any_of(wanted, [&](const std::string& given) {
      const std::string value = key == "Name" && option != "Contains" ? with_slash(given) : given;
      return option == "Equals" ? fact == value : option == "Contains" ? fact.find(value) != std::string::npos : fact.starts_with(value);
    });
  });
}

Result<std::vector<Parameter>> filtered(std::vector<Parameter> all_parameters, const std::optional<std::vector<shapes::ParameterStringFilter>>& filters) {
  TRY(check_filters(filters.value_or(std::vector<shapes::ParameterStringFilter>{})));
  std::vector<Parameter> found;
  for (Parameter& parameter : all_parameters) {
    bool all = true;
    for (const auto& filter : filters.value_or(std::vector<shapes::ParameterStringFilter>{})) all = TRY(fits(parameter, filter)) && all;
    if (all) found.push_back(std::move(parameter));
  }
  return found;
}

std::vector<shapes::ParameterInlinePolicy> policies_of(const ParameterVersion& version) {
  if (version.policies.empty()) return {};
  return {{.policy_status = "Pending", .policy_text = version.policies, .policy_type = "Expiration"}};
}

Result<shapes::DescribeParametersResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeParametersRequest& request) {
  if (request.filters && request.parameter_filters) return fail("ValidationException", "You can use either Filters or ParameterFilters in a single request.");
  if (request.shared.value_or(false)) return shapes::DescribeParametersResult{.parameters = std::vector<shapes::ParameterMetadata>{}};  // nobody shares any
  std::vector<shapes::ParameterStringFilter> filters = request.parameter_filters.value_or(std::vector<shapes::ParameterStringFilter>{});
  if (std::ranges::any_of(filters, [](const auto& filter) { return text(filter.key) == "Label"; })) return fail("InvalidFilterKey", "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].");
  for (const auto& old : request.filters.value_or(std::vector<shapes::ParametersFilter>{})) filters.push_back({.key = old.key, .option = text(old.key) == "Name" ? "BeginsWith" : "Equals", .values = old.values});
  std::vector<shapes::ParameterMetadata> found;
  for (const Parameter& p : TRY(filtered(store::all<Parameter>(deps.store, scope(context)), filters))) {
    const ParameterVersion& v = p.versions.back();
    shapes::ParameterMetadata out{.arn = p.arn(), .data_type = v.data_type, .last_modified_date = v.modified_at, .last_modified_user = v.modified_by, .name = p.name, .policies = policies_of(v), .tier = v.tier, .type = v.type, .version = v.number};
    if (!v.description.empty()) out.description = v.description;
    if (!v.allowed_pattern.empty()) out.allowed_pattern = v.allowed_pattern;
    if (!v.key_id.empty()) out.key_id = v.key_id;
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), request.max_results, 50, request.next_token));
  shapes::DescribeParametersResult result{.parameters = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::GetParametersByPathResult> by_path(const Deps& deps, const CallContext& context, const shapes::GetParametersByPathRequest& request) {
  const std::string path = text(request.path);
  TRY(check_path(path));
  for (const auto& filter : request.parameter_filters.value_or(std::vector<shapes::ParameterStringFilter>{})) {
    const std::string key = text(filter.key);
    if (key == "Path" || key == "Name" || key == "Tier") return fail("InvalidFilterKey", fmt::format("The following filter key is not valid: {}. Valid filter keys include: [Type, KeyId].", key));
  }
  std::vector<shapes::Parameter> found;
  auto known = is_public_name(path + "/") ? public_parameters(context.region) : store::all<Parameter>(deps.store, scope(context));
  for (const Parameter& p : TRY(filtered(std::move(known), request.parameter_filters))) {
    if (!is_under(p.name, path, request.recursive.value_or(false))) continue;
    const ParameterVersion& v = p.versions.back();
    found.push_back({.arn = p.arn(), .data_type = v.data_type, .last_modified_date = v.modified_at, .name = p.name, .type = v.type, .value = value_of(v, request.with_decryption.value_or(false)), .version = v.number});
  }
  auto answer = TRY(page(std::move(found), request.max_results, 10, request.next_token));
  shapes::GetParametersByPathResult result{.parameters = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::GetParameterHistoryResult> history(const Deps& deps, const CallContext& context, const shapes::GetParameterHistoryRequest& request) {
  if (request.max_results && (*request.max_results < 1 || *request.max_results > 50)) return fail("ValidationException", fmt::format("1 validation error detected: Value '{}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50.", *request.max_results));
  const Parameter parameter = TRY(parameter_named(deps.store, context, request.name));
  std::vector<shapes::ParameterHistory> found;
  for (const ParameterVersion& v : parameter.versions) {
    shapes::ParameterHistory out{.data_type = v.data_type, .labels = v.labels, .last_modified_date = v.modified_at, .last_modified_user = v.modified_by, .name = parameter.name, .policies = policies_of(v), .tier = v.tier, .type = v.type,
                                 .value = value_of(v, request.with_decryption.value_or(false)), .version = v.number};
    if (!v.description.empty()) out.description = v.description;
    if (!v.key_id.empty()) out.key_id = v.key_id;
    if (!v.allowed_pattern.empty()) out.allowed_pattern = v.allowed_pattern;
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), request.max_results, 50, request.next_token));
  shapes::GetParameterHistoryResult result{.parameters = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

Result<void> check_filters(const std::vector<shapes::ParameterStringFilter>& filters) {
  constexpr size_t kMostValues = 50;
  std::set<std::string> seen;
  for (const auto& filter : filters) {
    const std::string key = text(filter.key);
    const auto values = filter.values.value_or(std::vector<std::string>{});
    if (!seen.insert(key).second) return fail("ValidationException", "The following filter is duplicated in the request: " + key + ". A request can contain only one occurrence of a specific filter.");
    if (values.size() > kMostValues) return fail("ValidationException", fmt::format("Filters can have at most {} values; found {}", kMostValues, values.size()));
    const bool needs_values = key == "Path" || key == "Type" || key == "KeyId" || key == "Name" || key == "Tier" || key == "DataType";
    if (needs_values && values.empty()) return fail("InvalidFilterValue", "The following filter values are missing : null for filter key " + key + ".");
    if (filter.option) TRY(check_option(key, *filter.option));
    for (const std::string& value : values) {
      const bool is_type = value == "String" || value == "StringList" || value == "SecureString";
      if (key == "Type" && !is_type) return fail("InvalidFilterValue", fmt::format("The following filter value is not valid: {}. Valid values include: [String, StringList, SecureString].", value));
      const bool is_tier = value == "Standard" || value == "Advanced" || value == "Intelligent-Tiering";
      if (key == "Tier" && !is_tier) return fail("InvalidFilterValue", fmt::format("The following filter value is not valid: {}. Valid values include: [Standard, Advanced, Intelligent-Tiering].", value));
      if (key != "Path") continue;
      TRY(check_path(value));
      const std::string low = lower(value);
      if (low.starts_with("/aws") || low.starts_with("/ssm")) return fail("ValidationException", "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When using global parameters, please specify within a global namespace.");
    }
  }
  return {};
}

void register_parameter_list(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeParametersRequest, shapes::DescribeParametersResult>("ssm", "DescribeParameters", {"*"}, bind(describe));
  registry.add<shapes::GetParametersByPathRequest, shapes::GetParametersByPathResult>("ssm", "GetParametersByPath", {"*"}, bind(by_path));
  registry.add<shapes::GetParameterHistoryRequest, shapes::GetParameterHistoryResult>("ssm", "GetParameterHistory", {"*"}, bind(history));
}

}  // namespace landfall::services::ssm
