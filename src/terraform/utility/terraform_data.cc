#include "base/ids.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

/// Source  hashicorp/terraform, the built-in provider's terraform_data.
class TerraformData final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), of_type("input", Type::dynamic()), of_type("output", Type::dynamic()).read_only(), of_type("triggers_replace", Type::dynamic()).forces_new()}, .is_exact = true};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& plan) const override {
    const Value input = plan.planned.value("input").without_marks();
    hcl::Marks marks = hcl::Marks::none;
    if (plan.prior != nullptr && plan.prior->value("input").unmark_deep(marks) == input.unmark_deep(marks)) return {};
    plan.planned.set("output", input.is_null() && plan.prior == nullptr ? input : Value::unknown(input.type()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", cloud.ids->uuid());
    state.set("output", planned.value("input"));
    return {};
  }

  Result<void> update_state(const Cloud&, const Record&, const Record& planned, Record& state) const override {
    state.set("output", planned.value("input"));
    return {};
  }
};

}  // namespace

void add_terraform_data(Provider& provider) { provider.resources["terraform_data"] = std::make_unique<TerraformData>(); }

}  // namespace landfall::terraform::utility_types
