#include "acm/authority.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <mutex>

#include <fmt/format.h>

#include "base/bio_text.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/text.h"

namespace landfall::acm {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

constexpr Duration kRootValidity = std::chrono::hours(24 * 3650);
/// Clients whose clock is a little behind must accept a fresh certificate.
constexpr Duration kBackdate = std::chrono::hours(1);
constexpr size_t kCommonNameLimit = 64;  // RFC 5280, ub-common-name

constexpr std::string_view kRsa = "RSA_2048";

Result<Key> make_key(std::string_view algorithm) {
  EVP_PKEY* made = nullptr;
  if (algorithm == kRsa) {
    made = EVP_RSA_gen(2048);
  } else if (algorithm == "EC_prime256v1") {
    made = EVP_EC_gen("P-256");
  } else if (algorithm == "EC_secp384r1") {
    made = EVP_EC_gen("P-384");
  } else {
    return fail("Ca.UnsupportedKey",
                fmt::format("key algorithm '{}' cannot be issued; wanted RSA_2048, EC_prime256v1 or EC_secp384r1", algorithm));
  }
  ENSURE(made != nullptr, "OpenSSL makes RSA and EC keys");
  return Key(made);
}

std::string pem_of(X509* certificate) {
  return bio_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return bio_text([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ENSURE(extension != nullptr, "the extension text is well-formed");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Random 128-bit positive serial number, as hex with colons.
std::string set_serial(X509* certificate) {
  std::string bytes = secret_bytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x3f) | 0x40);
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), 16, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) text += (i > 0 ? ":" : "") + to_hex(bytes.substr(i, 1));
  return text;
}

void set_name(X509_NAME* name, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                             static_cast<int>(value.size()), -1, 0);
}

void set_validity(X509* certificate, WallTime from, WallTime until) {
  ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(from.ms / 1000));
  ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(until.ms / 1000));
}

X509Ptr make_root(EVP_PKEY* key, WallTime now) {
  X509Ptr root(X509_new());
  X509_set_version(root.get(), X509_VERSION_3);
  set_serial(root.get());
  set_validity(root.get(), now - kBackdate, now + kRootValidity);
  X509_set_pubkey(root.get(), key);
  X509_NAME* name = X509_get_subject_name(root.get());
  set_name(name, "O", "Landfall");
  set_name(name, "CN", "Landfall local CA " + to_hex(secret_bytes(4)));
  X509_set_issuer_name(root.get(), name);
  add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash");
  ENSURE(X509_sign(root.get(), key, EVP_sha256()) > 0, "OpenSSL signs with a key it made");
  return root;
}

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

X509Ptr read_certificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct Authority::Keys {
  Key key;
  X509Ptr root;
  std::mutex mutex;
  Key spare;  ///< RSA_2048, of the next order
};

Authority::Authority(std::unique_ptr<Keys> keys, std::string root_pem, const Clock& clock)
    : keys_(std::move(keys)), root_pem_(std::move(root_pem)), clock_(clock) {}
Authority::~Authority() = default;

Result<std::unique_ptr<Authority>> Authority::open(const std::filesystem::path& folder, const Clock& clock) {
  const std::filesystem::path root_file = folder / "root.pem", key_file = folder / "root.key";
  auto keys = std::make_unique<Keys>();
  if (!std::filesystem::exists(root_file)) {
    TRY(make_directories(folder, 0755));
    keys->key = TRY(make_key("EC_prime256v1"));
    keys->root = make_root(keys->key.get(), clock.wall());
    TRY(write_file_atomic(key_file, pem_of(keys->key.get()), 0600));
    TRY(write_file_atomic(root_file, pem_of(keys->root.get()), 0644));
  }
  const std::string root_pem = TRY(read_file(root_file));
  keys->root = read_certificate(root_pem);
  keys->key = read_key(TRY(read_file(key_file)));
  const bool fits = keys->root && keys->key && X509_check_private_key(keys->root.get(), keys->key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail("Ca.Corrupt", fmt::format("{} and {} do not hold a certificate and its key; restore them, or remove "
                                          "both to make a new authority", root_file.string(), key_file.string()),
                Blame::host);
  }
  return std::unique_ptr<Authority>(new Authority(std::move(keys), root_pem, clock));
}

void Authority::prepare() const {
  {
    const std::lock_guard lock(keys_->mutex);
    if (keys_->spare) return;
  }
  Result<Key> made = make_key(kRsa);
  if (!made) return;
  const std::lock_guard lock(keys_->mutex);
  keys_->spare = std::move(*made);
}

Result<Issued> Authority::issue(const Order& order) const {
  ENSURE(!order.names.empty(), "a certificate is for at least one name");
  Key spare;
  if (order.key_algorithm == kRsa) {
    const std::lock_guard lock(keys_->mutex);
    spare = std::move(keys_->spare);
  }
  const Key key = spare ? std::move(spare) : TRY(make_key(order.key_algorithm));
  const WallTime now = clock_.wall();
  Issued issued{.chain_pem = root_pem_,
                .private_key_pem = pem_of(key.get()),
                .not_before = now - kBackdate,
                .not_after = now + order.validity};
  const X509Ptr leaf(X509_new());
  X509_set_version(leaf.get(), X509_VERSION_3);
  issued.serial = set_serial(leaf.get());
  set_validity(leaf.get(), issued.not_before, issued.not_after);
  X509_set_pubkey(leaf.get(), key.get());
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(keys_->root.get()));
  if (order.names[0].size() <= kCommonNameLimit) set_name(X509_get_subject_name(leaf.get()), "CN", order.names[0]);
  std::string names;
  for (const std::string& name : order.names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  add_extension(leaf.get(), keys_->root.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf.get(), keys_->root.get(), NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(leaf.get(), keys_->root.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(leaf.get(), keys_->root.get(), NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), keys_->root.get(), NID_authority_key_identifier, "keyid");
  add_extension(leaf.get(), keys_->root.get(), NID_subject_alt_name, names);
  ENSURE(X509_sign(leaf.get(), keys_->key.get(), EVP_sha256()) > 0, "the root's key signs");
  issued.certificate_pem = pem_of(leaf.get());
  return issued;
}

}  // namespace landfall::acm
