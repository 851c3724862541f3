#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace landfall::alb {

/// Which rules are found under which text. Open addressing over slots of eight bytes that carry a part of the text's hash: a
/// text that is not there is known after one or two neighbouring slots, however many rules there are.
class RuleIndex {
 public:
  RuleIndex() = default;
  explicit RuleIndex(std::unordered_map<std::string, std::vector<int>> rules_of);
  bool empty() const { return entries_.empty(); }
  /// As they were given; empty if there are none.
  std::span<const int> find(std::string_view text) const;

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t entry = 0;  ///< one more than its place in entries_; 0: free
  };
  struct Entry {
    std::string text;
    std::vector<int> rules;
  };
  std::vector<Slot> slots_;  ///< a power of two, half of them free at least
  std::vector<Entry> entries_;
};

}  // namespace landfall::alb
