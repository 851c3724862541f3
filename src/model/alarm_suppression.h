#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "model/scaling.h"

namespace landfall::model {

/// The alarm that keeps a composite alarm from acting while it is in ALARM, and how long the composite one waits for that.
/// Source: CloudWatch user guide, Composite alarm action suppression.
struct Suppressor {
  std::string name;
  std::chrono::seconds wait{0};       ///< after the composite alarm went into ALARM, for the suppressor to go there
  std::chrono::seconds extension{0};  ///< after the suppressor went out of ALARM
};

/// What a composite alarm was put with; a name or an ARN names the suppressor.
std::optional<Suppressor> suppressor_of(const Alarm& alarm);

/// Why a composite alarm does not act now.
struct Suppression {
  std::string by;  ///< Alarm, WaitPeriod, ExtensionPeriod
  std::string reason;
};

/// Pure. `past` is the suppressor's history: it tells when it went out of ALARM.
std::optional<Suppression> suppression_of(const Alarm& alarm, const Suppressor& rule, const Alarm& suppressor, const AlarmHistory& past, WallTime now);

}  // namespace landfall::model
