#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

namespace landfall::model {

struct DomainValidation {
  std::string domain;
  std::string method = "DNS";  ///< DNS, EMAIL
  std::string status = "PENDING_VALIDATION";  ///< SUCCESS, FAILED
  std::string record_name, record_value;      ///< CNAME to exist; with trailing dots
  std::string validation_domain;              ///< whose mail would be asked; empty: the domain's own
  FIELDS(domain, method, status, record_name, record_value, validation_domain)
};

/// An ACM certificate. API records the request; acm/ validates and issues. The private key lies beside the store in
/// `key_file` (mode 0600), never in a record.
struct Certificate {
  std::string account, region, arn;
  std::string domain;
  std::vector<std::string> names;  ///< all subject alternative names, the domain first
  std::string type = "AMAZON_ISSUED";  ///< or IMPORTED
  std::string status = "PENDING_VALIDATION";
  std::string failure_reason;
  std::string key_algorithm = "RSA_2048";
  std::vector<DomainValidation> validations;
  std::string certificate_pem, chain_pem;  ///< leaf; intermediates up to the root, leaf not included
  std::string key_file;                    ///< path of the PEM private key
  std::string serial, subject, issuer, signature_algorithm;
  WallTime not_before, not_after, created_at, issued_at, imported_at;
  std::string idempotency_token;
  bool transparency_logging = true;
  bool is_exportable = false, was_exported = false;
  Tags tags;
  FIELDS(account, region, arn, domain, names, type, status, failure_reason, key_algorithm, validations,
         certificate_pem, chain_pem, key_file, serial, subject, issuer, signature_algorithm, not_before, not_after,
         created_at, issued_at, imported_at, idempotency_token, transparency_logging, is_exportable,
         was_exported, tags)
  static constexpr std::string_view kTable = "certificate";
  std::string key() const { return arn; }
};

/// Whether a certificate name covers a host: exact, or `*` for exactly the leftmost label. ASCII case ignored.
bool name_covers(std::string_view certificate_name, std::string_view host);
bool covers(const Certificate& certificate, std::string_view host);

}  // namespace landfall::model
