#include "terraform/utility/draw.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

/// Source  registry.terraform.io, hashicorp/random: random_shuffle.
class RandomShuffle final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), texts("input").required().forces_new(), number("result_count").forces_new().checked(between(0, 1 << 20)), text("seed").forces_new(), texts("result").read_only()}, .is_exact = true};
    return schema;
  }
  /// More results than there are inputs: everything comes again, in another order.
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const std::vector<std::string> input = planned.texts("input");
    const size_t count = planned.has("result_count") ? static_cast<size_t>(planned.number("result_count")) : input.size();
    Draw draw(planned.text("seed"));
    std::vector<std::string> result;
    while (result.size() < count && !input.empty()) {
      std::vector<std::string> round = input;
      draw.shuffle(round);
      for (size_t i = 0; i < round.size() && result.size() < count; ++i) result.push_back(round[i]);
    }
    state.set("id", "-");
    state.set("result", result);
    return {};
  }
};

}  // namespace

void add_random_shuffle(Provider& provider) { provider.resources["random_shuffle"] = std::make_unique<RandomShuffle>(); }

}  // namespace landfall::terraform::utility_types
