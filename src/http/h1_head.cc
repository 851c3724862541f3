#include "http/h1_head.h"

#include <emmintrin.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "http/h1_scan.h"

namespace landfall::http::h1 {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";
constexpr size_t kChunkLineLimit = 1024;
constexpr size_t kTrailerLimit = 16 * 1024;

/// Whether the token `name` is `known`, which is in lower case; eight letters at a time. In a token a bit makes letters
/// lower case and leaves digits and hyphens alone; no two other characters of tokens that we look for meet so.
bool is_name(std::string_view name, std::string_view known) {
  constexpr uint64_t kLower = 0x2020202020202020ull;
  const char *a = name.data(), *b = known.data();
  size_t left = known.size();
  for (; left >= 8; a += 8, b += 8, left -= 8) {
    uint64_t x = 0, y = 0;
    std::memcpy(&x, a, 8);
    std::memcpy(&y, b, 8);
    if ((x | kLower) != (y | kLower)) return false;
  }
  for (; left > 0; ++a, ++b, --left) {
    if ((*a | 0x20) != (*b | 0x20)) return false;
  }
  return true;
}

bool has_any(std::string_view text, std::string_view what) { return text.find_first_of(what) != std::string_view::npos; }

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view trim_blank(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Parsed refuse(Refusal& refusal, int status, std::string_view reason) {
  refusal = {.status = status, .reason = reason};
  return Parsed::refused;
}

/// The worst of what was found is kept.
void grade(Desync& desync, Desync::Class found, std::string_view reason) {
  if (found <= desync.grade) return;
  desync.grade = found;
  desync.reason = reason;
}

/// What is odd: told where the reader is tolerant, refused where it is not.
[[gnu::cold]] Parsed odd(const Limits& limits, Desync& desync, Desync::Class found, std::string_view desync_reason, Refusal& refusal, std::string_view reason) {
  grade(desync, found, desync_reason);
  return limits.is_tolerant ? Parsed::complete : refuse(refusal, 400, reason);
}

/// Takes the next line off `rest`. incomplete: its end is not there. refused: a line feed without carriage return.
Parsed next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return Parsed::incomplete;
  const void* found = std::memchr(rest.data(), '\n', rest.size());
  if (found == nullptr) return Parsed::incomplete;
  const size_t end = static_cast<size_t>(static_cast<const char*>(found) - rest.data());
  if (end == 0 || rest[end - 1] != '\r') return Parsed::refused;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return Parsed::complete;
}

/// Not whole yet: what is there may already be too much.
Parsed incomplete(std::string_view buffer, const Limits& limits, Refusal& refusal) {
  if (buffer.size() > limits.head) return refuse(refusal, 431, "head.too_large");
  if (buffer.empty()) return Parsed::incomplete;
  const bool in_first = std::memchr(buffer.data(), '\n', buffer.size()) == nullptr;
  if (in_first && buffer.size() > limits.line) return refuse(refusal, 414, "line.too_long");
  return Parsed::incomplete;
}

/// A name that some reader might take for one of the two that frame a body.
bool looks_like_framing(std::string_view name) {
  const char start = static_cast<char>(name[0] | 0x20);
  if (start >= 'a' && start <= 'z' && start != 'c' && start != 't') return false;  // Accept-Language and the like
  std::string plain;
  for (const char c : name) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) plain += static_cast<char>(c | 0x20);
  }
  return plain == "contentlength" || plain == "transferencoding";
}

/// A line that is no field: not passed on, and told, where the reader is tolerant; else refused.
[[gnu::cold]] Parsed leave_out(const Limits& limits, Desync& desync, Desync::Class found, std::string_view reason, Refusal& refusal) {
  desync.lost_field = true;
  return odd(limits, desync, found, reason, refusal, "field.malformed");
}

/// A field that is well-formed, unless its name could be taken for another.
Parsed add_field(Field field, const Limits& limits, std::vector<Field>& fields, Desync& desync, Refusal& refusal) {
  if (fields.size() == limits.fields) return refuse(refusal, 431, "fields.too_many");
  field.id = field_id(field.name);
  if (limits.is_tolerant && field.id == FieldId::other && field.name.size() > 12 && field.name.size() < 20 && looks_like_framing(field.name)) return leave_out(limits, desync, Desync::Class::ambiguous, "SuspiciousHeader", refusal);
  fields.push_back(field);
  return Parsed::complete;
}

/// A line that continues the one before it. Folding is not supported: what it holds is a name without a value (ALB user guide,
/// Troubleshooting: Multi-line headers are not supported).
[[gnu::cold]] Parsed parse_continuation(std::string_view line, const Limits& limits, std::vector<Field>& fields, Desync& desync, Refusal& refusal) {
  using Class = Desync::Class;
  const std::string_view name = trim_blank(line);
  if (name.empty()) return leave_out(limits, desync, Class::ambiguous, "EmptyHeader", refusal);
  if (looks_like_framing(name) || field_id(name) != FieldId::other) return leave_out(limits, desync, Class::ambiguous, "SuspiciousHeader", refusal);
  if (!is_token(name)) return leave_out(limits, desync, Class::acceptable, "NonCompliantHeader", refusal);
  if (odd(limits, desync, Class::acceptable, "NonCompliantHeader", refusal, "field.malformed") != Parsed::complete) return Parsed::refused;
  desync.has_odd_name = true;
  return add_field({.name = name, .value = {}}, limits, fields, desync, refusal);
}

/// One field line into `fields`, or left out of them where a tolerant reader meets a line that is none.
[[gnu::cold]] Parsed parse_field(std::string_view line, const Limits& limits, std::vector<Field>& fields, Desync& desync, Refusal& refusal) {
  using Class = Desync::Class;
  if (line.size() > limits.line) return refuse(refusal, 431, "field.too_long");
  const void* found = std::memchr(line.data(), ':', line.size());
  if (found == nullptr) {
    if (has_any(line, std::string_view("\0\r", 2))) {
      grade(desync, Class::severe, "BadHeader");
      return refuse(refusal, 400, "field.malformed");
    }
    if (line[0] == ' ' || line[0] == '\t') return parse_continuation(line, limits, fields, desync, refusal);
    grade(desync, Class::severe, "BadHeader");
    return refuse(refusal, 400, "field.malformed");
  }
  const size_t colon = static_cast<size_t>(static_cast<const char*>(found) - line.data());
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blank(line.substr(colon + 1));
  if (!is_token(name)) {
    if (has_any(name, std::string_view("\0\r\n", 3))) {
      grade(desync, Class::severe, "BadHeader");
      return refuse(refusal, 400, "field.malformed");
    }
    if (trim_blank(name).empty()) return leave_out(limits, desync, Class::ambiguous, "EmptyHeader", refusal);
    if (looks_like_framing(name)) return leave_out(limits, desync, Class::ambiguous, "SuspiciousHeader", refusal);
    return leave_out(limits, desync, Class::acceptable, "NonCompliantHeader", refusal);
  }
  if (!is_plain_name(name)) desync.has_odd_name = true;
  if (has_control(value)) {
    const bool cuts = has_any(value, std::string_view("\0\r\n", 3));
    grade(desync, cuts ? Class::severe : Class::acceptable, cuts ? "BadHeader" : "NonCompliantHeader");
    if (cuts || !limits.is_tolerant) return refuse(refusal, 400, "field.control_character");
  } else if (limits.is_tolerant && !is_ascii(value)) {
    grade(desync, Class::acceptable, "NonCompliantHeader");
  }
  return add_field({.name = name, .value = value}, limits, fields, desync, refusal);
}

Parsed parse_fields(std::string_view buffer, std::string_view& rest, const Limits& limits, std::vector<Field>& fields, Desync& desync, Refusal& refusal) {
  fields.clear();
  for (;;) {
    if (Field field; take_plain_field(rest, limits.line, field)) {
      if (static_cast<size_t>(rest.data() - buffer.data()) > limits.head) return refuse(refusal, 431, "head.too_large");
      if (const Parsed p = add_field(field, limits, fields, desync, refusal); p != Parsed::complete) return p;
      continue;
    }
    std::string_view line;
    const Parsed got = next_line(rest, line);
    if (got == Parsed::incomplete) return incomplete(buffer, limits, refusal);
    if (got == Parsed::refused) {
      grade(desync, Desync::Class::severe, "BadHeader");
      return refuse(refusal, 400, "field.control_character");
    }
    if (static_cast<size_t>(rest.data() - buffer.data()) > limits.head) return refuse(refusal, 431, "head.too_large");
    if (line.empty()) return Parsed::complete;
    if (const Parsed p = parse_field(line, limits, fields, desync, refusal); p != Parsed::complete) return p;
  }
}

bool lists(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    if (iequals(trim_blank(value.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

bool lists_only(std::string_view value, std::string_view word) {
  for (;;) {
    const size_t comma = value.find(',');
    if (!iequals(trim_blank(value.substr(0, comma)), word)) return false;
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

struct BodyFields {
  std::optional<uint64_t> length;
  bool chunked = false;
};

/// RFC 9112 6.3 with every ambiguity refused, or told: both framings (chunked counts), repeated or odd values.
Parsed read_framing(const Limits& limits, const std::vector<Field>& fields, int minor_version, BodyFields& body, Desync& desync, Refusal& refusal) {
  using Class = Desync::Class;
  for (const Field& field : fields) {
    if (field.id == FieldId::content_length) {
      uint64_t value = 0;
      const char* end = field.value.data() + field.value.size();
      const auto [stop, error] = std::from_chars(field.value.data(), end, value);
      if (error != std::errc() || stop != end) {
        grade(desync, Class::severe, "BadContentLength");
        return refuse(refusal, 400, "content_length.malformed");
      }
      if (body.length && *body.length != value) {
        grade(desync, Class::severe, "MultipleContentLength");
        return refuse(refusal, 400, "content_length.repeated");
      }
      if (body.length && odd(limits, desync, Class::ambiguous, "DuplicateContentLength", refusal, "content_length.repeated") != Parsed::complete) return Parsed::refused;
      body.length = value;
    } else if (field.id == FieldId::transfer_encoding) {
      if (limits.is_tolerant && iequals(field.value, "identity")) continue;
      const bool is_chunked = iequals(field.value, "chunked");
      if (!is_chunked && !lists_only(field.value, "chunked")) {
        grade(desync, Class::severe, "BadTransferEncoding");
        return refuse(refusal, 501, "transfer_encoding.unknown");
      }
      if (body.chunked || !is_chunked) {
        grade(desync, Class::severe, "MultipleTransferEncodingChunked");
        return refuse(refusal, 400, "transfer_encoding.repeated");
      }
      if (minor_version == 0) {
        grade(desync, Class::ambiguous, "UndefinedTransferEncodingSemantics");
        return refuse(refusal, 400, "transfer_encoding.in_http_1_0");
      }
      body.chunked = true;
    }
  }
  if (body.chunked && body.length) {
    if (odd(limits, desync, Class::ambiguous, "BothTeClPresent", refusal, "framing.both") != Parsed::complete) return Parsed::refused;
    body.length.reset();
  }
  return Parsed::complete;
}

bool stays_open(const std::vector<Field>& fields, int minor_version) {
  bool open = minor_version >= 1;
  for (const Field& field : fields) {
    if (field.id != FieldId::connection) continue;
    if (lists(field.value, "close")) return false;
    if (lists(field.value, "keep-alive")) open = true;
  }
  return open;
}

Parsed parse_version(std::string_view text, const Limits& limits, int& minor, Desync& desync, Refusal& refusal) {
  if (text == "HTTP/1.1" || text == "HTTP/1.0") {
    minor = text[7] - '0';
    return Parsed::complete;
  }
  const bool shaped = text.size() == 8 && text.starts_with("HTTP/");
  if (shaped && limits.is_tolerant && text[5] == '1' && text[6] == '.' && text[7] >= '2' && text[7] <= '9') {
    grade(desync, Desync::Class::acceptable, "NonCompliantVersion");
    minor = 1;
    return Parsed::complete;
  }
  grade(desync, Desync::Class::severe, "BadVersion");
  return shaped ? refuse(refusal, 505, "version.unsupported") : refuse(refusal, 400, "version.malformed");
}

/// `GET /path HTTP/1.1`. A tolerant reader takes the last space for the one before the version.
Parsed parse_request_line(std::string_view line, const Limits& limits, RequestHead& head, Refusal& refusal) {
  using Class = Desync::Class;
  const auto severe = [&](std::string_view reason) {
    grade(head.desync, Class::severe, reason);
    return refuse(refusal, 400, "line.malformed");
  };
  if (line.size() > limits.line) return refuse(refusal, 414, "line.too_long");
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == last && limits.is_tolerant && line.starts_with("GET /") && !has_any(line, std::string_view("\0\r", 2))) {
    grade(head.desync, Class::acceptable, "NonCompliantVersion");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1);
    head.minor_version = kOldest;
    return Parsed::complete;
  }
  if (first == std::string_view::npos || first == last) return severe("BadVersion");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (!is_token(head.method)) return severe("BadMethod");
  if (head.target.empty() || has_any(head.target, std::string_view("\0\r\n", 3))) return severe("BadUri");
  if (has_control(head.target) || head.target.find('\t') != std::string_view::npos) {
    if (odd(limits, head.desync, Class::ambiguous, "AmbiguousUri", refusal, "line.malformed") != Parsed::complete) return Parsed::refused;
  }
  if (head.target.find(' ') != std::string_view::npos) {
    if (odd(limits, head.desync, Class::acceptable, "SpaceInUri", refusal, "line.malformed") != Parsed::complete) return Parsed::refused;
  }
  return parse_version(line.substr(last + 1), limits, head.minor_version, head.desync, refusal);
}

/// A body where none is expected (desync guardian: GET and HEAD).
void grade_body_use(const BodyFields& body, RequestHead& head) {
  if (head.method != "GET" && head.method != "HEAD") return;
  if (body.chunked) grade(head.desync, Desync::Class::ambiguous, "UndefinedTransferEncodingSemantics");
  else if (body.length && *body.length == 0) grade(head.desync, Desync::Class::acceptable, "GetHeadZeroContentLength");
  else if (body.length) grade(head.desync, Desync::Class::ambiguous, "UndefinedContentLengthSemantics");
}

}  // namespace

FieldId field_id(std::string_view name) {
  const auto is = [&](std::string_view known, FieldId id) { return name.size() == known.size() && is_name(name, known) ? id : FieldId::other; };
  switch (name.size()) {
    case 2: return is("te", FieldId::te);
    case 4: return is("host", FieldId::host);
    case 6: return (name[0] | 0x20) == 'c' ? is("cookie", FieldId::cookie) : (name[0] | 0x20) == 's' ? is("server", FieldId::server) : is("expect", FieldId::expect);
    case 7: return (name[0] | 0x20) == 't' ? is("trailer", FieldId::trailer) : is("upgrade", FieldId::upgrade);
    case 10:
      switch (name[0] | 0x20) {
        case 'c': return is("connection", FieldId::connection);
        case 'k': return is("keep-alive", FieldId::keep_alive);
        case 'u': return is("user-agent", FieldId::user_agent);
        default: return is("set-cookie", FieldId::set_cookie);
      }
    case 14: return is("content-length", FieldId::content_length);
    case 15: return is("x-forwarded-for", FieldId::x_forwarded_for) == FieldId::other ? is("x-amzn-trace-id", FieldId::x_amzn_trace_id) : FieldId::x_forwarded_for;
    case 16: return (name[0] | 0x20) == 'x' ? is("x-forwarded-port", FieldId::x_forwarded_port) : is("proxy-connection", FieldId::proxy_connection);
    case 17: return (name[0] | 0x20) == 'x' ? is("x-forwarded-proto", FieldId::x_forwarded_proto) : is("transfer-encoding", FieldId::transfer_encoding);
    default: return FieldId::other;
  }
}

bool is_plain(std::string_view text) {
  const auto has_other = [](__m128i bytes) {
    const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // also what is not ASCII: negative here
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f))));
    return _mm_movemask_epi8(_mm_or_si128(low, marks)) != 0;
  };
  const auto eight = [](const char* at) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)); };
  const auto sixteen = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  constexpr size_t kWide = 16, kHalf = 8;
  const char* const end = text.data() + text.size();
  if (text.size() < kHalf) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  }
  if (text.size() < kWide) return !has_other(_mm_unpacklo_epi64(eight(text.data()), eight(end - kHalf)));
  for (const char* at = text.data(); at + kWide <= end; at += kWide) {
    if (has_other(sixteen(at))) return false;
  }
  return !has_other(sixteen(end - kWide));
}

std::optional<std::string_view> find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head, Refusal& refusal, size_t seen) {
  head.desync = {};
  if (seen > 3 && buffer.find(kEnd, seen - 3) == std::string_view::npos && buffer.find("\n\n", seen - 1) == std::string_view::npos) return incomplete(buffer, limits, refusal);
  std::string_view rest = buffer;
  if (!take_plain_request_line(rest, limits.line, head.method, head.target, head.minor_version)) {
    std::string_view line;
    const Parsed got = next_line(rest, line);
    if (got == Parsed::incomplete) return incomplete(buffer, limits, refusal);
    if (got == Parsed::refused) return refuse(refusal, 400, "line.malformed");
    if (const Parsed p = parse_request_line(line, limits, head, refusal); p != Parsed::complete) return p;
  }
  if (head.minor_version == kOldest) head.fields.clear();
  else if (const Parsed p = parse_fields(buffer, rest, limits, head.fields, head.desync, refusal); p != Parsed::complete) return p;
  BodyFields body;
  if (const Parsed p = read_framing(limits, head.fields, head.minor_version, body, head.desync, refusal); p != Parsed::complete) return p;
  grade_body_use(body, head);
  head.framing = body.chunked ? Framing::chunked : body.length.value_or(0) > 0 ? Framing::length : Framing::none;
  head.content_length = body.length.value_or(0);
  int hosts = 0;
  const Field *expect = nullptr, *upgrade = nullptr;
  bool upgrades = false;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::other) continue;
    if (field.id == FieldId::host) ++hosts;
    else if (field.id == FieldId::expect && expect == nullptr) expect = &field;
    else if (field.id == FieldId::upgrade) upgrade = &field;
    else if (field.id == FieldId::connection) upgrades = upgrades || lists(field.value, "upgrade");
  }
  if ((hosts > 1 && !limits.is_tolerant) || (hosts == 0 && head.minor_version == 1)) return refuse(refusal, 400, "host.not_exactly_one");
  head.keep_alive = stays_open(head.fields, head.minor_version);
  head.expects_continue = expect != nullptr && iequals(expect->value, "100-continue") && head.minor_version == 1;
  head.wants_upgrade = upgrades && upgrade != nullptr && head.minor_version == 1;  // RFC 9110 7.8
  head.size = buffer.size() - rest.size();
  return Parsed::complete;
}

Parsed parse_response(std::string_view buffer, const Limits& limits, bool to_head, ResponseHead& head, Refusal& refusal) {
  std::string_view rest = buffer, line;
  const Parsed got = next_line(rest, line);
  if (got == Parsed::incomplete) return incomplete(buffer, limits, refusal);
  if (got == Parsed::refused || line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return refuse(refusal, 502, "line.malformed");
  Desync desync;
  if (const Parsed p = parse_version(line.substr(0, 8), limits, head.minor_version, desync, refusal); p != Parsed::complete) return p;
  const auto [stop, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  if (error != std::errc() || stop != line.data() + 12 || head.status < 100) return refuse(refusal, 502, "status.malformed");
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  if (has_control(head.reason)) return refuse(refusal, 502, "line.malformed");
  if (const Parsed p = parse_fields(buffer, rest, limits, head.fields, desync, refusal); p != Parsed::complete) return p;
  BodyFields body;
  if (const Parsed p = read_framing(limits, head.fields, head.minor_version, body, desync, refusal); p != Parsed::complete) return p;
  const bool bodiless = to_head || head.status / 100 == 1 || head.status == 204 || head.status == 304;
  head.framing = bodiless         ? Framing::none
                 : body.chunked   ? Framing::chunked
                 : !body.length   ? Framing::until_close
                 : *body.length > 0 ? Framing::length
                                    : Framing::none;
  head.content_length = body.length.value_or(0);
  head.keep_alive = stays_open(head.fields, head.minor_version) && head.framing != Framing::until_close;
  head.size = buffer.size() - rest.size();
  return Parsed::complete;
}

ChunkReader::Step ChunkReader::next(std::string_view input) {
  const auto refused = [] { return Step{.is_refused = true}; };
  switch (state_) {
    case State::size: {
      const size_t end = input.find("\r\n");
      if (end == std::string_view::npos) return input.size() > kChunkLineLimit ? refused() : Step{};
      const std::string_view line = input.substr(0, end);
      const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
      const std::string_view rest = trim_blank(line.substr(static_cast<size_t>(stop - line.data())));
      const bool well_formed = error == std::errc() && (rest.empty() || rest[0] == ';') && !has_control(rest);
      if (!well_formed || end > kChunkLineLimit) return refused();
      state_ = left_ > 0 ? State::data : State::trailer;
      return {.consumed = end + 2, .is_plain = stop == line.data() + line.size(), .digits = line.substr(0, static_cast<size_t>(stop - line.data()))};
    }
    case State::data: {
      const size_t take = static_cast<size_t>(std::min<uint64_t>(left_, input.size()));
      left_ -= take;
      if (left_ == 0) state_ = State::data_end;
      return {.consumed = take, .data = input.substr(0, take)};
    }
    case State::data_end:
      if (input.size() < 2) return input.starts_with("\r") || input.empty() ? Step{} : refused();
      if (!input.starts_with("\r\n")) return refused();
      state_ = State::size;
      return {.consumed = 2};
    case State::trailer: {
      const size_t end = input.find("\r\n");
      if (end == std::string_view::npos) return input.size() > kTrailerLimit ? refused() : Step{};
      trailer_bytes_ += end;
      if (trailer_bytes_ > kTrailerLimit) return refused();
      if (end == 0) state_ = State::done;
      else if (input.substr(0, end).find(':') == std::string_view::npos) return refused();
      return {.consumed = end + 2, .is_done = end == 0, .is_plain = end == 0};
    }
    case State::done: return {.is_done = true};
  }
  return refused();
}

}  // namespace landfall::http::h1
