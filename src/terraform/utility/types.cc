#include "terraform/utility/types.h"

namespace landfall::terraform {

void register_utilities(Provider& provider) {
  using namespace utility_types;
  add_terraform_data(provider);
  add_null_resource(provider);
}

}  // namespace landfall::terraform
