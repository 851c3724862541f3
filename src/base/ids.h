#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace landfall {

/// Source of fresh identifiers. Seeded in tests (same seed, same ids), from the kernel in the daemon. Thread-safe.
class IdSource {
 public:
  IdSource();                        ///< seeded from the kernel
  explicit IdSource(uint64_t seed);  ///< for tests

  std::string hex(int digits);                  ///< lower-case hex, any length
  std::string digits(int count);                ///< decimal, first digit not 0
  std::string uuid();                           ///< version 4
  std::string ec2(std::string_view prefix);     ///< "vpc" -> "vpc-" + 17 hex
  std::string upper_alnum(int count);           ///< A-Z0-9: Route 53 ids, access keys
  uint64_t below(uint64_t bound);               ///< uniform in [0, bound)

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// `count` unpredictable bytes from the kernel: for keys and secrets only.
std::string secret_bytes(int count);

}  // namespace landfall
