#include "base/ids.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

class NullResource final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("triggers").forces_new()}, .is_exact = true};
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record&, Record& state) const override {
    state.set("id", cloud.ids->digits(19));
    return {};
  }
};

class NullDataSource final : public DataSource {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("inputs"), text_map("outputs").read_only(), text("random").read_only(), text("has_computed_default").computed()}, .is_exact = true};
    return schema;
  }
  Result<void> read(const Cloud&, Record& state) const override {
    state.set("id", "static");
    state.set("random", "static");
    state.set("outputs", state.value("inputs"));
    if (!state.has("has_computed_default")) state.set("has_computed_default", "default");
    return {};
  }
};

}  // namespace

void add_null_resource(Provider& provider) {
  provider.resources["null_resource"] = std::make_unique<NullResource>();
  provider.data_sources["null_data_source"] = std::make_unique<NullDataSource>();
}

}  // namespace landfall::terraform::utility_types
