#pragma once

#include "terraform/provider.h"

/// The types of providers that make nothing in a cloud: terraform, null, random, time, local, tls, archive, template.
namespace landfall::terraform::utility_types {

void add_terraform_data(Provider& provider);
void add_null_resource(Provider& provider);

/// A type whose state is all there is of it: reading finds what is there, destroying is forgetting.
class Remembered : public ResourceType {
 public:
  Result<bool> read(const Cloud&, Record&) const override { return true; }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
  Result<void> update(const Cloud&, const Record&, const Record&) const override { return {}; }
};

}  // namespace landfall::terraform::utility_types
