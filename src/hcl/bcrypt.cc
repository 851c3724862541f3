#include "hcl/bcrypt.h"

#include <crypt.h>

#include <array>

#include "base/ids.h"

namespace landfall::hcl {

Result<std::string> bcrypt_hash(const std::string& text, int cost) {
  const std::string random = secret_bytes(16);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
  if (crypt_gensalt_rn("$2a$", static_cast<unsigned long>(cost), random.data(), static_cast<int>(random.size()), salt.data(), static_cast<int>(salt.size())) == nullptr) {
    return fail("Bcrypt.Failed", "this host's crypt(3) makes no bcrypt salt", Blame::host);
  }
  crypt_data data{};
  const char* hash = crypt_rn(text.c_str(), salt.data(), &data, sizeof(data));
  if (hash == nullptr) return fail("Bcrypt.Failed", "this host's crypt(3) knows no bcrypt", Blame::host);
  return std::string(hash);
}

}  // namespace landfall::hcl
