#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "model/certificate.h"

namespace landfall::services::acm {

/// Reads a PEM certificate, its key and chain into a record (no ARN yet). Errors "ValidationException" say what does not
/// fit: unreadable PEM, encrypted or foreign key, outside its validity (ACM API, ImportCertificate).
Result<model::Certificate> read_import(const std::string& certificate_pem, const std::string& key_pem, const std::string& chain_pem, WallTime now);

}  // namespace landfall::services::acm
