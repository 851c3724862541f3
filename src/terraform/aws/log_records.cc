#include <fmt/format.h>

#include "aws/shapes/logs.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/types.h"

/// What CloudWatch Logs keeps beside groups and streams: metric filters, resource policies, query definitions.
namespace landfall::terraform::aws_types {
namespace {

namespace logs = aws::logs;

class MetricFilter final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").required().forces_new(), text("log_group_name").required().forces_new(), text("pattern").required()},
                               .blocks = {one_block("metric_transformation", {.attributes = {text("name").required(), text("namespace").required(), text("value").required(), text("default_value"), text_map("dimensions"), text("unit").defaults("None")}}).required()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    logs::DescribeMetricFiltersRequest request;
    request.log_group_name = state.text("log_group_name");
    request.filter_name_prefix = state.text("id");
    do {
      const auto found = TRY(look_up<logs::DescribeMetricFiltersResponse>(cloud, "logs", "DescribeMetricFilters", request));
      if (!found) return false;
      for (const auto& filter : found->metric_filters.value_or(std::vector<logs::MetricFilter>{})) {
        if (filter.filter_name != state.text("id")) continue;
        tell(filter, state);
        return true;
      }
      request.next_token = found->next_token;
    } while (request.next_token);
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    logs::DeleteMetricFilterRequest request;
    request.log_group_name = state.text("log_group_name");
    request.filter_name = state.text("id");
    return ignore_gone(cloud.call<logs::DeleteMetricFilterOutput>("logs", "DeleteMetricFilter", request));
  }

  /// "GROUP:FILTER"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t colon = id.find(':');
    if (colon == std::string::npos) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected <log_group_name>:<name>", id));
    Record record;
    record.set("log_group_name", id.substr(0, colon));
    record.set("name", id.substr(colon + 1));
    record.set("id", id.substr(colon + 1));
    return record;
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    logs::PutMetricFilterRequest request;
    request.filter_name = planned.text("name");
    request.log_group_name = planned.text("log_group_name");
    request.filter_pattern = planned.text("pattern");
    const Record block = planned.block("metric_transformation");
    auto& to = request.metric_transformations.emplace().emplace_back();
    to.metric_name = block.text("name");
    to.metric_namespace = block.text("namespace");
    to.metric_value = block.text("value");
    if (!block.text("default_value").empty()) to.default_value = std::strtod(block.text("default_value").c_str(), nullptr);
    if (!block.pairs("dimensions").empty()) to.dimensions = block.pairs("dimensions");
    if (!block.text("unit").empty()) to.unit = block.text("unit");
    TRY(cloud.call<logs::PutMetricFilterOutput>("logs", "PutMetricFilter", request));
    return {};
  }

  static void tell(const logs::MetricFilter& filter, Record& state) {
    state.set("name", filter.filter_name.value_or(""));
    state.set("log_group_name", filter.log_group_name.value_or(""));
    state.set("pattern", filter.filter_pattern.value_or(""));
    std::vector<Record> blocks;
    for (const auto& to : filter.metric_transformations.value_or(std::vector<logs::MetricTransformation>{})) {
      Record& block = blocks.emplace_back();
      block.set("name", to.metric_name.value_or(""));
      block.set("namespace", to.metric_namespace.value_or(""));
      block.set("value", to.metric_value.value_or(""));
      block.set("default_value", to.default_value ? fmt::format("{}", *to.default_value) : "");
      block.set("dimensions", to.dimensions.value_or(std::map<std::string, std::string>{}));
      block.set("unit", to.unit.value_or("None"));
    }
    state.set("metric_transformation", blocks);
  }
};

class ResourcePolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("policy_name").required().forces_new(), text("policy_document").required().same_if(is_same_json).checked(check_json)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("policy_name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    logs::DescribeResourcePoliciesRequest request;
    do {
      const auto found = TRY(cloud.call<logs::DescribeResourcePoliciesResponse>("logs", "DescribeResourcePolicies", request));
      for (const auto& policy : found.resource_policies.value_or(std::vector<logs::ResourcePolicy>{})) {
        if (policy.policy_name != state.text("id")) continue;
        state.set("policy_name", state.text("id"));
        const Value document = Value::string(policy.policy_document.value_or(""));
        if (!is_same_json(document, state.value("policy_document"))) state.set("policy_document", document);
        return true;
      }
      request.next_token = found.next_token;
    } while (request.next_token);
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    logs::DeleteResourcePolicyRequest request;
    request.policy_name = state.text("id");
    return ignore_gone(cloud.call<logs::DeleteResourcePolicyOutput>("logs", "DeleteResourcePolicy", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    logs::PutResourcePolicyRequest request;
    request.policy_name = planned.text("policy_name");
    request.policy_document = planned.text("policy_document");
    TRY(cloud.call<logs::PutResourcePolicyResponse>("logs", "PutResourcePolicy", request));
    return {};
  }
};

class QueryDefinition final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("query_definition_id").read_only(), text("name").required(), text("query_string").required(), texts("log_group_names")}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string id = TRY(put(cloud, planned, ""));
    state.set("id", id);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    logs::DescribeQueryDefinitionsRequest request;
    do {
      const auto found = TRY(cloud.call<logs::DescribeQueryDefinitionsResponse>("logs", "DescribeQueryDefinitions", request));
      for (const auto& query : found.query_definitions.value_or(std::vector<logs::QueryDefinition>{})) {
        if (query.query_definition_id != state.text("id")) continue;
        state.set("query_definition_id", state.text("id"));
        state.set("name", query.name.value_or(""));
        state.set("query_string", query.query_string.value_or(""));
        state.set("log_group_names", query.log_group_names.value_or(std::vector<std::string>{}));
        return true;
      }
      request.next_token = found.next_token;
    } while (request.next_token);
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(put(cloud, planned, prior.text("id")));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    logs::DeleteQueryDefinitionRequest request;
    request.query_definition_id = state.text("id");
    return ignore_gone(cloud.call<logs::DeleteQueryDefinitionResponse>("logs", "DeleteQueryDefinition", request));
  }

 private:
  static Result<std::string> put(const Cloud& cloud, const Record& planned, const std::string& id) {
    logs::PutQueryDefinitionRequest request;
    request.name = planned.text("name");
    request.query_string = planned.text("query_string");
    if (!id.empty()) request.query_definition_id = id;
    if (!planned.texts("log_group_names").empty()) request.log_group_names = planned.texts("log_group_names");
    return TRY(cloud.call<logs::PutQueryDefinitionResponse>("logs", "PutQueryDefinition", request)).query_definition_id.value_or("");
  }
};

}  // namespace

void add_log_records(Provider& provider) {
  provider.resources["aws_cloudwatch_log_metric_filter"] = std::make_unique<MetricFilter>();
  provider.resources["aws_cloudwatch_log_resource_policy"] = std::make_unique<ResourcePolicy>();
  provider.resources["aws_cloudwatch_query_definition"] = std::make_unique<QueryDefinition>();
}

}  // namespace landfall::terraform::aws_types
