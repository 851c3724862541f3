#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/appautoscaling.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace scaling = aws::application_autoscaling;
constexpr const char* kService = "application_autoscaling";

std::string check_time(const Value& value) {
  return value.as_string().empty() || parse_iso8601(value.as_string()) ? "" : "to be a valid RFC3339 date, got " + value.as_string();
}

bool is_same_time(const Value& there, const Value& wanted) {
  const auto a = parse_iso8601(there.as_string()), b = parse_iso8601(wanted.as_string());
  return a && b && *a == *b;
}

/// Capacities are texts in the provider's schema, because one that is left out is not 0.
std::string check_capacity(const Value& value) {
  const std::string text = value.as_string();
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10;
  return text.empty() || is_number ? "" : "to be a number of 0 or more, got " + text;
}

void set_capacity(const Record& action, const char* name, std::optional<int32_t>& to) {
  if (!action.text(name).empty()) to = static_cast<int32_t>(std::atoi(action.text(name).c_str()));
}

class ScheduledAction final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("service_namespace").required().forces_new(), text("resource_id").required().forces_new(),
                                              text("scalable_dimension").required().forces_new(), text("schedule").required(), text("timezone").defaults("UTC"),
                                              text("start_time").same_if(is_same_time).checked(check_time), text("end_time").same_if(is_same_time).checked(check_time)},
                               .blocks = {one_block("scalable_target_action", {.attributes = {text("min_capacity").checked(check_capacity), text("max_capacity").checked(check_capacity)}}).required()}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& planned) const override {
    for (const Record& action : planned.planned.blocks("scalable_target_action")) {
      const auto is_absent = [&](const char* name) { return action.value(name).is_known() && action.text(name).empty(); };
      if (is_absent("min_capacity") && is_absent("max_capacity")) return fail("Config.Missing", "\"scalable_target_action.0.max_capacity\": one of `scalable_target_action.0.max_capacity,scalable_target_action.0.min_capacity` must be specified");
    }
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", fmt::format("{}-{}-{}", planned.text("name"), planned.text("service_namespace"), planned.text("resource_id")));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    scaling::DescribeScheduledActionsRequest request;
    set_target(state, request);
    request.scheduled_action_names = std::vector<std::string>{state.text("name")};
    const auto found = TRY(look_up<scaling::DescribeScheduledActionsResponse>(cloud, kService, "DescribeScheduledActions", request));
    if (!found || !found->scheduled_actions || found->scheduled_actions->empty()) return false;
    const scaling::ScheduledAction& action = found->scheduled_actions->front();
    state.set("arn", action.scheduled_action_arn.value_or(""));
    state.set("schedule", action.schedule.value_or(""));
    state.set("timezone", action.timezone.value_or("UTC"));
    set_time(state, "start_time", action.start_time);
    set_time(state, "end_time", action.end_time);
    std::vector<Record> capacities(1);
    if (action.scalable_target_action && action.scalable_target_action->min_capacity) capacities[0].set("min_capacity", std::to_string(*action.scalable_target_action->min_capacity));
    if (action.scalable_target_action && action.scalable_target_action->max_capacity) capacities[0].set("max_capacity", std::to_string(*action.scalable_target_action->max_capacity));
    state.set("scalable_target_action", capacities);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    scaling::DeleteScheduledActionRequest request;
    set_target(state, request);
    request.scheduled_action_name = state.text("name");
    return ignore_gone(cloud.call<scaling::DeleteScheduledActionResponse>(kService, "DeleteScheduledAction", request));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record = TRY(target_of_import(id, true));
    record.set("id", fmt::format("{}-{}-{}", record.text("name"), record.text("service_namespace"), record.text("resource_id")));
    return record;
  }

 private:
  static void set_time(Record& state, const char* name, const std::optional<WallTime>& time) {
    if (!time) return state.clear(name);
    const Value there = Value::string(iso8601(*time));
    if (!state.has(name) || !is_same_time(there, state.value(name))) state.set(name, there);
  }

  /// Times that are left out are taken away (API reference, PutScheduledAction).
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    scaling::PutScheduledActionRequest request;
    set_target(planned, request);
    request.scheduled_action_name = planned.text("name");
    request.schedule = planned.text("schedule");
    request.timezone = planned.text("timezone");
    if (!planned.text("start_time").empty()) request.start_time = TRY(parse_iso8601(planned.text("start_time")));
    if (!planned.text("end_time").empty()) request.end_time = TRY(parse_iso8601(planned.text("end_time")));
    const Record action = planned.block("scalable_target_action");
    auto& capacities = request.scalable_target_action.emplace();
    set_capacity(action, "min_capacity", capacities.min_capacity);
    set_capacity(action, "max_capacity", capacities.max_capacity);
    TRY(cloud.call<scaling::PutScheduledActionResponse>(kService, "PutScheduledAction", request));
    return {};
  }
};

}  // namespace

void add_appautoscaling_scheduled_action(Provider& provider) { provider.resources["aws_appautoscaling_scheduled_action"] = std::make_unique<ScheduledAction>(); }

}  // namespace landfall::terraform::aws_types
