#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace landfall::alb {

/// What is counted for every request or connection. The names are those of state.json.
enum class Count { requests, forwarded, connections, target_connections, redirects, fixed_responses, received_bytes, sent_bytes, noncompliant, rule_evaluations, charged_rules, grpc_requests, dropped_invalid_header, forwarded_invalid_header, logins, login_microseconds, kCount };
std::string_view name_of(Count count);

/// One lane's counters: written by its thread, read by any. What is rare is counted by name: "elb.502.target_refused".
class Counters {
 public:
  void add(Count what, int64_t by = 1) {
    auto& counter = common_[static_cast<size_t>(what)];
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);  // one writer: no locked instruction
  }
  void add(std::string_view name);
  void add_to(std::map<std::string, int64_t>& sum) const;

 private:
  std::array<std::atomic<int64_t>, static_cast<size_t>(Count::kCount)> common_{};
  mutable std::mutex mutex_;
  std::map<std::string, int64_t, std::less<>> rare_;  ///< as many as there are reasons in the code
};

}  // namespace landfall::alb
