#pragma once

#include <string>
#include <string_view>

namespace landfall {

std::string md5(std::string_view bytes);     ///< 16 raw bytes
std::string sha1(std::string_view bytes);    ///< 20 raw bytes
std::string sha256(std::string_view bytes);  ///< 32 raw bytes
std::string sha512(std::string_view bytes);  ///< 64 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace landfall
