#include "services/elbv2/claims_key.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/bio_text.h"
#include "base/file.h"

namespace landfall::services::elbv2 {
Result<model::ClaimsKey> make_claims_key(const Deps& deps, const std::string& region) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (!key) return fail("Elbv2.NoKey", "no key that signs claims could be made");
  const std::string id = deps.ids.uuid();
  const std::filesystem::path file = std::filesystem::path(deps.data_dir) / "claims-keys" / (id + ".pem");
  TRY(make_directories(file.parent_path(), 0700));
  TRY(write_file_atomic(file, bio_text([&](BIO* bio) { PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }), 0600));
  return model::ClaimsKey{.region = region, .id = id, .public_pem = bio_text([&](BIO* bio) { PEM_write_bio_PUBKEY(bio, key.get()); }), .key_file = file.string()};
}

}  // namespace landfall::services::elbv2
