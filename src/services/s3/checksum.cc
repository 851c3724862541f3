#include "services/s3/checksum.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>

#include <fmt/format.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/text.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {
namespace {

/// Table of a reflected CRC.
template <class Word>
constexpr std::array<Word, 256> table_of(Word polynomial) {
  std::array<Word, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    Word value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    table[i] = value;
  }
  return table;
}

constexpr auto kCrc32 = table_of<uint32_t>(0xEDB88320);
constexpr auto kCrc32c = table_of<uint32_t>(0x82F63B78);
constexpr auto kCrc64Nvme = table_of<uint64_t>(0x9A6C9329AC4BC9B5);

template <class Word>
Word grown(const std::array<Word, 256>& table, Word value, std::string_view bytes) {
  for (const char c : bytes) value = table[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
  return value;
}

/// One algorithm over bytes that come in pieces.
class Running {
 public:
  virtual ~Running() = default;
  virtual void add(std::string_view bytes) = 0;
  virtual std::string end() = 0;  ///< raw bytes, as base64 carries them
};

template <class Word>
class RunningCrc final : public Running {
 public:
  explicit RunningCrc(const std::array<Word, 256>& table) : table_(table) {}
  void add(std::string_view bytes) override { value_ = grown(table_, value_, bytes); }
  std::string end() override {
    std::string raw;
    for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8) raw += static_cast<char>((~value_ >> shift) & 0xff);
    return raw;
  }

 private:
  const std::array<Word, 256>& table_;
  Word value_ = ~Word{0};
};

class RunningDigest final : public Running {
 public:
  explicit RunningDigest(const EVP_MD* algorithm) : state_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    ENSURE(state_ != nullptr && EVP_DigestInit_ex(state_.get(), algorithm, nullptr) == 1, "OpenSSL has MD5 and SHA");
  }
  void add(std::string_view bytes) override { EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()); }
  std::string end() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_.get(), raw.data(), &size);
    return std::string(reinterpret_cast<const char*>(raw.data()), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state_;
};

std::unique_ptr<Running> start(const std::string& algorithm) {
  if (algorithm == "CRC32") return std::make_unique<RunningCrc<uint32_t>>(kCrc32);
  if (algorithm == "CRC32C") return std::make_unique<RunningCrc<uint32_t>>(kCrc32c);
  if (algorithm == "CRC64NVME") return std::make_unique<RunningCrc<uint64_t>>(kCrc64Nvme);
  if (algorithm == "SHA1") return std::make_unique<RunningDigest>(EVP_sha1());
  if (algorithm == "SHA256") return std::make_unique<RunningDigest>(EVP_sha256());
  return std::make_unique<RunningDigest>(EVP_md5());
}

Result<void> for_each_piece(const http::Request& request, const std::function<void(std::string_view)>& take) {
  if (!request.body_file) {
    take(request.body);
    return {};
  }
  const Fd file(::open(request.body_file->c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(errno_error("reading the upload " + request.body_file->string(), errno));
  std::string piece(1 << 16, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0) return fail(errno_error("reading the upload " + request.body_file->string(), errno));
    if (got == 0) return {};
    take(std::string_view(piece).substr(0, static_cast<size_t>(got)));
  }
}

}  // namespace

uint32_t crc32(std::string_view bytes) { return ~grown(kCrc32, ~uint32_t{0}, bytes); }
uint32_t crc32c(std::string_view bytes) { return ~grown(kCrc32c, ~uint32_t{0}, bytes); }
uint64_t crc64_nvme(std::string_view bytes) { return ~grown(kCrc64Nvme, ~uint64_t{0}, bytes); }

std::string composite(const std::string& algorithm, const std::vector<Claims>& parts) {
  const std::unique_ptr<Running> running = start(algorithm);
  for (const Claims& part : parts) {
    const auto one = part.find(algorithm);
    const auto raw = one == part.end() ? Result<std::string>(std::string()) : base64_decode(one->second);
    if (!raw || raw->empty()) return "";
    running->add(*raw);
  }
  return fmt::format("{}-{}", base64_encode(running->end()), parts.size());
}

Result<Digests> verified_digests(const http::Request& request, const Claims& claims, const std::string& also, const aws::CallContext* context) {
  const bool is_claimed = claims.size() > claims.count("MD5");
  std::map<std::string, std::unique_ptr<Running>> running;
  running["MD5"] = start("MD5");
  for (const auto& [algorithm, wanted] : claims) running.try_emplace(algorithm, start(algorithm));
  const std::string asked = also.empty() && !is_claimed ? "CRC64NVME" : also;
  if (!asked.empty()) running.try_emplace(asked, start(asked));
  TRY(for_each_piece(request, [&](std::string_view bytes) {
    for (auto& [algorithm, state] : running) state->add(bytes);
  }));
  Digests digests;
  for (auto& [algorithm, state] : running) {
    const std::string found = state->end();
    if (algorithm == "MD5") digests.md5 = to_hex(found);
    else digests.checksums[algorithm] = base64_encode(found);
    const auto claim = claims.find(algorithm);
    if (claim == claims.end() || base64_encode(found) == claim->second) continue;
    const auto claimed = base64_decode(claim->second);
    const bool is_malformed = !claimed || claimed->size() != found.size();
    if (algorithm == "MD5") {
      if (context != nullptr && is_malformed) tell_about(*context, {{"Content-MD5", claim->second}});
      if (context != nullptr && !is_malformed) tell_about(*context, {{"ExpectedDigest", claim->second}, {"CalculatedDigest", base64_encode(found)}});
      return fail(is_malformed ? "InvalidDigest" : "BadDigest", is_malformed ? "The Content-MD5 you specified was invalid." : "The Content-MD5 you specified did not match what we received.");
    }
    if (is_malformed) return fail("InvalidRequest", fmt::format("Value for x-amz-checksum-{} header is invalid.", lower(algorithm)));
    return fail("BadDigest", fmt::format("The {} you specified did not match the calculated checksum.", algorithm));
  }
  return digests;
}

}  // namespace landfall::services::s3
