#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::services::iam {

/// Which squares are dark, row by row, of the smallest QR code that holds `text` (bytes, error correction L, mask 0).
/// Error "QrCode.TooLong" over 458 bytes (version 14).
/// Source  ISO/IEC 18004
Result<std::vector<std::vector<bool>>> qr_code(std::string_view text);

/// The same as a PNG image, with the quiet zone around it.
Result<std::string> qr_code_png(std::string_view text);

}  // namespace landfall::services::iam
