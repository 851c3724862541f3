#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/utility/draw.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

Result<int64_t> whole(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return fail("Import.Malformed", fmt::format("'{}' is not a whole number; the id has the form RESULT,MIN,MAX or RESULT,MIN,MAX,SEED", text));
  return number;
}

/// Source  registry.terraform.io, hashicorp/random: random_integer.
class RandomInteger final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), number("min").required().forces_new(), number("max").required().forces_new(), text("seed").forces_new(), number("result").read_only()}, .is_exact = true};
    return schema;
  }
  Result<void> adjust(const Cloud&, const Planned& plan) const override {
    if (!plan.planned.has("min") || !plan.planned.has("max") || plan.planned.number("min") <= plan.planned.number("max")) return {};
    return fail("Argument.Range", fmt::format("min is {} and max is {}: min may not be larger than max", plan.planned.number("min"), plan.planned.number("max")));
  }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const uint64_t least = static_cast<uint64_t>(planned.number("min"));
    const uint64_t span = static_cast<uint64_t>(planned.number("max")) - least;  // wraps to the right distance
    Draw draw(planned.text("seed"));
    const int64_t result = static_cast<int64_t>(least + (span == UINT64_MAX ? draw.below(span) : draw.below(span + 1)));
    state.set("id", std::to_string(result));
    state.set("result", result);
    return {};
  }
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::vector<std::string> parts = split(id, ',');
    if (parts.size() != 3 && parts.size() != 4) return fail("Import.Malformed", fmt::format("the id '{}' has {} parts; wanted RESULT,MIN,MAX or RESULT,MIN,MAX,SEED", id, parts.size()));
    Record state;
    state.set("result", TRY(whole(parts[0])));
    state.set("min", TRY(whole(parts[1])));
    state.set("max", TRY(whole(parts[2])));
    if (parts.size() == 4) state.set("seed", parts[3]);
    state.set("id", parts[0]);
    return state;
  }
};

}  // namespace

void add_random_integer(Provider& provider) { provider.resources["random_integer"] = std::make_unique<RandomInteger>(); }

}  // namespace landfall::terraform::utility_types
