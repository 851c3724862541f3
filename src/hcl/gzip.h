#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall::hcl {

/// Any gzip reader takes the result, which is always the same for the same text; its bytes are not those of Terraform,
/// whose compressor is another one.
Result<std::string> gzip(std::string_view text);

/// Deflate without a header around it, as zip files hold it; the same remarks.
Result<std::string> deflate_raw(std::string_view bytes);

}  // namespace landfall::hcl
