#pragma once

#include <netinet/in.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alb/snapshot.h"
#include "http/h1_head.h"

/// Heads on their way through: what is kept, dropped and added (ALB user guide, X-forwarded headers).
namespace landfall::alb {

class TlsSession;
struct ClientCertificate;

/// Of a client's connection.
struct FrontFacts {
  in_addr client{};
  uint16_t client_port = 0;
  int listener_port = 0;
  bool is_tls = false, is_http2 = false;
  const TlsSession* tls = nullptr;           ///< once its handshake is done
  std::shared_ptr<const ClientCertificate> certificate;  ///< that the client showed, with mutual TLS; else null
  const Node* node = nullptr;          ///< the node that it came to; outlives the connection
  uint64_t connection_id = 0;
};

/// "1-67891233-abcdef012345678912345678": what a new trace id or a Self field is.
struct TraceRoot {
  char text[35];
  std::string_view view() const { return {text, sizeof text}; }
};
TraceRoot make_trace_root(uint64_t high, uint64_t low);

/// The host, perhaps with a port, of a request target of the form http://host/path; empty: it has another form.
std::string_view absolute_host(std::string_view target);

/// The parts that rules look at; views into the head.
RequestView request_view(const http::h1::RequestHead& head, const FrontFacts& facts);

/// Appends to memory that is large enough: heads are limited (http::h1::Limits) and what we add is too.
struct Writer {
  char* at;
  void text(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  void lower(std::string_view bytes) {
    for (const char c : bytes) *at++ = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  void number(uint64_t value);
  void ip(in_addr address);
  void field(std::string_view name, std::string_view value);
};

/// Who the user of a request is, as its target is told.
struct UserIdentity {
  std::string access_token, subject;
  std::string data;  ///< signed claims
};

/// Writes the request's head for the target to `into` (Scratch::kHead bytes) and returns its size. Hop-by-hop fields go,
/// framing is kept. Of a client of HTTP/2 all names are lower case but X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Port, Host
/// and X-Amzn-Trace-Id (ELB user guide, HTTP headers).
size_t write_request_head(char* into, const http::h1::RequestHead& head, const FrontFacts& facts, const Snapshot& snapshot, const Listener& listener, const TraceRoot& trace, const UserIdentity* identity = nullptr);

/// The value of X-Amzn-Trace-Id for the target: a Root is kept and Self is added or replaced.
std::string trace_id(const http::h1::RequestHead& head, const TraceRoot& trace);

/// A target's answer, for whoever sends it to the client.
struct ResponseStart {
  const http::h1::ResponseHead& head;
  const ResponseEdits& edits;
  const std::vector<std::string>& cookies;  ///< values of Set-Cookie fields that we add
  bool chunks_it = false;                   ///< its body follows in chunks
  bool is_upgrade = false;

  /// Whether a field of the target's goes to the client; content-length and framing are not told here.
  bool passes(const http::h1::Field& field) const;
  bool has_connection_options = false;      ///< Connection names fields
};
ResponseStart response_start(const http::h1::ResponseHead& head, const ResponseEdits& edits, const std::vector<std::string>& cookies);

/// Writes it as HTTP/1.1 to `into` and returns its size.
size_t write_response_head(char* into, const ResponseStart& start, bool keep_alive);

/// Writes the line before a chunk of that size (18 bytes at most) and returns its length.
size_t write_chunk_size(char* into, size_t size);

/// X-Forwarded-For holds more addresses than the balancer takes (463).
bool has_too_many_hops(const http::h1::RequestHead& head);

}  // namespace landfall::alb
