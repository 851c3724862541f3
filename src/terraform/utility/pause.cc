#include "terraform/utility/pause.h"

#include <algorithm>
#include <thread>

namespace landfall::terraform::utility_types {
namespace {

constexpr auto kPiece = std::chrono::milliseconds(50);  ///< an interrupt is felt after as long

}  // namespace

Result<void> pause(const Cloud& cloud, std::chrono::nanoseconds length) {
  const auto end = std::chrono::steady_clock::now() + length;
  for (auto now = std::chrono::steady_clock::now(); now < end; now = std::chrono::steady_clock::now()) {
    if (cloud.is_interrupted != nullptr && *cloud.is_interrupted) return fail("Interrupted", "interrupted while waiting");
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kPiece, end - now));
  }
  return {};
}

}  // namespace landfall::terraform::utility_types
