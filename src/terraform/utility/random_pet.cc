#include <array>
#include <string_view>

#include "terraform/utility/draw.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr auto kHow = std::to_array<std::string_view>({
    "ably",    "aptly",   "badly",    "barely",  "boldly",  "briefly", "brightly", "calmly",  "clearly", "closely", "coolly",  "dearly",  "deeply",   "early",   "easily",  "evenly",
    "fairly",  "fondly",  "freely",   "freshly", "fully",   "gently",  "gladly",   "greatly", "happily", "highly",  "hugely",  "jointly", "justly",   "kindly",  "largely", "lately",
    "lightly", "loosely", "loudly",   "mainly",  "merrily", "mildly",  "mostly",   "neatly",  "nicely",  "openly",  "partly",  "plainly", "politely", "proudly", "purely",  "quickly",
    "quietly", "rarely",  "readily",  "really",  "safely",  "sharply", "smartly",  "softly",  "solidly", "steadily", "surely", "sweetly", "swiftly",  "vastly",  "warmly",  "wisely"});

constexpr auto kWhich = std::to_array<std::string_view>({
    "able",   "agile",  "amber",  "apt",    "bold",   "brave",  "bright", "brisk",  "calm",   "clean",  "clever", "cosy",   "crisp",  "curious", "daring", "deft",
    "eager",  "exact",  "fair",   "fancy",  "fine",   "firm",   "fresh",  "gentle", "glad",   "golden", "grand",  "happy",  "hardy",  "honest",  "humble", "jolly",
    "keen",   "kind",   "lively", "loyal",  "lucky",  "mellow", "merry",  "mighty", "modest", "neat",   "noble",  "patient", "plucky", "polite", "prime",  "proud",
    "quick",  "quiet",  "ready",  "robust", "shiny",  "silver", "smart",  "snug",   "steady", "sturdy", "sunny",  "swift",  "tidy",   "valiant", "warm",   "witty"});

constexpr auto kWho = std::to_array<std::string_view>({
    "ant",    "badger", "bat",    "bear",   "beaver", "bee",    "bison",  "boar",   "buzzard", "camel",  "cat",     "cod",    "colt",   "cougar", "crane",  "crow",
    "deer",   "dog",    "dove",   "duck",   "eagle",  "eel",    "egret",  "elk",    "falcon",  "ferret", "finch",   "fox",    "frog",   "gecko",  "goat",   "goose",
    "gull",   "hare",   "hawk",   "heron",  "horse",  "ibex",   "jackal", "jay",    "koala",   "lark",   "lemur",   "lion",   "llama",  "lynx",   "marten", "mole",
    "moose",  "newt",   "otter",  "owl",    "panda",  "puffin", "quail",  "raven",  "robin",   "seal",   "sparrow", "stork",  "swan",   "tapir",  "whale",  "yak"});

/// "quietly-brave-otter": an animal, before it an adjective, before that adverbs.
std::string name(int64_t words, const std::string& separator) {
  Draw draw;
  std::string text(kWho[draw.below(kWho.size())]);
  if (words > 1) text = std::string(kWhich[draw.below(kWhich.size())]) + separator + text;
  for (int64_t i = 2; i < words; ++i) text = std::string(kHow[draw.below(kHow.size())]) + separator + text;
  return text;
}

/// Source  registry.terraform.io, hashicorp/random: random_pet. The words are our own.
class RandomPet final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), number("length").defaults(2).forces_new().checked(between(1, 100)), text("prefix").forces_new(), text("separator").defaults("-").forces_new()}, .is_exact = true};
    return schema;
  }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const std::string separator = planned.text("separator"), prefix = planned.text("prefix");
    state.set("id", (prefix.empty() ? "" : prefix + separator) + name(planned.number("length"), separator));
    return {};
  }
};

}  // namespace

void add_random_pet(Provider& provider) { provider.resources["random_pet"] = std::make_unique<RandomPet>(); }

}  // namespace landfall::terraform::utility_types
