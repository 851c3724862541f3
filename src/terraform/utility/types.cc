#include "terraform/utility/types.h"

namespace landfall::terraform {

void register_utilities(Provider& provider) {
  using namespace utility_types;
  add_terraform_data(provider);
  add_null_resource(provider);
  add_random_id(provider);
  add_random_integer(provider);
  add_random_pet(provider);
  add_random_shuffle(provider);
  add_random_string(provider);
  add_random_uuid(provider);
  add_local_file(provider);
  add_archive_file(provider);
  add_cloudinit_config(provider);
  add_external(provider);
  add_http(provider);
  add_template_file(provider);
  add_time_offset(provider);
  add_time_rotating(provider);
  add_time_sleep(provider);
  add_time_static(provider);
  add_tls_certificates(provider);
  add_tls_certificate_source(provider);
  add_tls_private_key(provider);
}

}  // namespace landfall::terraform
