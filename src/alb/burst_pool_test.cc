#include "alb/burst_pool.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using landfall::alb::BurstPool;

namespace {
struct Counted {
  static inline int alive = 0;
  explicit Counted(const std::string& first) : text(first) { ++alive; }
  ~Counted() { --alive; }
  std::string text;
  char room[700];
};
}  // namespace

TEST_CASE("a pool uses objects again and gives a burst's memory back") {
  std::string first = "fresh";
  {
    BurstPool<Counted> pool;
    Counted* one = pool.take(first);
    CHECK(one->text == "fresh");
    one->text = "used";
    pool.give(one);
    CHECK(pool.take(first) == one);
    CHECK(one->text == "used");
    const size_t small = pool.capacity();

    std::set<Counted*> burst;
    for (int i = 0; i < 1000; ++i) CHECK(burst.insert(pool.take(first)).second);
    CHECK_FALSE(burst.contains(one));
    CHECK(pool.capacity() > 1000);
    CHECK(static_cast<size_t>(Counted::alive) == pool.capacity());
    Counted* late = *burst.begin();
    for (Counted* each : burst) {
      if (each != late) pool.give(each);
    }
    pool.shrink();
    CHECK(pool.capacity() <= 3 * small);  // of the two in use, and one more
    CHECK(late->text == "fresh");
    CHECK(one->text == "used");
    pool.give(late);
    pool.give(one);
    pool.shrink();
    CHECK(pool.capacity() == small);
    for (int i = 0; i < 200; ++i) pool.take(first);
    CHECK(pool.capacity() >= 200);
  }
  CHECK(Counted::alive == 0);
}
