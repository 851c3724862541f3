#include "services/ecr/registry_password.h"

#include <openssl/crypto.h>

#include <charconv>
#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/text.h"

namespace landfall::services::ecr {
namespace {

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

constexpr std::string_view kLayer = "layer/";

/// What a sealed claim names; none if it is wrong or too old.
std::optional<std::string> claim_of(std::string_view secret, std::string_view password, WallTime now) {
  const size_t seal = password.rfind('.');
  if (seal == std::string_view::npos) return std::nullopt;
  const std::string_view claim = password.substr(0, seal);
  if (!same(password.substr(seal + 1), to_hex(hmac_sha256(secret, claim)))) return std::nullopt;
  const size_t mark = claim.rfind('.');
  WallTime expires_at;
  std::from_chars(claim.data() + mark + 1, claim.data() + claim.size(), expires_at.ms);
  return now < expires_at ? std::optional(std::string(claim.substr(0, mark))) : std::nullopt;
}

}  // namespace

Result<std::string> registry_secret(const std::string& data_dir) {
  const std::filesystem::path path = std::filesystem::path(data_dir) / "registry/token-secret";
  if (!std::filesystem::exists(path)) {
    TRY(make_directories(path.parent_path(), 0700));
    TRY(write_file_once(path, to_hex(secret_bytes(32)), 0600));
  }
  return read_file(path);
}

std::string registry_password(std::string_view secret, std::string_view access_key, WallTime expires_at) {
  const std::string claim = std::string(access_key) + "." + std::to_string(expires_at.ms);
  return claim + "." + to_hex(hmac_sha256(secret, claim));
}

std::string layer_password(std::string_view secret, std::string_view digest, WallTime expires_at) { return registry_password(secret, std::string(kLayer) + std::string(digest), expires_at); }

bool opens_layer(std::string_view secret, std::string_view password, std::string_view digest, WallTime now) { return claim_of(secret, password, now) == std::string(kLayer) + std::string(digest); }

std::optional<std::string> holder_of_password(std::string_view secret, std::string_view password, WallTime now) {
  if (same(password, secret)) return "";
  auto holder = claim_of(secret, password, now);
  return holder && !holder->starts_with(kLayer) ? holder : std::nullopt;
}

}  // namespace landfall::services::ecr
