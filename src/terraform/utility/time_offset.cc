#include <algorithm>

#include "base/text.h"
#include "terraform/utility/moment.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

const std::vector<std::string> kOffsets{"offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"};

Result<void> fill(Record& state) {
  const Span span{.years = state.number("offset_years"), .months = state.number("offset_months"), .days = state.number("offset_days"), .hours = state.number("offset_hours"), .minutes = state.number("offset_minutes"), .seconds = state.number("offset_seconds")};
  const WallTime time = later(TRY(parse_iso8601(state.text("base_rfc3339"))), span);
  state.set("rfc3339", iso8601(time));
  state.set("id", state.text("base_rfc3339"));
  set_parts(state, time);
  return {};
}

/// Source  registry.terraform.io, hashicorp/time: time_offset.
class TimeOffset final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = part_attributes(), .is_exact = true};
      made.attributes.push_back(text("id").read_only());
      made.attributes.push_back(text("base_rfc3339").computed().forces_new().checked(check_rfc3339));
      made.attributes.push_back(text("rfc3339").read_only());
      made.attributes.push_back(text_map("triggers").forces_new());
      for (const std::string& name : kOffsets) made.attributes.push_back(number(name));
      return made;
    }();
    return schema;
  }

  /// What can be computed already is.
  Result<void> adjust(const Cloud&, const Planned& plan) const override {
    TRY(at_least_one(plan.config, kOffsets));
    const bool is_known = plan.planned.has("base_rfc3339") && std::ranges::all_of(kOffsets, [&](const std::string& name) { return plan.planned.value(name).is_known(); });
    if (is_known) return fill(plan.planned);
    plan.planned.set("rfc3339", Value::unknown(Type::string()));
    forget_parts(plan.planned);
    return {};
  }
  Result<void> create(const Cloud& cloud, const Record&, Record& state) const override {
    if (!state.has("base_rfc3339")) state.set("base_rfc3339", iso8601(this_second(*cloud.clock)));
    return fill(state);
  }
  Result<void> update_state(const Cloud&, const Record&, const Record&, Record& state) const override { return fill(state); }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::vector<std::string> parts = split(id, ',');
    const std::vector<int64_t> numbers = TRY(numbers_after_time(parts, kOffsets.size(), "BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS"));
    Record state;
    state.set("base_rfc3339", parts[0]);
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] != 0) state.set(kOffsets[i], numbers[i]);
    }
    TRY(fill(state));
    return state;
  }
};

}  // namespace

void add_time_offset(Provider& provider) { provider.resources["time_offset"] = std::make_unique<TimeOffset>(); }

}  // namespace landfall::terraform::utility_types
