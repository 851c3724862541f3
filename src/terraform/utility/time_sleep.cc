#include <fmt/format.h>

#include "hcl/duration.h"
#include "terraform/utility/moment.h"
#include "terraform/utility/pause.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

std::string check_duration(const Value& value) {
  const auto found = hcl::parse_duration(value.as_string());
  return found && found->count() >= 0 ? "" : fmt::format("to be a number with a unit (ms, s, m, h), like 30s, got {}", value.as_string());
}

/// Nothing to wait for if the argument is not written.
Result<void> sleep(const Cloud& cloud, const Record& record, std::string_view name) {
  if (!record.has(name)) return {};
  return pause(cloud, TRY(hcl::parse_duration(record.text(name)))).while_doing(fmt::format("waiting for {} of {}", record.text(name), name));
}

/// Source  registry.terraform.io, hashicorp/time: time_sleep.
class TimeSleep final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("create_duration").checked(check_duration), text("destroy_duration").checked(check_duration), text_map("triggers").forces_new()}, .is_exact = true};
    return schema;
  }
  Result<void> adjust(const Cloud&, const Planned& plan) const override { return at_least_one(plan.config, {"create_duration", "destroy_duration"}); }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(sleep(cloud, planned, "create_duration"));
    state.set("id", iso8601(this_second(*cloud.clock)));
    return {};
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return sleep(cloud, state, "destroy_duration"); }
};

}  // namespace

void add_time_sleep(Provider& provider) { provider.resources["time_sleep"] = std::make_unique<TimeSleep>(); }

}  // namespace landfall::terraform::utility_types
