#include "alb/stickiness.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr size_t kNonce = 12, kTag = 16, kPlain = 17;
constexpr int64_t kLasts = 7 * 24 * 3600;

using http::h1::Field;
using http::h1::FieldId;

}  // namespace

Result<CookieSeal> CookieSeal::open(const std::filesystem::path& file) {
  CookieSeal seal;
  if (const auto known = read_file(file); known && known->size() == seal.key_.size()) {
    std::memcpy(seal.key_.data(), known->data(), seal.key_.size());
    return seal;
  }
  if (RAND_bytes(seal.key_.data(), static_cast<int>(seal.key_.size())) != 1) return fail("Alb.NoRandomness", "the system gave no random bytes for the key of stickiness cookies");
  TRY(write_file_atomic(file, {reinterpret_cast<const char*>(seal.key_.data()), seal.key_.size()}, 0600));
  return seal;
}

std::string CookieSeal::seal(char kind, uint64_t mark, int64_t issued) const {
  unsigned char plain[kPlain], sealed[kNonce + kPlain + kTag];
  plain[0] = static_cast<unsigned char>(kind);
  std::memcpy(plain + 1, &mark, 8);
  std::memcpy(plain + 9, &issued, 8);
  RAND_bytes(sealed, kNonce);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), sealed);
  EVP_EncryptUpdate(context, sealed + kNonce, &size, plain, kPlain);
  EVP_EncryptFinal_ex(context, sealed + kNonce + size, &size);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTag, sealed + kNonce + kPlain);
  EVP_CIPHER_CTX_free(context);
  return base64_encode({reinterpret_cast<const char*>(sealed), sizeof sealed});  // 45 bytes: no padding
}

std::optional<CookieSeal::Content> CookieSeal::unseal(char kind, std::string_view value) const {
  const auto sealed = base64_decode(value);
  if (!sealed || sealed->size() != kNonce + kPlain + kTag) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(sealed->data());
  unsigned char plain[kPlain], tag[kTag];
  std::memcpy(tag, bytes + kNonce + kPlain, kTag);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), bytes);
  EVP_DecryptUpdate(context, plain, &size, bytes + kNonce, kPlain);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTag, tag);
  const bool whole = EVP_DecryptFinal_ex(context, plain + size, &size) == 1;
  EVP_CIPHER_CTX_free(context);
  if (!whole || plain[0] != static_cast<unsigned char>(kind)) return std::nullopt;
  Content content{};
  std::memcpy(&content.mark, plain + 1, 8);
  std::memcpy(&content.issued, plain + 9, 8);
  return content;
}

std::optional<std::string_view> find_cookie(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::cookie) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      const std::string_view pair = trim(rest.substr(0, end));
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return std::nullopt;
}

bool sets_cookie(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id == FieldId::set_cookie && field.value.starts_with(name) && field.value.substr(name.size()).starts_with('=')) return true;
  }
  return false;
}

void add_cookies(std::vector<std::string>& into, std::string_view name, const std::string& value, int64_t now, bool with_cors) {
  const std::string until = http_date({(now + kLasts) * 1000});
  into.push_back(fmt::format("{}={}; Expires={}; Path=/", name, value, until));
  if (with_cors) into.push_back(fmt::format("{}CORS={}; Expires={}; Path=/; SameSite=None; Secure", name, value, until));
}

}  // namespace landfall::alb
