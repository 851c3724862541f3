#pragma once

#include <string>

#include "base/error.h"

namespace landfall::hcl {

/// "$2a$…" of a text of at most 72 bytes, with a fresh salt. `cost` 4 to 31.
Result<std::string> bcrypt_hash(const std::string& text, int cost = 10);

}  // namespace landfall::hcl
