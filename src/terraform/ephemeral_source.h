#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "terraform/address.h"
#include "terraform/simple_source.h"

namespace landfall::terraform {

inline void add_ephemeral(Provider& provider, const std::string& name, Schema schema, SimpleSource::Read read) {
  schema.is_ephemeral = true;
  add_source(provider, std::string(kEphemeral) + name, std::move(schema), std::move(read));
}

/// The ephemeral resource beside a managed one that is all in its state: made anew in every run. `left_out`: arguments that have
/// a meaning for what stays alone.
inline void add_ephemeral_of(Provider& provider, const std::string& name, const std::vector<std::string>& left_out) {
  const ResourceType& type = *provider.resource(name);
  Schema schema = type.schema();
  std::erase_if(schema.attributes, [&](const Attribute& attribute) { return std::ranges::count(left_out, attribute.name) > 0; });
  add_ephemeral(provider, name, std::move(schema), [&type](const Cloud& cloud, Record& state) -> Result<void> {
    Record planned = state;
    const Record config = state;
    std::vector<std::string> unused;
    TRY(type.adjust(cloud, {.prior = nullptr, .config = config, .planned = planned, .replaced_by = unused}));
    return type.create(cloud, planned, state = planned);
  });
}

}  // namespace landfall::terraform
