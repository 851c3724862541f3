#pragma once

#include <string>

#include "base/error.h"

namespace landfall::services::acm {

/// The PEM key as PKCS #8 that only the passphrase opens (ACM API, ExportCertificate: PBES2, AES-256). Errors: "Acm.NoKey".
Result<std::string> locked_key(const std::string& key_pem, const std::string& passphrase);

}  // namespace landfall::services::acm
