#include "base/ids.h"

#include <sys/random.h>

#include "base/ensure.h"

namespace landfall {
namespace {

uint64_t kernel_seed() {
  uint64_t seed = 0;
  ENSURE(getrandom(&seed, sizeof seed, 0) == sizeof seed, "the kernel always gives 8 random bytes");
  return seed;
}

}  // namespace

IdSource::IdSource() : engine_(kernel_seed()) {}
IdSource::IdSource(uint64_t seed) : engine_(seed) {}

uint64_t IdSource::below(uint64_t bound) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_);
}

std::string IdSource::hex(int digits) {
  std::string text;
  for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[below(16)];
  return text;
}

std::string IdSource::digits(int count) {
  std::string text(1, static_cast<char>('1' + below(9)));
  while (static_cast<int>(text.size()) < count) text += static_cast<char>('0' + below(10));
  return text;
}

std::string IdSource::uuid() {
  std::string h = hex(32);
  h[12] = '4';
  h[16] = "89ab"[below(4)];
  return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12, 4) + "-" + h.substr(16, 4) + "-" + h.substr(20);
}

std::string IdSource::ec2(std::string_view prefix) { return std::string(prefix) + "-" + hex(17); }

std::string IdSource::upper_alnum(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[below(36)];
  return text;
}

std::string secret_bytes(int count) {
  std::string bytes(static_cast<size_t>(count), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + done, bytes.size() - done, 0);
    ENSURE(got > 0, "the kernel always gives random bytes");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace landfall
