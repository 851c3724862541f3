#pragma once

#include <string>

#include "base/error.h"
#include "terraform/record.h"
#include "terraform/schema.h"
#include "terraform/utility/openssl_owners.h"

/// Private keys of the provider tls: RSA, ECDSA on the four NIST curves, ED25519.
namespace landfall::terraform::utility_types {

Result<Key> make_key(const std::string& algorithm, int rsa_bits, const std::string& curve);
/// PEM of any of the usual kinds (PKCS#1, SEC 1, PKCS#8), without a passphrase. `what` names it in the error.
Result<Key> read_private_key(const std::string& pem, const std::string& what);
/// PEM as ssh-keygen writes it. Errors name what it holds where it is not supported (a passphrase, other keys).
Result<Key> read_openssh_key(const std::string& pem);

std::string algorithm_of(EVP_PKEY* key);  ///< "RSA", "ECDSA", "ED25519"; "" for any other
/// The digest to sign with, as wide as the key is strong; null for ED25519, which has its own.
const EVP_MD* digest_for(EVP_PKEY* key);

/// private_key_pem (PKCS#1 or SEC 1; PKCS#8 for ED25519), private_key_pem_pkcs8, private_key_openssh.
void set_private_texts(Record& state, EVP_PKEY* key);
/// public_key_pem, public_key_openssh and its fingerprints (empty for P224, which OpenSSH does not know), and the id.
void set_public_texts(Record& state, EVP_PKEY* key);
std::vector<Attribute> public_text_attributes();

}  // namespace landfall::terraform::utility_types
