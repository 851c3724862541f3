#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/time_zone.h"
#include "model/container_service.h"
#include "model/schedule.h"
#include "scaling/alarm_rule.h"
#include "scaling/decide.h"
#include "scaling/judge.h"
#include "store/metric_store.h"
#include "store/store.h"

namespace landfall::scaling {

/// Makes alarms and scaling true: judges each alarm once per period, carries out its actions, changes desired counts, runs
/// scheduled actions. Level-triggered: `step` may run at any time and after any crash.
class Controller {
 public:
  Controller(store::Store& store, const store::MetricStore& metrics, const Clock& clock, IdSource& ids) : store_(store), metrics_(metrics), clock_(clock), ids_(ids) {}
  void run();
  void step();

 private:
  /// What is remembered of an alarm between two steps; nothing of it is missed after a restart.
  struct Watched {
    std::string configuration;
    std::optional<AlarmRule> rule;  ///< of that configuration
    int64_t judged = 0;             ///< number of the tick at whose end it was judged
    WallTime asked_at;              ///< its policies were asked to scale
    std::optional<double> value;    ///< newest
    std::vector<double> breaching;  ///< of the evaluated periods
  };
  struct Planned {
    std::string schedule, timezone;
    std::optional<model::Schedule> parsed;
    TimeZone zone;
  };
  using Triggers = std::multimap<std::string, Trigger>;  ///< by policy ARN

  Watched& watched(const model::Alarm& alarm);
  void judge_alarm(const model::Alarm& alarm, Watched& watched);
  void judge_composite_alarm(const model::Alarm& alarm, const Watched& watched);
  void record(const model::Alarm& alarm, const Judgement& judgement);
  void act(const model::Alarm& alarm, Watched& watched, Triggers& triggers);
  Trigger trigger_of(const model::Alarm& alarm, const Watched& watched) const;
  Result<void> advance(store::Transaction& tx, const std::string& target_key, const Triggers& triggers);
  View view_of(const store::Transaction& tx, const model::ScalableTarget& target, const model::Service& service, const Triggers& triggers) const;
  void take_due(store::Transaction& tx, View& view);
  const Planned& planned(const model::ScheduledAction& action);

  store::Store& store_;
  const store::MetricStore& metrics_;
  const Clock& clock_;
  IdSource& ids_;
  std::map<std::string, Watched> watched_;  ///< by alarm key; as many as there are
  std::map<std::string, Planned> planned_;  ///< by action key; as many as there are
};

}  // namespace landfall::scaling
