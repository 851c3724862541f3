#include "alb/rule_index.h"

#include <bit>
#include <functional>

namespace landfall::alb {
namespace {

struct Place {
  size_t at;
  uint32_t tag;
};

Place place_of(std::string_view text) {
  const uint64_t hash = std::hash<std::string_view>{}(text);
  return {static_cast<size_t>(hash), static_cast<uint32_t>(hash >> 32)};
}

}  // namespace

RuleIndex::RuleIndex(std::unordered_map<std::string, std::vector<int>> rules_of) : slots_(rules_of.empty() ? 0 : std::bit_ceil(2 * rules_of.size())) {
  for (auto& [text, rules] : rules_of) {
    auto [at, tag] = place_of(text);
    while (slots_[at & (slots_.size() - 1)].entry != 0) ++at;
    entries_.push_back({text, std::move(rules)});
    slots_[at & (slots_.size() - 1)] = {tag, static_cast<uint32_t>(entries_.size())};
  }
}

std::span<const int> RuleIndex::find(std::string_view text) const {
  if (entries_.empty()) return {};
  auto [at, tag] = place_of(text);
  for (;; ++at) {
    const Slot& slot = slots_[at & (slots_.size() - 1)];
    if (slot.entry == 0) return {};
    if (slot.tag == tag && entries_[slot.entry - 1].text == text) return entries_[slot.entry - 1].rules;
  }
}

}  // namespace landfall::alb
