#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace landfall::alb {

/// What is counted about a target or a group since the worker started; written by the lanes, read by the control thread.
/// Each lane counts in a place of its own, so that processors do not fight for one line of memory; who reads adds up.
class Tally {
 public:
  enum Count : size_t { failures, answers_1xx, answers_2xx, answers_3xx, answers_4xx, answers_5xx, requests, turns, connection_errors, response_microseconds, in_flight, tls_errors, failed_open, kCounts };

  /// By status class; `failures` (no answer, reset, timeout) for what is none.
  static Count answers(int status) { return status >= 100 && status < 600 ? static_cast<Count>(status / 100) : failures; }
  /// What the place had before.
  int64_t add(Count what, int64_t by = 1) { return places_[place_].counts[what].fetch_add(by, std::memory_order_relaxed); }
  int64_t sum(Count what) const {
    int64_t sum = 0;
    for (const Place& place : places_) sum += place.counts[what].load(std::memory_order_relaxed);
    return sum;
  }
  /// The place in which this thread counts from now on. Several may have one: it is slower then, and right.
  static void take_place(size_t lane) { place_ = lane % kPlaces; }

 private:
  static constexpr size_t kPlaces = 8;
  struct alignas(64) Place {
    std::array<std::atomic<int64_t>, kCounts> counts{};
  };
  std::array<Place, kPlaces> places_;
  static inline constinit thread_local size_t place_ = 0;
};

}  // namespace landfall::alb
