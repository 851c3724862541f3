#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall {

/// Bytes as a gzip file; the same for the same bytes. Error "Gzip.Failed" if memory runs out.
Result<std::string> gzip(std::string_view bytes);

}  // namespace landfall
