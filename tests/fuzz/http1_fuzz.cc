// Reads any bytes as a request head, a response head and a chunked body. What is accepted must be read alike when it is
// written down again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/h1_head.h"

using namespace landfall::http::h1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  RequestHead request;
  ResponseHead response;
  Refusal refusal;
  if (parse_request(text, {}, request, refusal) == Parsed::complete) {
    std::string again = std::string(request.method) + " " + std::string(request.target) + " HTTP/1." + std::to_string(request.minor_version) + "\r\n";
    for (const Field& field : request.fields) again += std::string(field.name) + ": " + std::string(field.value) + "\r\n";
    again += "\r\n";
    RequestHead second;
    const bool same = parse_request(again, {.line = 1 << 20, .head = 1 << 21}, second, refusal) == Parsed::complete && second.framing == request.framing && second.content_length == request.content_length;
    if (!same) abort();
  }
  (void)parse_response(text, {}, false, response, refusal);
  ChunkReader reader;
  std::string_view left = text;
  for (;;) {
    const auto step = reader.next(left);
    if (step.is_refused || step.is_done || step.consumed == 0) break;
    left.remove_prefix(step.consumed);
  }
  return 0;
}
