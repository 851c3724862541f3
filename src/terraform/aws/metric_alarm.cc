#include <fmt/format.h>

#include "aws/shapes/cloudwatch.h"
#include "terraform/aws/alarms.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace cloudwatch = aws::cloudwatch;

const std::vector<std::string> kUnits{"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second",
                                      "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"};

std::string check_period(const Value& value) {
  const auto seconds = value.as_number().as_int64().value_or(-1);
  return seconds == 10 || seconds == 20 || seconds == 30 || (seconds > 0 && seconds % 60 == 0) ? "" : "to be one of [10 20 30] or divisible by 60, got " + hcl::to_console(value);
}

std::vector<cloudwatch::Dimension> dimensions_of(const Record& record) {
  std::vector<cloudwatch::Dimension> dimensions;
  for (const auto& [name, value] : record.pairs("dimensions")) {
    auto& dimension = dimensions.emplace_back();
    dimension.name = name;
    dimension.value = value;
  }
  return dimensions;
}

Pairs pairs_of(const std::optional<std::vector<cloudwatch::Dimension>>& dimensions) {
  Pairs pairs;
  for (const auto& dimension : dimensions.value_or(std::vector<cloudwatch::Dimension>{})) pairs[dimension.name.value_or("")] = dimension.value.value_or("");
  return pairs;
}

cloudwatch::MetricDataQuery query_to_api(const Record& written) {
  cloudwatch::MetricDataQuery query;
  query.id = written.text("id");
  query.return_data = written.flag("return_data");
  set_text(written, "account_id", query.account_id);
  set_text(written, "expression", query.expression);
  set_text(written, "label", query.label);
  set_number(written, "period", query.period);
  for (const Record& metric : written.blocks("metric")) {
    auto& stat = query.metric_stat.emplace();
    stat.period = static_cast<int32_t>(metric.number("period"));
    stat.stat = metric.text("stat");
    set_text(metric, "unit", stat.unit);
    auto& named = stat.metric.emplace();
    named.metric_name = metric.text("metric_name");
    set_text(metric, "namespace", named.namespace_);
    named.dimensions = dimensions_of(metric);
  }
  return query;
}

Record query_record(const cloudwatch::MetricDataQuery& query) {
  Record record;
  record.set("id", query.id.value_or(""));
  record.set("return_data", query.return_data.value_or(false));
  keep(record, "account_id", query.account_id);
  keep(record, "expression", query.expression);
  keep(record, "label", query.label);
  keep(record, "period", query.period);
  if (!query.metric_stat) return record;
  Record metric;
  metric.set("period", query.metric_stat->period.value_or(0));
  metric.set("stat", query.metric_stat->stat.value_or(""));
  keep(metric, "unit", query.metric_stat->unit);
  const cloudwatch::Metric named = query.metric_stat->metric.value_or(cloudwatch::Metric{});
  metric.set("metric_name", named.metric_name.value_or(""));
  keep(metric, "namespace", named.namespace_);
  metric.set("dimensions", pairs_of(named.dimensions));
  record.set("metric", std::vector<Record>{metric});
  return record;
}

class MetricAlarm final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("alarm_name").required().forces_new(), text("alarm_description"), flag("actions_enabled").defaults(true),
        text_set("alarm_actions"), text_set("ok_actions"), text_set("insufficient_data_actions"), text("metric_name"), text("namespace"),
        text("statistic").checked(one_of({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})), text("extended_statistic"), text_map("dimensions"), number("period").checked(check_period), text("unit").checked(one_of(kUnits)),
        number("evaluation_periods").required(), number("datapoints_to_alarm"), number("threshold"), text("threshold_metric_id"),
        text("comparison_operator").required().checked(one_of({"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"})),
        text("treat_missing_data").defaults("missing").checked(one_of({"breaching", "notBreaching", "ignore", "missing"})), text("evaluate_low_sample_count_percentiles").computed().checked(one_of({"evaluate", "ignore"})),
    }, .blocks = {
        set_block("metric_query", {.attributes = {text("id").required(), text("account_id"), text("expression"), text("label"), number("period").checked(check_period), flag("return_data").defaults(false)},
                                   .blocks = {one_block("metric", {.attributes = {text("metric_name").required(), text("namespace"), number("period").required().checked(check_period), text("stat").required(), text("unit").checked(one_of(kUnits)), text_map("dimensions")}})}}),
    }});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> adjust(const Cloud&, const Planned& p) const override {
    const Record& planned = p.planned;
    const auto is_absent = [&](const char* name) { return planned.value(name).is_known() && planned.text(name).empty(); };
    const bool has_queries = !planned.value("metric_query").is_known() || !planned.blocks("metric_query").empty();
    if (!has_queries && is_absent("metric_name")) return fail("Config.Missing", "\"metric_name\": one of `metric_name,metric_query` must be specified");
    if (!planned.blocks("metric_query").empty() && !planned.text("metric_name").empty()) return fail("Config.Conflict", "\"metric_query\": conflicts with metric_name");
    if (!planned.text("statistic").empty() && !planned.text("extended_statistic").empty()) return fail("Config.Conflict", "\"extended_statistic\": conflicts with statistic");
    if (!has_queries && is_absent("statistic") && is_absent("extended_statistic")) return fail("Config.Missing", "One of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    cloudwatch::PutMetricAlarmInput request = request_of(planned);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<cloudwatch::Tag>(tags);
    TRY(cloud.call<cloudwatch::PutMetricAlarmOutput>("cloudwatch", "PutMetricAlarm", request));
    state.set("id", planned.text("alarm_name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(find_alarms(cloud, state, "MetricAlarm"));
    if (!found.metric_alarms || found.metric_alarms->empty()) return false;
    read_metric(found.metric_alarms->front(), state);
    TRY(read_alarm(cloud, found.metric_alarms->front(), state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(cloud.call<cloudwatch::PutMetricAlarmOutput>("cloudwatch", "PutMetricAlarm", request_of(planned)));
    return change_alarm_tags(cloud, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return delete_alarm(cloud, state); }

 private:
  static cloudwatch::PutMetricAlarmInput request_of(const Record& planned) {
    cloudwatch::PutMetricAlarmInput request;
    set_alarm(planned, request);
    request.comparison_operator = planned.text("comparison_operator");
    request.evaluation_periods = static_cast<int32_t>(planned.number("evaluation_periods"));
    request.treat_missing_data = planned.text("treat_missing_data");
    set_text(planned, "metric_name", request.metric_name);
    set_text(planned, "namespace", request.namespace_);
    set_text(planned, "statistic", request.statistic);
    set_text(planned, "extended_statistic", request.extended_statistic);
    set_text(planned, "unit", request.unit);
    set_text(planned, "evaluate_low_sample_count_percentiles", request.evaluate_low_sample_count_percentile);
    set_number(planned, "period", request.period);
    set_number(planned, "datapoints_to_alarm", request.datapoints_to_alarm);
    set_text(planned, "threshold_metric_id", request.threshold_metric_id);
    if (!request.threshold_metric_id) request.threshold = planned.fraction("threshold");
    if (!planned.pairs("dimensions").empty()) request.dimensions = dimensions_of(planned);
    for (const Record& query : planned.blocks("metric_query")) {
      if (!request.metrics) request.metrics.emplace();
      request.metrics->push_back(query_to_api(query));
    }
    return request;
  }

  static void read_metric(const cloudwatch::MetricAlarm& alarm, Record& state) {
    state.set("comparison_operator", alarm.comparison_operator.value_or(""));
    state.set("evaluation_periods", alarm.evaluation_periods.value_or(0));
    state.set("treat_missing_data", alarm.treat_missing_data.value_or("missing"));
    state.set("evaluate_low_sample_count_percentiles", alarm.evaluate_low_sample_count_percentile.value_or(""));
    keep(state, "metric_name", alarm.metric_name);
    keep(state, "namespace", alarm.namespace_);
    keep(state, "statistic", alarm.statistic);
    keep(state, "extended_statistic", alarm.extended_statistic);
    keep(state, "unit", alarm.unit);
    keep(state, "period", alarm.period);
    keep(state, "datapoints_to_alarm", alarm.datapoints_to_alarm);
    keep(state, "threshold", alarm.threshold);
    keep(state, "threshold_metric_id", alarm.threshold_metric_id);
    state.set("dimensions", pairs_of(alarm.dimensions));
    std::vector<Record> queries;
    for (const auto& query : alarm.metrics.value_or(std::vector<cloudwatch::MetricDataQuery>{})) queries.push_back(query_record(query));
    state.set("metric_query", queries);
  }
};

}  // namespace

Result<cloudwatch::DescribeAlarmsOutput> find_alarms(const Cloud& cloud, const Record& state, const std::string& kind) {
  cloudwatch::DescribeAlarmsInput request;
  request.alarm_names = std::vector<std::string>{state.text("id")};
  request.alarm_types = std::vector<std::string>{kind};
  return cloud.call<cloudwatch::DescribeAlarmsOutput>("cloudwatch", "DescribeAlarms", request);
}

Result<void> delete_alarm(const Cloud& cloud, const Record& state) {
  cloudwatch::DeleteAlarmsInput request;
  request.alarm_names = std::vector<std::string>{state.text("id")};
  return ignore_gone(cloud.call<cloudwatch::DeleteAlarmsOutput>("cloudwatch", "DeleteAlarms", request));
}

Result<void> change_alarm_tags(const Cloud& cloud, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    cloudwatch::UntagResourceInput request;
    request.resource_arn = prior.text("arn");
    request.tag_keys = change.removed;
    TRY(cloud.call<cloudwatch::UntagResourceOutput>("cloudwatch", "UntagResource", request));
  }
  if (!change.put.empty()) {
    cloudwatch::TagResourceInput request;
    request.resource_arn = prior.text("arn");
    request.tags = to_tags<cloudwatch::Tag>(change.put);
    TRY(cloud.call<cloudwatch::TagResourceOutput>("cloudwatch", "TagResource", request));
  }
  return {};
}

void add_metric_alarm(Provider& provider) { provider.resources["aws_cloudwatch_metric_alarm"] = std::make_unique<MetricAlarm>(); }

}  // namespace landfall::terraform::aws_types
