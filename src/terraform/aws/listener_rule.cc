#include <algorithm>
#include <set>

#include "terraform/aws/elbv2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

Block values_block(const char* name, std::vector<Attribute> more = {}) {
  more.push_back(text_set("values").required());
  return one_block(name, {.attributes = std::move(more)});
}

/// With patterns (provider 6).
Block pattern_block(const char* name, std::vector<Attribute> more = {}) {
  more.push_back(text_set("values"));
  more.push_back(text_set("regex_values"));
  return one_block(name, {.attributes = std::move(more)});
}

Block rewrite_block(const char* name) {
  return one_block(name, {.blocks = {one_block("rewrite", {.attributes = {text("regex").required(), text("replace").required()}})}});
}

/// Today's blocks, and `field` with `values` of providers before 3.0.
Block condition_block() {
  return set_block("condition", {.attributes = {text("field").checked(one_of({"host-header", "path-pattern"})), texts("values")},
                                 .blocks = {pattern_block("host_header"), pattern_block("path_pattern"), values_block("http_request_method"), values_block("source_ip"),
                                            pattern_block("http_header", {text("http_header_name").required()}),
                                            set_block("query_string", {.attributes = {text("key"), text("value").required()}})}})
      .required();
}

std::vector<elbv2::RuleCondition> conditions_of(const Record& record) {
  std::vector<elbv2::RuleCondition> conditions;
  for (const Record& condition : record.blocks("condition")) {
    elbv2::RuleCondition& api = conditions.emplace_back();
    if (condition.has("field") && !condition.text("field").empty()) {
      api.field = condition.text("field");
      api.values = condition.texts("values");
      continue;
    }
    const auto values = [&](const char* name) { return condition.block(name).texts("values"); };
    const auto take = [&](const char* name, auto& config) {
      const Record block = condition.block(name);
      if (const auto given = block.texts("values"); !given.empty()) config.values = given;
      if (const auto patterns = block.texts("regex_values"); !patterns.empty()) config.regex_values = patterns;
    };
    if (!condition.blocks("host_header").empty()) {
      api.field = "host-header";
      take("host_header", api.host_header_config.emplace());
    } else if (!condition.blocks("path_pattern").empty()) {
      api.field = "path-pattern";
      take("path_pattern", api.path_pattern_config.emplace());
    } else if (!condition.blocks("http_request_method").empty()) {
      api.field = "http-request-method";
      api.http_request_method_config.emplace().values = values("http_request_method");
    } else if (!condition.blocks("source_ip").empty()) {
      api.field = "source-ip";
      api.source_ip_config.emplace().values = values("source_ip");
    } else if (!condition.blocks("http_header").empty()) {
      api.field = "http-header";
      auto& header = api.http_header_config.emplace();
      header.http_header_name = condition.block("http_header").text("http_header_name");
      take("http_header", header);
    } else {
      api.field = "query-string";
      auto& query = api.query_string_config.emplace().values.emplace();
      for (const Record& pair : condition.blocks("query_string")) {
        auto& one = query.emplace_back();
        if (pair.has("key") && !pair.text("key").empty()) one.key = pair.text("key");
        one.value = pair.text("value");
      }
    }
  }
  return conditions;
}

Record values_record(const std::vector<std::string>& values, const std::optional<std::vector<std::string>>& patterns = std::nullopt) {
  Record record;
  if (!values.empty()) record.set("values", values);
  if (patterns && !patterns->empty()) record.set("regex_values", *patterns);
  return record;
}

std::vector<elbv2::RuleTransform> transforms_of(const Record& record) {
  std::vector<elbv2::RuleTransform> transforms;
  for (const Record& block : record.blocks("transform")) {
    elbv2::RuleTransform& api = transforms.emplace_back();
    api.type = block.text("type");
    const auto rewrites_in = [&](const char* name) {
      std::vector<elbv2::RewriteConfig> rewrites;
      for (const Record& rewrite : block.block(name).blocks("rewrite")) rewrites.push_back({.regex = rewrite.text("regex"), .replace = rewrite.text("replace")});
      return rewrites;
    };
    if (!block.blocks("host_header_rewrite_config").empty()) api.host_header_rewrite_config.emplace().rewrites = rewrites_in("host_header_rewrite_config");
    if (!block.blocks("url_rewrite_config").empty()) api.url_rewrite_config.emplace().rewrites = rewrites_in("url_rewrite_config");
  }
  return transforms;
}

std::vector<Record> transform_records(const std::vector<elbv2::RuleTransform>& transforms) {
  std::vector<Record> records;
  for (const elbv2::RuleTransform& transform : transforms) {
    Record& record = records.emplace_back();
    record.set("type", transform.type.value_or(""));
    const auto tell = [&](const char* name, const auto& config) {
      if (!config) return;
      Record rewrite, block;
      const auto rewrites = config->rewrites.value_or(std::vector<elbv2::RewriteConfig>{});
      if (!rewrites.empty()) {
        rewrite.set("regex", rewrites[0].regex.value_or(""));
        rewrite.set("replace", rewrites[0].replace.value_or(""));
        block.set("rewrite", std::vector<Record>{rewrite});
      }
      record.set(name, std::vector<Record>{block});
    };
    tell("host_header_rewrite_config", transform.host_header_rewrite_config);
    tell("url_rewrite_config", transform.url_rewrite_config);
  }
  return records;
}

/// A condition in the way in which the configuration writes that field.
Record to_record(const elbv2::RuleCondition& condition, bool is_old) {
  Record record;
  const std::string field = condition.field.value_or("");
  const auto own = condition.values.value_or(std::vector<std::string>{});
  const auto values_of = [&](const auto& config) { return config ? config->values.value_or(own) : own; };
  const bool is_host = field == "host-header";
  if (is_host || field == "path-pattern") {
    const std::vector<std::string> values = is_host ? values_of(condition.host_header_config) : values_of(condition.path_pattern_config);
    if (is_old) {
      record.set("field", field);
      record.set("values", values);
    } else {
      const auto patterns = is_host ? condition.host_header_config->regex_values : condition.path_pattern_config->regex_values;
      record.set(is_host ? "host_header" : "path_pattern", std::vector<Record>{values_record(values, patterns)});
    }
  } else if (field == "http-request-method") {
    record.set("http_request_method", std::vector<Record>{values_record(values_of(condition.http_request_method_config))});
  } else if (field == "source-ip") {
    record.set("source_ip", std::vector<Record>{values_record(values_of(condition.source_ip_config))});
  } else if (field == "http-header" && condition.http_header_config) {
    Record header = values_record(condition.http_header_config->values.value_or(std::vector<std::string>{}), condition.http_header_config->regex_values);
    header.set("http_header_name", condition.http_header_config->http_header_name.value_or(""));
    record.set("http_header", std::vector<Record>{header});
  } else if (field == "query-string" && condition.query_string_config) {
    std::vector<Record> pairs;
    for (const auto& pair : condition.query_string_config->values.value_or(std::vector<elbv2::QueryStringKeyValuePair>{})) {
      Record& one = pairs.emplace_back();
      if (pair.key) one.set("key", *pair.key);
      one.set("value", pair.value.value_or(""));
    }
    record.set("query_string", pairs);
  }
  return record;
}

class ListenerRule final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("listener_arn").required().forces_new(), number("priority").computed().checked(between(1, 99999))},
                                         .blocks = {action_block("action"), condition_block(),
                                                    set_block("transform", {.attributes = {text("type").required().checked(one_of({"host-header-rewrite", "url-rewrite"}))},
                                                                            .blocks = {rewrite_block("host_header_rewrite_config"), rewrite_block("url_rewrite_config")}})}});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    keep_what_is_of_other_types(change, "action");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::CreateRuleInput request;
    request.listener_arn = planned.text("listener_arn");
    request.actions = actions_of(planned, "action");
    request.conditions = conditions_of(planned);
    if (const auto transforms = transforms_of(planned); !transforms.empty()) request.transforms = transforms;
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<elbv2::Tag>(tags);
    if (planned.has("priority")) {
      request.priority = static_cast<int32_t>(planned.number("priority"));
      return make(cloud, request, state);
    }
    // Without a priority: after the last one; another rule made at the same time may take it first.
    return cloud.retry_while(std::chrono::seconds(60), [](const Error& e) { return e.code == "PriorityInUse"; }, [&]() -> Result<void> {
      request.priority = TRY(highest_priority(cloud, *request.listener_arn)) + 1;
      return make(cloud, request, state);
    });
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    elbv2::DescribeRulesInput request;
    request.rule_arns = std::vector<std::string>{arn};
    const auto found = TRY(look_up<elbv2::DescribeRulesOutput>(cloud, "elbv2", "DescribeRules", request));
    if (!found || !found->rules || found->rules->empty()) return false;
    const elbv2::Rule& rule = found->rules->front();
    state.set("arn", arn);
    std::string listener = arn;
    listener.replace(listener.find(":listener-rule/"), 15, ":listener/");
    state.set("listener_arn", listener.substr(0, listener.rfind('/')));
    state.set("priority", static_cast<int64_t>(std::atoll(rule.priority.value_or("0").c_str())));
    state.set("action", to_records(rule.actions, state, "action"));
    std::set<std::string> old_fields;
    for (const Record& condition : state.blocks("condition")) old_fields.insert(condition.text("field"));
    std::vector<Record> conditions;
    for (const auto& condition : rule.conditions.value_or(std::vector<elbv2::RuleCondition>{})) conditions.push_back(to_record(condition, old_fields.contains(condition.field.value_or(""))));
    state.set("condition", conditions);
    state.set("transform", transform_records(rule.transforms.value_or(std::vector<elbv2::RuleTransform>{})));
    TRY(read_elb_tags(cloud, arn, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    if (differs(prior, planned, "priority") && planned.has("priority")) {
      elbv2::SetRulePrioritiesInput request;
      auto& pair = request.rule_priorities.emplace().emplace_back();
      pair.rule_arn = arn;
      pair.priority = static_cast<int32_t>(planned.number("priority"));
      TRY(cloud.call<elbv2::SetRulePrioritiesOutput>("elbv2", "SetRulePriorities", request));
    }
    if (differs(prior, planned, "action") || differs(prior, planned, "condition") || differs(prior, planned, "transform")) {
      elbv2::ModifyRuleInput request;
      request.rule_arn = arn;
      request.actions = actions_of(planned, "action");
      request.conditions = conditions_of(planned);
      if (const auto transforms = transforms_of(planned); !transforms.empty()) request.transforms = transforms;
      else request.reset_transforms = true;
      TRY(cloud.call<elbv2::ModifyRuleOutput>("elbv2", "ModifyRule", request));
    }
    return update_elb_tags(cloud, arn, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeleteRuleInput request;
    request.rule_arn = state.text("id");
    return ignore_gone(cloud.call<elbv2::DeleteRuleOutput>("elbv2", "DeleteRule", request));
  }

 private:
  static Result<void> make(const Cloud& cloud, const elbv2::CreateRuleInput& request, Record& state) {
    const auto made = TRY(cloud.call<elbv2::CreateRuleOutput>("elbv2", "CreateRule", request));
    state.set("id", made.rules->front().rule_arn.value_or(""));
    return {};
  }

  static Result<int32_t> highest_priority(const Cloud& cloud, const std::string& listener) {
    elbv2::DescribeRulesInput request;
    request.listener_arn = listener;
    const auto found = TRY(cloud.call<elbv2::DescribeRulesOutput>("elbv2", "DescribeRules", request));
    int32_t highest = 0;
    for (const auto& rule : found.rules.value_or(std::vector<elbv2::Rule>{})) highest = std::max(highest, static_cast<int32_t>(std::atoi(rule.priority.value_or("0").c_str())));
    return highest;
  }
};

}  // namespace

void add_listener_rule(Provider& provider) { add_twice<ListenerRule>(provider, "_listener_rule"); }

}  // namespace landfall::terraform::aws_types
