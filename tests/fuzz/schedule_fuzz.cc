// Reads any bytes as a schedule, as a time zone's file and as a formula of metrics, and lets what is well-formed say when and
// what.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/formula.h"
#include "model/schedule.h"

using namespace landfall;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto zone = TimeZone::parse(text);
  const TimeZone& where = zone ? *zone : TimeZone::utc();
  const WallTime start{1'700'000'000'000}, until = start + std::chrono::hours(30);
  if (zone) {
    for (const int64_t ms : {int64_t{0}, start.ms, int64_t{4'000'000'000'000}}) (void)where.moment(where.civil({ms}));
  }
  if (const auto schedule = model::Schedule::parse(text)) {
    const auto at = schedule->latest(where, start, start, until);
    if (at && (!(*at > start) || *at > until)) abort();
  }
  if (const auto formula = model::Formula::parse(text)) {
    const std::vector<int64_t> times{0, 60'000, 120'000};
    model::Formula::Input input{.series = {}, .periods = {}, .metrics = formula->ids(), .times = times};
    for (const std::string& id : formula->ids()) {
      input.periods[id] = 60;
      for (const int64_t time : times) input.series[id][time] = 2;
    }
    (void)formula->evaluate(input);
    (void)formula->evaluate({});
  }
  return 0;
}
