#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

/// Checksums of uploaded bytes.
/// Source: S3 User Guide, Checking object integrity.
namespace landfall::services::s3 {

uint32_t crc32(std::string_view bytes);
uint32_t crc32c(std::string_view bytes);
uint64_t crc64_nvme(std::string_view bytes);

/// What a client says of its bytes: algorithm ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "MD5") -> base64.
using Claims = std::map<std::string, std::string>;

/// The MD5 of the request's body in hex, after each claim was found true. Reads a spooled body piece by piece.
/// Errors: "BadDigest", "InvalidDigest".
Result<std::string> verified_md5(const http::Request& request, const Claims& claims);

}  // namespace landfall::services::s3
