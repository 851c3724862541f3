#pragma once

#include <string>

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {

/// Whether a listener may use the certificate: of this account and region, and issued. Errors "CertificateNotFound",
/// "UnsupportedCertificate" (ALB user guide, HTTPS listener).
Result<void> check_certificate(const Transaction& tx, const CallContext& context, const std::string& arn);

}  // namespace landfall::services::elbv2
