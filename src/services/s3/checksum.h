#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
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

struct Digests {
  std::string md5;   ///< in hex
  Claims checksums;  ///< as claimed, without MD5, and the one asked for
};

/// The digests of the request's body, after each claim was found true. Reads a spooled body piece by piece. `also` is
/// computed too; empty: CRC64NVME if nothing is claimed. Errors: "BadDigest", "InvalidDigest".
/// `context`: where an error tells the digest that was wrong.
Result<Digests> verified_digests(const http::Request& request, const Claims& claims, const std::string& also = {}, const aws::CallContext* context = nullptr);

/// The checksum of the parts' checksums, "<base64>-<count>". Empty if a part lacks it.
std::string composite(const std::string& algorithm, const std::vector<Claims>& parts);

/// What a request says of its bytes.
template <class Request>
Claims claims_of(const Request& request) {
  Claims claims;
  const auto claim = [&](const char* algorithm, const std::optional<std::string>& value) {
    if (value) claims[algorithm] = *value;
  };
  if constexpr (requires { request.content_md5; }) claim("MD5", request.content_md5);
  claim("CRC32", request.checksum_crc32);
  claim("CRC32C", request.checksum_crc32_c);
  claim("CRC64NVME", request.checksum_crc64_nvme);
  claim("SHA1", request.checksum_sha1);
  claim("SHA256", request.checksum_sha256);
  return claims;
}

/// Tells checksums in an answer.
template <class Answer>
void tell(const Claims& checksums, Answer& answer) {
  const auto of = [&](const char* algorithm) {
    const auto found = checksums.find(algorithm);
    return found == checksums.end() ? std::nullopt : std::optional(found->second);
  };
  answer.checksum_crc32 = of("CRC32");
  answer.checksum_crc32_c = of("CRC32C");
  answer.checksum_crc64_nvme = of("CRC64NVME");
  answer.checksum_sha1 = of("SHA1");
  answer.checksum_sha256 = of("SHA256");
}

}  // namespace landfall::services::s3
