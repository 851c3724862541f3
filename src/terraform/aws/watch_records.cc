#include <fmt/format.h>

#include "aws/shapes/cloudwatch.h"
#include "terraform/aws/alarms.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// What CloudWatch keeps beside metric alarms: composite alarms and dashboards.
namespace landfall::terraform::aws_types {
namespace {

namespace cloudwatch = aws::cloudwatch;

class CompositeAlarm final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("alarm_name").required().forces_new(), text("alarm_rule").required(), text("alarm_description"), flag("actions_enabled").defaults(true).forces_new(),
                                                        text_set("alarm_actions"), text_set("ok_actions"), text_set("insufficient_data_actions")},
                                         .blocks = {one_block("actions_suppressor", {.attributes = {text("alarm").required(), number("extension_period").required(), number("wait_period").required()}})}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    cloudwatch::PutCompositeAlarmInput request = request_of(planned);
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<cloudwatch::Tag>(tags);
    TRY(cloud.call<cloudwatch::PutCompositeAlarmOutput>("cloudwatch", "PutCompositeAlarm", request));
    state.set("id", planned.text("alarm_name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(find_alarms(cloud, state, "CompositeAlarm"));
    if (!found.composite_alarms || found.composite_alarms->empty()) return false;
    const cloudwatch::CompositeAlarm& alarm = found.composite_alarms->front();
    state.set("alarm_rule", alarm.alarm_rule.value_or(""));
    std::vector<Record> suppressors;
    if (alarm.actions_suppressor) {
      Record& suppressor = suppressors.emplace_back();
      suppressor.set("alarm", *alarm.actions_suppressor);
      suppressor.set("extension_period", alarm.actions_suppressor_extension_period.value_or(0));
      suppressor.set("wait_period", alarm.actions_suppressor_wait_period.value_or(0));
    }
    state.set("actions_suppressor", suppressors);
    TRY(read_alarm(cloud, alarm, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(cloud.call<cloudwatch::PutCompositeAlarmOutput>("cloudwatch", "PutCompositeAlarm", request_of(planned)));
    return change_alarm_tags(cloud, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return delete_alarm(cloud, state); }

 private:
  static cloudwatch::PutCompositeAlarmInput request_of(const Record& planned) {
    cloudwatch::PutCompositeAlarmInput request;
    set_alarm(planned, request);
    request.alarm_rule = planned.text("alarm_rule");
    for (const Record& suppressor : planned.blocks("actions_suppressor")) {
      request.actions_suppressor = suppressor.text("alarm");
      request.actions_suppressor_extension_period = static_cast<int32_t>(suppressor.number("extension_period"));
      request.actions_suppressor_wait_period = static_cast<int32_t>(suppressor.number("wait_period"));
    }
    return request;
  }
};

class Dashboard final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("dashboard_arn").read_only(), text("dashboard_name").required().forces_new(), text("dashboard_body").required().same_if(is_same_json).checked(check_json)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("dashboard_name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    cloudwatch::GetDashboardInput request;
    request.dashboard_name = state.text("id");
    const auto found = TRY(look_up<cloudwatch::GetDashboardOutput>(cloud, "cloudwatch", "GetDashboard", request));
    if (!found) return false;
    state.set("dashboard_arn", found->dashboard_arn.value_or(""));
    state.set("dashboard_name", found->dashboard_name.value_or(""));
    const Value body = Value::string(found->dashboard_body.value_or(""));
    if (!is_same_json(body, state.value("dashboard_body"))) state.set("dashboard_body", body);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    cloudwatch::DeleteDashboardsInput request;
    request.dashboard_names = std::vector<std::string>{state.text("id")};
    return ignore_gone(cloud.call<cloudwatch::DeleteDashboardsOutput>("cloudwatch", "DeleteDashboards", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    cloudwatch::PutDashboardInput request;
    request.dashboard_name = planned.text("dashboard_name");
    request.dashboard_body = planned.text("dashboard_body");
    TRY(cloud.call<cloudwatch::PutDashboardOutput>("cloudwatch", "PutDashboard", request));
    return {};
  }
};

}  // namespace

void add_watch_records(Provider& provider) {
  provider.resources["aws_cloudwatch_composite_alarm"] = std::make_unique<CompositeAlarm>();
  provider.resources["aws_cloudwatch_dashboard"] = std::make_unique<Dashboard>();
}

}  // namespace landfall::terraform::aws_types
