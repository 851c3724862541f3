#include "http/h1_head.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace landfall::http::h1 {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";
constexpr size_t kChunkLineLimit = 1024;
constexpr size_t kTrailerLimit = 16 * 1024;

/// RFC 9110 5.6.2.
constexpr bool is_token_char(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

struct TokenTable {
  bool ok[256]{};
  constexpr TokenTable() {
    for (int c = 0; c < 256; ++c) ok[c] = is_token_char(static_cast<unsigned char>(c));
  }
};
constexpr TokenTable kToken;

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return kToken.ok[static_cast<unsigned char>(c)]; });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
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

/// Where the head ends, or why it cannot; shared by requests and responses.
Parsed find_end(std::string_view buffer, const Limits& limits, size_t& end, Refusal& refusal) {
  const size_t at = buffer.find(kEnd);
  if (at == std::string_view::npos) {
    if (buffer.size() > limits.head) return refuse(refusal, 431, "head.too_large");
    const size_t first = buffer.find("\r\n");
    if (first == std::string_view::npos && buffer.size() > limits.line) return refuse(refusal, 414, "line.too_long");
    return Parsed::incomplete;
  }
  end = at + kEnd.size();
  return end > limits.head ? refuse(refusal, 431, "head.too_large") : Parsed::complete;
}

Parsed parse_fields(std::string_view lines, const Limits& limits, std::vector<Field>& fields, Refusal& refusal) {
  fields.clear();
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    if (line.size() > limits.line) return refuse(refusal, 431, "field.too_long");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return refuse(refusal, 400, "field.malformed");
    const std::string_view value = trim_blank(line.substr(colon + 1));
    if (has_control(value)) return refuse(refusal, 400, "field.control_character");
    if (fields.size() == limits.fields) return refuse(refusal, 431, "fields.too_many");
    fields.push_back({.name = line.substr(0, colon), .value = value});
  }
  return Parsed::complete;
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

struct BodyFields {
  std::optional<uint64_t> length;
  bool chunked = false;
};

/// RFC 9112 6.3 with every ambiguity refused: both framings, repeated or odd values.
Parsed read_framing(const std::vector<Field>& fields, int minor_version, BodyFields& body, Refusal& refusal) {
  for (const Field& field : fields) {
    if (iequals(field.name, "content-length")) {
      uint64_t value = 0;
      const char* end = field.value.data() + field.value.size();
      const auto [stop, error] = std::from_chars(field.value.data(), end, value);
      if (error != std::errc() || stop != end) return refuse(refusal, 400, "content_length.malformed");
      if (body.length) return refuse(refusal, 400, "content_length.repeated");
      body.length = value;
    } else if (iequals(field.name, "transfer-encoding")) {
      if (body.chunked) return refuse(refusal, 400, "transfer_encoding.repeated");
      if (!iequals(field.value, "chunked")) return refuse(refusal, 501, "transfer_encoding.unknown");
      if (minor_version == 0) return refuse(refusal, 400, "transfer_encoding.in_http_1_0");
      body.chunked = true;
    }
  }
  if (body.chunked && body.length) return refuse(refusal, 400, "framing.both");
  return Parsed::complete;
}

bool stays_open(const std::vector<Field>& fields, int minor_version) {
  bool open = minor_version >= 1;
  for (const Field& field : fields) {
    if (!iequals(field.name, "connection")) continue;
    if (lists(field.value, "close")) return false;
    if (lists(field.value, "keep-alive")) open = true;
  }
  return open;
}

Parsed parse_version(std::string_view text, int& minor, Refusal& refusal) {
  if (text == "HTTP/1.1" || text == "HTTP/1.0") {
    minor = text[7] - '0';
    return Parsed::complete;
  }
  const bool shaped = text.size() == 8 && text.starts_with("HTTP/");
  return shaped ? refuse(refusal, 505, "version.unsupported") : refuse(refusal, 400, "version.malformed");
}

}  // namespace

std::optional<std::string_view> find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head, Refusal& refusal) {
  size_t end = 0;
  if (const Parsed found = find_end(buffer, limits, end, refusal); found != Parsed::complete) return found;
  const size_t line_end = buffer.find("\r\n");
  const std::string_view line = buffer.substr(0, line_end);
  if (line.size() > limits.line) return refuse(refusal, 414, "line.too_long");
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(refusal, 400, "line.malformed");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const bool target_ok = !head.target.empty() && std::ranges::none_of(head.target, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
  if (!is_token(head.method) || !target_ok) return refuse(refusal, 400, "line.malformed");
  if (const Parsed p = parse_version(line.substr(last + 1), head.minor_version, refusal); p != Parsed::complete) return p;
  const size_t fields_size = end - 2 - (line_end + 2);
  if (const Parsed p = parse_fields(buffer.substr(line_end + 2, fields_size), limits, head.fields, refusal); p != Parsed::complete) return p;
  BodyFields body;
  if (const Parsed p = read_framing(head.fields, head.minor_version, body, refusal); p != Parsed::complete) return p;
  head.framing = body.chunked ? Framing::chunked : body.length.value_or(0) > 0 ? Framing::length : Framing::none;
  head.content_length = body.length.value_or(0);
  const auto hosts = std::ranges::count_if(head.fields, [](const Field& f) { return iequals(f.name, "host"); });
  if (hosts > 1 || (hosts == 0 && head.minor_version == 1)) return refuse(refusal, 400, "host.not_exactly_one");
  head.keep_alive = stays_open(head.fields, head.minor_version);
  const auto expect = find(head.fields, "expect");
  head.expects_continue = expect && iequals(*expect, "100-continue") && head.minor_version == 1;
  const auto connection = find(head.fields, "connection");
  head.wants_upgrade = connection && lists(*connection, "upgrade") && find(head.fields, "upgrade").has_value();
  head.size = end;
  return Parsed::complete;
}

Parsed parse_response(std::string_view buffer, const Limits& limits, bool to_head, ResponseHead& head, Refusal& refusal) {
  size_t end = 0;
  if (const Parsed found = find_end(buffer, limits, end, refusal); found != Parsed::complete) return found;
  const size_t line_end = buffer.find("\r\n");
  const std::string_view line = buffer.substr(0, line_end);
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return refuse(refusal, 502, "line.malformed");
  if (const Parsed p = parse_version(line.substr(0, 8), head.minor_version, refusal); p != Parsed::complete) return p;
  const auto [stop, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  if (error != std::errc() || stop != line.data() + 12 || head.status < 100) return refuse(refusal, 502, "status.malformed");
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  if (has_control(head.reason)) return refuse(refusal, 502, "line.malformed");
  const size_t fields_size = end - 2 - (line_end + 2);
  if (const Parsed p = parse_fields(buffer.substr(line_end + 2, fields_size), limits, head.fields, refusal); p != Parsed::complete) return p;
  BodyFields body;
  if (const Parsed p = read_framing(head.fields, head.minor_version, body, refusal); p != Parsed::complete) return p;
  const bool bodiless = to_head || head.status / 100 == 1 || head.status == 204 || head.status == 304;
  head.framing = bodiless         ? Framing::none
                 : body.chunked   ? Framing::chunked
                 : !body.length   ? Framing::until_close
                 : *body.length > 0 ? Framing::length
                                    : Framing::none;
  head.content_length = body.length.value_or(0);
  head.keep_alive = stays_open(head.fields, head.minor_version) && head.framing != Framing::until_close;
  head.size = end;
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
      return {.consumed = end + 2};
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
      return {.consumed = end + 2, .is_done = end == 0};
    }
    case State::done: return {.is_done = true};
  }
  return refused();
}

}  // namespace landfall::http::h1
