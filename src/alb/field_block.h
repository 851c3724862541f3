#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h1_head.h"

namespace landfall::alb {

/// A head or the trailers of HTTP/2, pseudo fields first (RFC 9113 8): names and values in one piece of memory. What passes
/// its limits is dropped and remembered.
class FieldBlock {
 public:
  struct Limits {
    size_t bytes = std::numeric_limits<size_t>::max(), value = bytes, fields = bytes;
  };
  FieldBlock() = default;
  explicit FieldBlock(const Limits& limits) : limits_(limits) {}

  void add(std::string_view name, std::string_view value);
  void add_lower(std::string_view name, std::string_view value);  ///< names of HTTP/2 are lower case
  size_t count() const { return spans_.size(); }
  bool empty() const { return spans_.empty(); }
  size_t bytes() const { return text_.size(); }
  bool is_too_large() const { return is_too_large_; }
  /// Name and value; valid until something is added.
  std::pair<std::string_view, std::string_view> at(size_t index) const;
  std::string_view find(std::string_view name) const;  ///< the first of that name; empty: none
  void clear();                                        ///< gives the memory back

 private:
  struct Span {
    uint32_t name, value, end;
  };
  Limits limits_;
  std::string text_;
  std::vector<Span> spans_;
  bool is_too_large_ = false;
};

/// A request's head as HTTP/1.1 (write_request_head) becomes one of HTTP/2 (RFC 9113 8.2, 8.3): Host is :authority, framing
/// and what concerns one connection go.
/// `takes_trailers`  the client's "te: trailers" is passed on; gRPC needs it
void write_http2_request(FieldBlock& into, std::string_view http1_head, bool is_tls, bool takes_trailers);

/// A target's answer as HTTP/1.1 would have it; views into `fields`. False: it is too large or has no status.
/// `to_head`  the request was HEAD     `is_last`  nothing follows
bool read_http2_response(const FieldBlock& fields, bool to_head, bool is_last, http::h1::ResponseHead& head);

/// Content-Type application/grpc, with or without a message format: "application/grpc+proto" (gRPC over HTTP2: Requests).
bool is_grpc_type(std::string_view content_type);

}  // namespace landfall::alb
