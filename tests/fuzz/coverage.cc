// Lets libFuzzer steer by g++'s instrumentation: -fsanitize-coverage=trace-pc calls __sanitizer_cov_trace_pc in each
// block, which libFuzzer no longer knows; here each place counts in a table of 8-bit counters, which it does. (clang 14,
// Debian 12's own, cannot compile our sources: it does not see std::expected in libstdc++ 12.)
#include <cstddef>
#include <cstdint>

extern "C" void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop);

namespace {

constexpr size_t kCounters = 1 << 16;
uint8_t counters[kCounters];

[[maybe_unused]] const bool is_told = [] {
  __sanitizer_cov_8bit_counters_init(counters, counters + kCounters);
  return true;
}();

}  // namespace

// Runs in every block: no instrumentation of its own, no overflow.
extern "C" __attribute__((no_sanitize("address", "undefined"), no_sanitize_coverage)) void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  uint8_t& counter = counters[((place * 0x9E3779B97F4A7C15u) >> 48) % kCounters];
  if (counter != 255) ++counter;
}
