#include "alb/slab.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

using namespace landfall::alb;

TEST_CASE("objects of a slab do not share memory, and a place that was given back is used again") {
  constexpr size_t kSize = 200;
  Slab slab(kSize);
  std::mt19937 random(7);
  std::vector<unsigned char*> held;
  const auto is_whole = [&](const unsigned char* object) { return std::count(object, object + kSize, object[0]) == static_cast<long>(kSize); };
  for (int round = 0; round < 20'000; ++round) {
    if (held.size() > 3000 || (!held.empty() && random() % 3 == 0)) {
      std::swap(held[random() % held.size()], held.back());
      CHECK(is_whole(held.back()));
      Slab::give(held.back());
      held.pop_back();
      continue;
    }
    held.push_back(static_cast<unsigned char*>(slab.take()));
    CHECK(reinterpret_cast<uintptr_t>(held.back()) % alignof(std::max_align_t) == 0);
    std::memset(held.back(), static_cast<int>(random() % 256), kSize);
  }
  for (unsigned char* object : held) Slab::give(object);
#ifndef __SANITIZE_ADDRESS__  // under which each object is by itself
  void* first = slab.take();
  Slab::give(first);
  void* again = slab.take();
  CHECK(first == again);
  Slab::give(again);
#endif
}
