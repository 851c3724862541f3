#include "terraform/utility/private_key.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "terraform/utility/openssh_key.h"

namespace landfall::terraform::utility_types {
namespace {

int no_passphrase(char*, int, int, void*) { return -1; }

std::string traditional_pem(EVP_PKEY* key) {
  const Bio bio = text_out();
  PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

std::string pkcs8_pem(EVP_PKEY* key) {
  const Bio bio = text_out();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

std::string public_pem(EVP_PKEY* key) {
  const Bio bio = text_out();
  PEM_write_bio_PUBKEY(bio.get(), key);
  return text_of(bio);
}

std::string public_der(EVP_PKEY* key) {
  const Bio bio = text_out();
  i2d_PUBKEY_bio(bio.get(), key);
  return text_of(bio);
}

/// "aa:bb:…"
std::string with_colons(const std::string& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) text += (i > 0 ? ":" : "") + to_hex(bytes.substr(i, 1));
  return text;
}

std::string without_padding(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  return text;
}

}  // namespace

Result<Key> make_key(const std::string& algorithm, int rsa_bits, const std::string& curve) {
  EVP_PKEY* made = nullptr;
  if (algorithm == "RSA") made = EVP_RSA_gen(static_cast<unsigned>(rsa_bits));
  else if (algorithm == "ECDSA") made = EVP_EC_gen(fmt::format("P-{}", curve.substr(1)).c_str());
  else made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (made == nullptr) return openssl_failed(fmt::format("making a key of algorithm {}", algorithm));
  return Key(made);
}

Result<Key> read_private_key(const std::string& pem, const std::string& what) {
  Key key(PEM_read_bio_PrivateKey(text_in(pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) return openssl_failed(fmt::format("reading {}, wanted a private key in PEM without a passphrase", what));
  if (algorithm_of(key.get()).empty()) return fail("Tls.UnsupportedKey", fmt::format("{} is of the kind {}; wanted RSA, ECDSA or ED25519", what, EVP_PKEY_get0_type_name(key.get())));
  return key;
}

std::string algorithm_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "RSA";
    case EVP_PKEY_EC: return "ECDSA";
    case EVP_PKEY_ED25519: return "ED25519";
    default: return "";
  }
}

const EVP_MD* digest_for(EVP_PKEY* key) {
  const std::string algorithm = algorithm_of(key);
  if (algorithm == "ED25519") return nullptr;
  if (algorithm == "RSA") return EVP_sha256();
  const int bits = EVP_PKEY_get_bits(key);
  return bits <= 256 ? EVP_sha256() : bits <= 384 ? EVP_sha384() : EVP_sha512();
}

void set_private_texts(Record& state, EVP_PKEY* key) {
  state.set("private_key_pem", algorithm_of(key) == "ED25519" ? pkcs8_pem(key) : traditional_pem(key));
  state.set("private_key_pem_pkcs8", pkcs8_pem(key));
  state.set("private_key_openssh", openssh_private_pem(key));
}

void set_public_texts(Record& state, EVP_PKEY* key) {
  const std::string blob = openssh_public_blob(key);
  state.set("id", to_hex(sha1(public_der(key))));
  state.set("public_key_pem", public_pem(key));
  state.set("public_key_openssh", openssh_public_line(key));
  state.set("public_key_fingerprint_md5", blob.empty() ? "" : with_colons(md5(blob)));
  state.set("public_key_fingerprint_sha256", blob.empty() ? "" : "SHA256:" + without_padding(base64_encode(sha256(blob))));
}

std::vector<Attribute> public_text_attributes() {
  std::vector<Attribute> attributes;
  for (const char* name : {"id", "public_key_pem", "public_key_openssh", "public_key_fingerprint_md5", "public_key_fingerprint_sha256"}) attributes.push_back(text(name).read_only());
  return attributes;
}

}  // namespace landfall::terraform::utility_types
