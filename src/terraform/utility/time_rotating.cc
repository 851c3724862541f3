#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/utility/moment.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

const std::vector<std::string> kRotations{"rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"};

bool has_rotation(const Record& record) {
  return std::ranges::any_of(kRotations, [&](const std::string& name) { return record.has(name); });
}

/// `rotation_rfc3339` stays as it is where no rotation_* tells the distance.
Result<void> fill(Record& state) {
  const WallTime base = TRY(parse_iso8601(state.text("rfc3339")));
  const Span span{.years = state.number("rotation_years"), .months = state.number("rotation_months"), .days = state.number("rotation_days"), .hours = state.number("rotation_hours"), .minutes = state.number("rotation_minutes")};
  if (has_rotation(state)) state.set("rotation_rfc3339", iso8601(later(base, span)));
  state.set("id", state.text("rfc3339"));
  set_parts(state, base);
  return {};
}

/// Source  registry.terraform.io, hashicorp/time: time_rotating. Where the official provider forgets an instance whose time
/// has come, so that a new one is made, here that is a replacement which says what forced it.
class TimeRotating final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = part_attributes(), .is_exact = true};
      made.attributes.push_back(text("id").read_only());
      made.attributes.push_back(text("rfc3339").computed().forces_new().checked(check_rfc3339));
      made.attributes.push_back(text("rotation_rfc3339").computed().checked(check_rfc3339));
      made.attributes.push_back(text_map("triggers").forces_new());
      for (const std::string& name : kRotations) made.attributes.push_back(number(name).checked(between(1, 1'000'000'000)));
      return made;
    }();
    return schema;
  }

  Result<void> adjust(const Cloud& cloud, const Planned& plan) const override {
    std::vector<std::string> names = kRotations;
    names.push_back("rotation_rfc3339");
    TRY(at_least_one(plan.config, names));
    Record& planned = plan.planned;
    if (plan.prior != nullptr && is_due(cloud, *plan.prior)) {
      planned.set("rotation_rfc3339", Value::unknown(Type::string()));
      plan.replaced_by.push_back("rotation_rfc3339");
      return {};
    }
    const bool is_known = planned.has("rfc3339") && std::ranges::all_of(kRotations, [&](const std::string& name) { return planned.value(name).is_known(); });
    if (is_known) return fill(planned);
    if (!is_written(plan.config, "rotation_rfc3339")) planned.set("rotation_rfc3339", Value::unknown(Type::string()));
    return {};
  }
  Result<void> create(const Cloud& cloud, const Record&, Record& state) const override {
    if (!state.has("rfc3339")) state.set("rfc3339", iso8601(this_second(*cloud.clock)));
    return fill(state);
  }
  Result<void> update_state(const Cloud&, const Record&, const Record&, Record& state) const override { return fill(state); }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::vector<std::string> parts = split(id, ',');
    Record state;
    state.set("rfc3339", parts[0]);
    if (parts.size() == 2 && parse_iso8601(parts[1])) {
      state.set("rotation_rfc3339", parts[1]);
    } else {
      const std::vector<int64_t> numbers = TRY(numbers_after_time(parts, kRotations.size(), "BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES or BASE,ROTATION"));
      for (size_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i] != 0) state.set(kRotations[i], numbers[i]);
      }
    }
    TRY(fill(state));
    return state;
  }

 private:
  static bool is_due(const Cloud& cloud, const Record& prior) {
    const auto rotation = parse_iso8601(prior.text("rotation_rfc3339"));
    return rotation && *rotation <= cloud.clock->wall();
  }
};

}  // namespace

void add_time_rotating(Provider& provider) { provider.resources["time_rotating"] = std::make_unique<TimeRotating>(); }

}  // namespace landfall::terraform::utility_types
