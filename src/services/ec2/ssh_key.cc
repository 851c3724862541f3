#include "services/ec2/ssh_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/bio_text.h"
#include "base/digest.h"
#include "base/ensure.h"
#include "base/text.h"

namespace landfall::services::ec2 {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

constexpr size_t kEd25519Size = 32;
constexpr size_t kCipherBlock = 8;  // of the cipher "none"

std::string word(uint32_t value) { return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)}; }
std::string field(std::string_view bytes) { return word(static_cast<uint32_t>(bytes.size())) + std::string(bytes); }

/// An mpint: with a zero in front where the highest bit is set.
std::string number_field(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  ENSURE(EVP_PKEY_get_bn_param(key, name, &raw) == 1, "an RSA key has its numbers");
  const Number number(raw, BN_free);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return field((bytes[0] & 0x80) != 0 ? '\0' + bytes : bytes);
}

std::string with_colons(std::string_view bytes) {
  std::vector<std::string> pairs;
  for (const char byte : bytes) pairs.push_back(to_hex(std::string(1, byte)));
  return join(pairs, ":");
}

SshKey fresh_rsa() {
  const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  ENSURE(key != nullptr, "OpenSSL makes RSA keys");
  const std::string pem = bio_text([&](BIO* bio) { ENSURE(PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "an RSA key is written as PEM"); });
  const std::string der = bio_text([&](BIO* bio) { ENSURE(i2d_PKCS8PrivateKeyInfo_bio(bio, key.get()) == 1, "an RSA key is written as PKCS#8"); });
  const std::string blob = field("ssh-rsa") + number_field(key.get(), OSSL_PKEY_PARAM_RSA_E) + number_field(key.get(), OSSL_PKEY_PARAM_RSA_N);
  return {.type = "rsa", .public_line = "ssh-rsa " + base64_encode(blob), .fingerprint = with_colons(sha1(der)), .private_text = pem};
}

std::string openssh_private(const std::string& blob, const std::string& secret, const std::string& open) {
  std::array<unsigned char, 4> random{};
  RAND_bytes(random.data(), random.size());
  const std::string check(reinterpret_cast<const char*>(random.data()), random.size());
  std::string inner = check + check + field("ssh-ed25519") + field(open) + field(secret + open) + field("");
  for (char pad = 1; inner.size() % kCipherBlock != 0; ++pad) inner += pad;
  const std::string whole = std::string("openssh-key-v1") + '\0' + field("none") + field("none") + field("") + word(1) + field(blob) + field(inner);
  const std::string text = base64_encode(whole);
  std::string lines;
  for (size_t at = 0; at < text.size(); at += 70) lines += text.substr(at, 70) + "\n";
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + "-----END OPENSSH PRIVATE KEY-----\n";
}

std::string ed25519_fingerprint(const std::string& blob) { return base64_encode(sha256(blob)); }

SshKey fresh_ed25519() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  ENSURE(key != nullptr, "OpenSSL makes ed25519 keys");
  std::string open(kEd25519Size, '\0'), secret(kEd25519Size, '\0');
  size_t size = kEd25519Size;
  ENSURE(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(open.data()), &size) == 1, "an ed25519 key has 32 bytes");
  ENSURE(EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) == 1, "an ed25519 key has 32 bytes");
  const std::string blob = field("ssh-ed25519") + field(open);
  return {.type = "ed25519", .public_line = "ssh-ed25519 " + base64_encode(blob), .fingerprint = ed25519_fingerprint(blob), .private_text = openssh_private(blob, secret, open)};
}

/// Takes one length-prefixed field off the front; nothing if the bytes are too few.
std::optional<std::string> take(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
  if (bytes.size() - 4 < size) return std::nullopt;
  std::string field(bytes.substr(4, size));
  bytes.remove_prefix(4 + size);
  return field;
}

/// MD5 of the public key's DER (SubjectPublicKeyInfo), as for every RSA key that was imported.
std::optional<std::string> rsa_fingerprint(const std::string& e, const std::string& n) {
  const auto number = [](const std::string& bytes) { return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr), BN_free); };
  const Number exponent = number(e), modulus = number(n);
  const int bits = BN_num_bits(modulus.get());
  if (bits != 1024 && bits != 2048 && bits != 4096) return std::nullopt;  // EC2 user guide: the lengths that are taken
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* raw = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return std::nullopt;
  const Key key(raw, EVP_PKEY_free);
  const std::string der = bio_text([&](BIO* bio) { (void)i2d_PUBKEY_bio(bio, key.get()); });
  return der.empty() ? std::nullopt : std::optional(with_colons(md5(der)));
}

}  // namespace

SshKey fresh_key(const std::string& type) { return type == "ed25519" ? fresh_ed25519() : fresh_rsa(); }

Result<SshKey> read_public_key(std::string_view line) {
  const std::vector<std::string> words = split(trim(line), ' ');
  const auto blob = words.size() < 2 ? Result<std::string>(fail("InvalidKey.Format", "")) : base64_decode(words[1]);
  std::string_view rest = blob ? std::string_view(*blob) : std::string_view();
  const auto type = take(rest);
  if (type && *type == words[0] && *type == "ssh-ed25519") {
    const auto open = take(rest);
    if (open && open->size() == kEd25519Size && rest.empty()) return SshKey{.type = "ed25519", .public_line = words[0] + " " + words[1], .fingerprint = ed25519_fingerprint(*blob)};
  }
  if (type && *type == words[0] && *type == "ssh-rsa") {
    const auto e = take(rest), n = take(rest);
    const auto fingerprint = e && n && rest.empty() ? rsa_fingerprint(*e, *n) : std::nullopt;
    if (fingerprint) return SshKey{.type = "rsa", .public_line = words[0] + " " + words[1], .fingerprint = *fingerprint};
  }
  return fail("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
}

}  // namespace landfall::services::ec2
