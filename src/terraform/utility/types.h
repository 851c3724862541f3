#pragma once

#include "terraform/provider.h"

/// The types of providers that make nothing in a cloud. One function for each family; each adds its types to the provider.
namespace landfall::terraform::utility_types {

void add_terraform_data(Provider& provider);
void add_null_resource(Provider& provider);   ///< and data null_data_source
void add_random_id(Provider& provider);       ///< and random_bytes
void add_random_integer(Provider& provider);
void add_random_pet(Provider& provider);
void add_random_shuffle(Provider& provider);
void add_random_string(Provider& provider);   ///< and random_password
void add_random_uuid(Provider& provider);
void add_local_file(Provider& provider);      ///< and local_sensitive_file; data sources of both names
void add_archive_file(Provider& provider);    ///< the data source, and the resource that came before it
void add_cloudinit_config(Provider& provider);  ///< and template_cloudinit_config, its old name
void add_external(Provider& provider);
void add_http(Provider& provider);
void add_template_file(Provider& provider);
void add_time_offset(Provider& provider);
void add_time_rotating(Provider& provider);
void add_time_sleep(Provider& provider);
void add_time_static(Provider& provider);
void add_tls_certificates(Provider& provider);        ///< self-signed, locally signed, and requests
void add_tls_certificate_source(Provider& provider);  ///< data tls_certificate
void add_tls_private_key(Provider& provider);         ///< and data tls_public_key

/// A type whose state is all there is of it: reading finds what is there, destroying is forgetting.
class Remembered : public ResourceType {
 public:
  Result<bool> read(const Cloud&, Record&) const override { return true; }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
  Result<void> update(const Cloud&, const Record&, const Record&) const override { return {}; }
};

}  // namespace landfall::terraform::utility_types
