// Hands any bytes to S3's chunk decoding, unsigned and signed, as bodies of requests that are signed right.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "aws/sigv4.h"

using namespace landfall;
using namespace landfall::aws;

namespace {

http::Request put(const std::string& kind) {
  http::Fetch fetch{.method = "PUT", .url = "http://e/b/k"};
  fetch.headers.set("x-amz-trailer", "x-amz-checksum-crc32");
  sign(fetch, {.access_key = "AK", .secret_key = "SK"}, "r", "s3", {1'700'000'000'000}, kind);
  return {.method = "PUT", .target = "/b/k", .path = "/b/k", .headers = fetch.headers};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<http::Request> requests{put("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")};
  for (const http::Request& signed_request : requests) {
    http::Request request = signed_request;
    request.body.assign(reinterpret_cast<const char*>(data), size);
    const auto signature = read_signature(request);
    if (!signature) abort();
    const bool is_right = verify(request, *signature, "SK", {1'700'000'000'000}).has_value();
    if (is_right && request.body.size() > size) abort();
  }
  return 0;
}
