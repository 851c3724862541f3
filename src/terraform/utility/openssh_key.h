#pragma once

#include <string>

#include "terraform/utility/openssl_owners.h"

/// Keys in the forms of OpenSSH. Source  RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4; openssh's PROTOCOL.key.
namespace landfall::terraform::utility_types {

std::string openssh_public_blob(EVP_PKEY* key);                               ///< "" if OpenSSH does not know its kind (P224)
std::string openssh_public_line(EVP_PKEY* key);                               ///< "ssh-rsa AAAA…\n", or ""
std::string openssh_private_pem(EVP_PKEY* key);                               ///< or ""

}  // namespace landfall::terraform::utility_types
