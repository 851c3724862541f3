#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "terraform/provider.h"
#include "terraform/utility/openssl_owners.h"

/// What the certificates and requests of the provider tls have in common.
namespace landfall::terraform::utility_types {

Block subject_block();
std::vector<Attribute> name_attributes();      ///< dns_names, ip_addresses, uris
std::vector<Attribute> validity_attributes();  ///< of a certificate: how long, for what, and what comes of it

/// The block "subject" of a configuration, in the order that Go writes it.
void set_subject(X509_NAME* name, const Record& config);

using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
/// The subject alternative names; null if there are none. Errors: "Tls.Malformed" names what is no IP address.
Result<Extension> alternative_names(const Record& config, bool is_critical);

/// Who signs. Without a certificate the new one signs itself.
struct Signer {
  X509* certificate = nullptr;
  EVP_PKEY* key;
};

/// Gives a certificate that has its subject, key and names all the rest, signs it, and fills cert_pem, id and the validity
/// times of `state`.
Result<void> issue(X509* certificate, const Record& config, const Signer& signer, WallTime now, Record& state);

/// A certificate's resource: replaced when the time to renew it has come.
class TlsCertificate : public ResourceType {
 public:
  Result<void> adjust(const Cloud& cloud, const Planned& plan) const override;
  Result<bool> read(const Cloud& cloud, Record& state) const override;
  Result<void> update(const Cloud&, const Record&, const Record&) const override { return {}; }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
};

/// An argument that old versions of the official provider wanted and new ones tell: must be the key's own.
Result<void> check_algorithm(const Record& planned, const std::string& name, EVP_PKEY* key);

}  // namespace landfall::terraform::utility_types
