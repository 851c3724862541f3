#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"

/// HTTP/1.1 message heads, parsed where they lie (RFC 9112), strictly: what two readers could understand differently
/// is refused, so that no message is ever split, merged or smuggled.
namespace landfall::http::h1 {

/// Names that a proxy or server acts on, told apart once while parsing.
enum class FieldId : uint8_t {
  other, host, connection, keep_alive, proxy_connection, te, trailer, transfer_encoding, upgrade, content_length, expect,
  x_forwarded_for, x_forwarded_proto, x_forwarded_port, x_amzn_trace_id, cookie, set_cookie, user_agent, server
};
FieldId field_id(std::string_view name);

struct Field {
  std::string_view name, value;  ///< value without surrounding white space
  FieldId id = FieldId::other;
};

struct Limits {
  size_t line = 16 * 1024;   ///< request line, and each field line
  size_t head = 64 * 1024;   ///< everything up to the empty line
  size_t fields = 200;
  /// Reads on over what is odd but can have one meaning only, and tells it in RequestHead::desync; else that is refused.
  bool is_tolerant = false;
};

/// How far a request is from the standard, and so from being understood alike by all readers (ALB user guide, Desync
/// mitigation mode; the reasons are those of its access log).
struct Desync {
  enum class Class : uint8_t { compliant, acceptable, ambiguous, severe } grade = Class::compliant;
  bool has_odd_name = false;  ///< a field's name has more than letters, digits and hyphens
  bool lost_field = false;    ///< a line that is no field is left out
  std::string_view reason;
};

enum class Framing { none, length, chunked, until_close };

/// The minor version of HTTP/0.9: a line alone, `GET /path`, whose answer is a body alone. Tolerant readers only.
constexpr int kOldest = -1;

/// Views into the caller's buffer; valid as long as that is not moved.
struct RequestHead {
  std::string_view method, target;
  int minor_version = 1;  ///< HTTP/1.x, or kOldest
  std::vector<Field> fields;  ///< reused between requests: no allocation in the steady state
  size_t size = 0;        ///< bytes of the head, the empty line included
  Framing framing = Framing::none;
  uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool wants_upgrade = false;
  Desync desync;          ///< also set when the head was refused
};

struct ResponseHead {
  int status = 0, minor_version = 1;
  std::string_view reason;
  std::vector<Field> fields;
  size_t size = 0;
  Framing framing = Framing::none;
  uint64_t content_length = 0;
  bool keep_alive = true;
};

/// Why a head was refused: the HTTP status to answer with and a stable reason.
struct Refusal {
  int status = 400;
  std::string_view reason;
};

enum class Parsed { complete, incomplete, refused };

/// Parses the head at the start of `buffer`. A tolerant reader takes several Host fields: the first counts. incomplete: call again with more bytes (`buffer` from the same start).
/// `seen`  bytes of it that were there at the last call: a head that comes in drops is not read from its start each time.
Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head, Refusal& refusal, size_t seen = 0);

/// `to_head`: the request was HEAD, so there is no body whatever the fields say.
Parsed parse_response(std::string_view buffer, const Limits& limits, bool to_head, ResponseHead& head, Refusal& refusal);

std::optional<std::string_view> find(const std::vector<Field>& fields, std::string_view name);

/// Nothing but visible ASCII characters and spaces, without quotes and backslashes.
bool is_plain(std::string_view text);

/// Reads a chunked body (RFC 9112 7.1) in pieces, without copying. Extensions are skipped, trailers are read and dropped.
class ChunkReader {
 public:
  struct Step {
    size_t consumed = 0;          ///< bytes of input that are done with
    std::string_view data;        ///< body bytes among them (empty: framing only)
    bool is_done = false, is_refused = false;
    bool is_plain = true;         ///< the consumed bytes are nothing but framing and data: no extension, no trailer
    std::string_view digits;      ///< of a chunk's size line
  };
  /// Call until is_done; a step that consumes nothing needs more input.
  Step next(std::string_view input);

 private:
  enum class State { size, data, data_end, trailer, done };
  State state_ = State::size;
  uint64_t left_ = 0;
  size_t trailer_bytes_ = 0;
};

}  // namespace landfall::http::h1
