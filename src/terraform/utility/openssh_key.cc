#include "terraform/utility/openssh_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <array>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "terraform/utility/private_key.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----", kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr size_t kColumns = 64, kBlock = 8;

std::string word(uint32_t number) { return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8), static_cast<char>(number)}; }
std::string field(std::string_view bytes) { return word(static_cast<uint32_t>(bytes.size())) + std::string(bytes); }

/// Big-endian, with a zero before a first bit that is set: it would be a sign.
std::string number_field(const BIGNUM* number) {
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  if (!bytes.empty() && (bytes[0] & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
  return field(bytes);
}

std::string number_field(EVP_PKEY* key, const char* name) {
  BIGNUM* found = nullptr;
  EVP_PKEY_get_bn_param(key, name, &found);
  const Number number(found);
  return number ? number_field(number.get()) : field("");
}

std::string bytes_of(EVP_PKEY* key, const char* name) {
  std::string bytes(256, '\0');
  size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, name, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), &size) != 1) size = 0;
  bytes.resize(size);
  return bytes;
}

std::string raw_private(EVP_PKEY* key) {
  std::string bytes(64, '\0');
  size_t size = bytes.size();
  if (EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size) != 1) size = 0;
  bytes.resize(size);
  return bytes;
}

/// "nistp256"; "" for a curve that OpenSSH does not know.
std::string curve_of(EVP_PKEY* key) {
  std::array<char, 64> name{};
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return "";
  switch (OBJ_sn2nid(name.data())) {
    case NID_X9_62_prime256v1: return "nistp256";
    case NID_secp384r1: return "nistp384";
    case NID_secp521r1: return "nistp521";
    default: return "";
  }
}

std::string kind_of(EVP_PKEY* key) {
  const std::string algorithm = algorithm_of(key);
  if (algorithm == "RSA") return "ssh-rsa";
  if (algorithm == "ED25519") return "ssh-ed25519";
  const std::string curve = algorithm == "ECDSA" ? curve_of(key) : "";
  return curve.empty() ? "" : "ecdsa-sha2-" + curve;
}

std::string private_fields(EVP_PKEY* key, const std::string& kind) {
  if (kind == "ssh-rsa") {
    std::string fields;
    for (const char* name : {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2}) fields += number_field(key, name);
    return field(kind) + fields;
  }
  if (kind == "ssh-ed25519") {
    const std::string open = bytes_of(key, OSSL_PKEY_PARAM_PUB_KEY);
    return field(kind) + field(open) + field(raw_private(key) + open);
  }
  return field(kind) + field(curve_of(key)) + field(bytes_of(key, OSSL_PKEY_PARAM_PUB_KEY)) + number_field(key, OSSL_PKEY_PARAM_PRIV_KEY);
}

/// Takes the fields of a blob off its front.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  std::string_view next() {
    const size_t size = number();
    if (size > rest_.size()) is_whole_ = false;
    return take(is_whole_ ? size : 0);
  }
  uint32_t number() {
    if (rest_.size() < 4) is_whole_ = false;
    const std::string_view bytes = take(is_whole_ ? 4 : 0);
    uint32_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }
  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool is_whole() const { return is_whole_; }

 private:
  std::string_view take(size_t size) {
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  std::string_view rest_;
  bool is_whole_ = true;
};

Number number_of(std::string_view bytes) { return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr)); }

Key key_from(const char* algorithm, OSSL_PARAM_BLD* builder) {
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr);
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context) == 1) EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return Key(made);
}

using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;

Key rsa_from(Fields& fields) {
  const Number n = number_of(fields.next()), e = number_of(fields.next()), d = number_of(fields.next()), coefficient = number_of(fields.next()), p = number_of(fields.next()), q = number_of(fields.next());
  if (!fields.is_whole()) return nullptr;
  // OpenSSL wants the exponents of both primes, which the form leaves out.
  const std::unique_ptr<BN_CTX, Freed<BN_CTX_free>> context(BN_CTX_new());
  const Number one(BN_new()), less(BN_new()), dp(BN_new()), dq(BN_new());
  BN_one(one.get());
  BN_sub(less.get(), p.get(), one.get());
  if (BN_mod(dp.get(), d.get(), less.get(), context.get()) != 1) return nullptr;
  BN_sub(less.get(), q.get(), one.get());
  if (BN_mod(dq.get(), d.get(), less.get(), context.get()) != 1) return nullptr;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_D, d.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, p.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, q.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get());
  return key_from("RSA", builder.get());
}

Key ecdsa_from(Fields& fields) {
  const std::string_view curve = fields.next(), point = fields.next();
  const Number secret = number_of(fields.next());
  const char* group = curve == "nistp256" ? "P-256" : curve == "nistp384" ? "P-384" : curve == "nistp521" ? "P-521" : nullptr;
  if (!fields.is_whole() || group == nullptr) return nullptr;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  return key_from("EC", builder.get());
}

Key ed25519_from(Fields& fields) {
  fields.next();
  const std::string_view both = fields.next();
  if (!fields.is_whole() || both.size() != 64) return nullptr;
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(both.data()), 32));
}

}  // namespace

std::string openssh_public_blob(EVP_PKEY* key) {
  const std::string kind = kind_of(key);
  if (kind.empty()) return "";
  if (kind == "ssh-rsa") return field(kind) + number_field(key, OSSL_PKEY_PARAM_RSA_E) + number_field(key, OSSL_PKEY_PARAM_RSA_N);
  const std::string open = field(bytes_of(key, OSSL_PKEY_PARAM_PUB_KEY));
  return kind == "ssh-ed25519" ? field(kind) + open : field(kind) + field(curve_of(key)) + open;
}

std::string openssh_public_line(EVP_PKEY* key) {
  const std::string blob = openssh_public_blob(key);
  return blob.empty() ? "" : kind_of(key) + " " + base64_encode(blob) + "\n";
}

std::string openssh_private_pem(EVP_PKEY* key) {
  const std::string kind = kind_of(key);
  if (kind.empty()) return "";
  const std::string check = secret_bytes(4);
  std::string secret = check + check + private_fields(key, kind) + field("");
  for (char pad = 1; secret.size() % kBlock != 0; ++pad) secret += pad;
  const std::string text = base64_encode(std::string(kMagic) + field("none") + field("none") + field("") + word(1) + field(openssh_public_blob(key)) + field(secret));
  std::string pem = std::string(kBegin) + "\n";
  for (size_t at = 0; at < text.size(); at += kColumns) pem += text.substr(at, kColumns) + "\n";
  return pem + std::string(kEnd) + "\n";
}

Result<Key> read_openssh_key(const std::string& pem) {
  const auto malformed = [] { return fail("Tls.Malformed", "the OpenSSH private key cannot be read: wanted what ssh-keygen writes, without a passphrase"); };
  const size_t begin = pem.find(kBegin), end = pem.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return malformed();
  const auto bytes = base64_decode(replace_all(replace_all(pem.substr(begin + kBegin.size(), end - begin - kBegin.size()), "\n", ""), "\r", ""));
  if (!bytes) return malformed();
  Fields outer(*bytes);
  if (!outer.skip(kMagic)) return malformed();
  const std::string_view cipher = outer.next();
  if (cipher != "none") return fail("Tls.Encrypted", fmt::format("the OpenSSH private key is encrypted ({}); wanted one without a passphrase", cipher));
  outer.next();  // how a passphrase is stretched, and its options
  outer.next();
  if (outer.number() != 1) return malformed();
  outer.next();
  Fields inner(outer.next());
  inner.number();
  inner.number();
  const std::string_view kind = inner.next();
  if (!outer.is_whole() || !inner.is_whole()) return malformed();
  Key key = kind == "ssh-rsa" ? rsa_from(inner) : kind == "ssh-ed25519" ? ed25519_from(inner) : kind.starts_with("ecdsa-sha2-") ? ecdsa_from(inner) : nullptr;
  ERR_clear_error();
  if (!key) return fail("Tls.Malformed", fmt::format("the OpenSSH private key is of the kind '{}'; wanted ssh-rsa, ssh-ed25519 or ecdsa-sha2-nistp256, -384 or -521, whole", kind));
  return key;
}

}  // namespace landfall::terraform::utility_types
