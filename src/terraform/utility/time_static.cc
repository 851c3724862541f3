#include "terraform/utility/moment.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

Result<void> fill(Record& state, const std::string& time) {
  state.set("id", time);
  state.set("rfc3339", time);
  set_parts(state, TRY(parse_iso8601(time)));
  return {};
}

/// Source  registry.terraform.io, hashicorp/time: time_static.
class TimeStatic final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = part_attributes(), .is_exact = true};
      made.attributes.push_back(text("id").read_only());
      made.attributes.push_back(text("rfc3339").computed().forces_new().checked(check_rfc3339));
      made.attributes.push_back(text_map("triggers").forces_new());
      return made;
    }();
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override { return fill(state, planned.has("rfc3339") ? planned.text("rfc3339") : iso8601(this_second(*cloud.clock))); }
  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record state;
    TRY(fill(state, id));
    return state;
  }
};

}  // namespace

void add_time_static(Provider& provider) { provider.resources["time_static"] = std::make_unique<TimeStatic>(); }

}  // namespace landfall::terraform::utility_types
