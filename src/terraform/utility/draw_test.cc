#include "terraform/utility/draw.h"

#include <doctest/doctest.h>

#include <set>

namespace landfall::terraform::utility_types {

TEST_CASE("lots drawn with one seed are the same every time, and reach everything") {
  std::vector<uint64_t> first, second;
  Draw one("a"), again("a"), none;
  std::set<uint64_t> seen;
  for (int i = 0; i < 200; ++i) {
    first.push_back(one.below(5));
    second.push_back(again.below(5));
    seen.insert(none.below(5));
  }

  CHECK(first == second);
  CHECK(seen == std::set<uint64_t>{0, 1, 2, 3, 4});
}

}  // namespace landfall::terraform::utility_types
