#include <algorithm>

#include "services/cloudwatch/support.h"

namespace landfall::services::cloudwatch {

using model::AlarmHistory;

void tell_history(Transaction& tx, const model::Alarm& alarm, model::AlarmEvent event) {
  auto history = store::find<AlarmHistory>(tx, alarm.key()).value_or(AlarmHistory{.account = alarm.account, .region = alarm.region, .name = alarm.name, .events = {}});
  history.add(std::move(event));
  store::put(tx, history);
}

namespace {

/// Newest first unless asked otherwise (API reference, DescribeAlarmHistory).
Result<shapes::DescribeAlarmHistoryOutput> history(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmHistoryInput& request) {
  const auto wanted = request.alarm_types.value_or(std::vector<std::string>{"MetricAlarm"});  // composite ones only if they are asked for
  std::vector<shapes::AlarmHistoryItem> found;
  for (const AlarmHistory& alarm : store::all<AlarmHistory>(deps.store, scope(context))) {
    if (request.alarm_name.value_or(alarm.name) != alarm.name) continue;
    const auto of = store::find<model::Alarm>(deps.store, alarm.key());
    const std::string type = of && is_composite(*of) ? "CompositeAlarm" : "MetricAlarm";
    if (std::ranges::count(wanted, type) == 0) continue;
    for (const auto& event : alarm.events) {
      if (request.history_item_type.value_or(event.type) != event.type || (request.start_date && event.at < *request.start_date) || (request.end_date && event.at > *request.end_date)) continue;
      found.push_back({.alarm_name = alarm.name, .alarm_type = type, .history_data = event.data, .history_item_type = event.type, .history_summary = event.summary, .timestamp = event.at});
    }
  }
  std::ranges::stable_sort(found, std::ranges::greater(), [](const auto& item) { return item.timestamp->ms; });
  if (text(request.scan_by) == "TimestampAscending") std::ranges::reverse(found);
  auto answer = TRY(page(std::move(found), request.max_records.value_or(100), request.next_token));
  shapes::DescribeAlarmHistoryOutput result{.alarm_history_items = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_alarm_history(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DescribeAlarmHistoryInput, shapes::DescribeAlarmHistoryOutput>("cloudwatch", "DescribeAlarmHistory", {"AlarmName", "AlarmTypes.*", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "NextToken", "ScanBy"},
                                                                                      [&deps](const CallContext& c, const auto& r) { return history(deps, c, r); });
}

}  // namespace landfall::services::cloudwatch
