#pragma once

#include <string>
#include <string_view>

#include "terraform/record.h"
#include "terraform/schema.h"

namespace landfall::terraform::utility_types {

/// PREFIXmd5, PREFIXsha…, PREFIXbase64sha256 and PREFIXbase64sha512 of some bytes. `sha1_name`: "sha1" or, in the provider
/// archive, "sha".
std::vector<Attribute> checksum_attributes(const std::string& prefix, const std::string& sha1_name);
void set_checksums(Record& state, const std::string& prefix, const std::string& sha1_name, std::string_view bytes);

}  // namespace landfall::terraform::utility_types
