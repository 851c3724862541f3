#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "base/text.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

/// Asked for a passphrase: there is none.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<Value> rsadecrypt(const Arguments& a) {
  const Result<std::string> cipher = base64_decode(a.string(0));
  if (!cipher)
    return a.bad(
        0, fmt::format("failed to decode input \"{}\": cipher text must be base64-encoded", a.string(0)));
  const std::string& pem = a.string(1);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) {
    return a.bad(1, "failed to parse key: a private RSA key in PEM is wanted, without a passphrase");
  }
  const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
  const auto* in = reinterpret_cast<const unsigned char*>(cipher->data());
  size_t length = 0;
  std::string out;
  bool good = EVP_PKEY_decrypt_init(context.get()) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
              EVP_PKEY_decrypt(context.get(), nullptr, &length, in, cipher->size()) > 0;
  if (good) {
    out.resize(length);
    good = EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, in,
                            cipher->size()) > 0;
    out.resize(good ? length : 0);
  }
  ERR_clear_error();
  if (!good || !is_valid_utf8(out))
    return a.bad(0, "failed to decrypt: the text was not encrypted for this key");
  return Value::string(out);
}

}  // namespace

std::span<const Function> rsa_functions() {
  static const std::vector<Function> kFunctions{
      {"rsadecrypt",
       {{"ciphertext", Type::string()}, {"privatekey", Type::string()}},
       {},
       Type::string(),
       rsadecrypt},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
