#include <fmt/format.h>

#include "services/elbv2/condition_values.h"
#include "services/elbv2/quotas.h"

namespace landfall::services::elbv2 {
namespace {

using model::Condition;

Error no_config(std::string_view config, std::string_view field) { return {.code = "ValidationError", .what = fmt::format("A '{}' must be specified with '{}'", config, field)}; }

/// The Config form of a field, or its older Values form.
Result<Condition> read(const shapes::RuleCondition& given) {
  Condition condition{.field = text(given.field), .values = list(given.values)};
  condition.is_legacy = !condition.values.empty();
  if (condition.values.size() > 1) return fail("ValidationError", fmt::format("The '{}' field contains too many values; the limit is '1'", condition.field));
  const auto take = [&](const auto& config) {
    if (config && config->values) condition.values = *config->values;
  };
  const auto take_both = [&](const auto& config) {
    take(config);
    if (config) condition.regex_values = list(config->regex_values);
  };
  if (condition.field == "host-header") {
    take_both(given.host_header_config);
  } else if (condition.field == "path-pattern") {
    take_both(given.path_pattern_config);
  } else if (condition.field == "http-request-method") {
    if (!given.http_request_method_config) return fail(no_config("HttpRequestMethodConfig", condition.field));
    take(given.http_request_method_config);
  } else if (condition.field == "source-ip") {
    if (!given.source_ip_config) return fail(no_config("SourceIpConfig", condition.field));
    take(given.source_ip_config);
  } else if (condition.field == "http-header") {
    if (!given.http_header_config) return fail(no_config("HttpHeaderConfig", condition.field));
    condition.http_header_name = text(given.http_header_config->http_header_name);
    take_both(given.http_header_config);
  } else if (condition.field == "query-string") {
    if (!given.query_string_config) return fail(no_config("QueryStringConfig", condition.field));
    for (const auto& pair : list(given.query_string_config->values)) condition.query_strings.push_back({.key = text(pair.key), .value = text(pair.value)});
  } else {
    return fail("ValidationError", fmt::format("Condition field '{}' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'", condition.field));
  }
  TRY(check_values(condition));
  return condition;
}

}  // namespace

Result<std::vector<Condition>> read_conditions(const std::vector<shapes::RuleCondition>& conditions) {
  if (conditions.empty()) return fail("ValidationError", "A condition must be specified");
  std::vector<Condition> result;
  size_t values = 0, wildcards = 0;
  for (const auto& given : conditions) {
    Condition condition = TRY(read(given));
    const bool once = condition.field != "http-header" && condition.field != "query-string";
    if (once && std::ranges::count(result, condition.field, &Condition::field) > 0) return fail("InvalidConfigurationRequest", fmt::format("A rule can have one condition of field '{}'", condition.field));
    values += condition.values.size() + condition.query_strings.size() + condition.regex_values.size();
    wildcards += wildcards_in(condition);
    result.push_back(std::move(condition));
  }
  if (values > quotas::kConditionValues) return fail("ValidationError", fmt::format("A rule can only have '{}' condition values", quotas::kConditionValues));
  if (wildcards > quotas::kWildcards) return fail("ValidationError", fmt::format("A rule can only have '{}' condition wildcards", quotas::kWildcards));
  return result;
}

std::vector<shapes::RuleCondition> render_conditions(const std::vector<Condition>& conditions) {
  std::vector<shapes::RuleCondition> result;
  for (const Condition& condition : conditions) {
    shapes::RuleCondition out{.field = condition.field};
    const bool has_regex = !condition.regex_values.empty();
    const auto values = has_regex ? std::nullopt : std::optional(condition.values);
    const auto regex_values = has_regex ? std::optional(condition.regex_values) : std::nullopt;
    if (condition.field == "host-header") {
      out.host_header_config = shapes::HostHeaderConditionConfig{.regex_values = regex_values, .values = values};
      out.values = values;
    } else if (condition.field == "path-pattern") {
      out.path_pattern_config = shapes::PathPatternConditionConfig{.regex_values = regex_values, .values = values};
      out.values = values;
    } else if (condition.field == "http-request-method") {
      out.http_request_method_config = shapes::HttpRequestMethodConditionConfig{.values = condition.values};
    } else if (condition.field == "source-ip") {
      out.source_ip_config = shapes::SourceIpConditionConfig{.values = condition.values};
    } else if (condition.field == "http-header") {
      out.http_header_config = shapes::HttpHeaderConditionConfig{.http_header_name = condition.http_header_name, .regex_values = regex_values, .values = values};
    } else {
      shapes::QueryStringConditionConfig config{.values = std::vector<shapes::QueryStringKeyValuePair>{}};
      for (const auto& pair : condition.query_strings) config.values->push_back({.key = pair.key.empty() ? std::nullopt : std::optional(pair.key), .value = pair.value});
      out.query_string_config = config;
    }
    result.push_back(std::move(out));
  }
  return result;
}

}  // namespace landfall::services::elbv2
