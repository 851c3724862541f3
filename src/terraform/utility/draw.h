#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace landfall::terraform::utility_types {

/// Draws lots: with the kernel's secret bytes, or, by a seed, the same ones every time. With a seed they are not those that
/// the official provider draws, which says itself that they may change from version to version.
class Draw {
 public:
  Draw() = default;
  explicit Draw(const std::string& seed);  ///< "": none

  uint64_t below(uint64_t bound);  ///< uniform in [0, bound)
  char one_of(std::string_view characters) { return characters[below(characters.size())]; }

  template <class Row>
  void shuffle(Row& row) {
    for (size_t i = row.size(); i > 1; --i) std::swap(row[i - 1], row[below(i)]);
  }

 private:
  std::optional<IdSource> seeded_;
};

}  // namespace landfall::terraform::utility_types
