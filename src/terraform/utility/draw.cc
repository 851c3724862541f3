#include "terraform/utility/draw.h"

#include <cstring>

#include "base/digest.h"

namespace landfall::terraform::utility_types {
namespace {

uint64_t first_bytes(const std::string& bytes) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

Draw::Draw(const std::string& seed) {
  if (!seed.empty()) seeded_.emplace(first_bytes(sha256(seed)));
}

uint64_t Draw::below(uint64_t bound) {
  if (seeded_) return seeded_->below(bound);
  // Numbers of the last, incomplete round would come up more often than the others.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t drawn = first_bytes(secret_bytes(sizeof drawn));
  while (drawn >= limit) drawn = first_bytes(secret_bytes(sizeof drawn));
  return drawn % bound;
}

}  // namespace landfall::terraform::utility_types
