#include "alb/field_block.h"

#include <charconv>
#include <span>

#include "base/text.h"

namespace landfall::alb {
namespace {

using http::h1::FieldId;
using http::h1::Framing;

/// Up to `end`, which is taken off as well.
std::string_view cut(std::string_view& text, std::string_view end) {
  const size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  return part;
}

bool is_of_connection(FieldId id) { return id == FieldId::connection || id == FieldId::transfer_encoding || id == FieldId::upgrade; }

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

void FieldBlock::add(std::string_view name, std::string_view value) {
  if (is_too_large_ || value.size() > limits_.value || text_.size() + name.size() + value.size() > limits_.bytes || spans_.size() >= limits_.fields) {
    is_too_large_ = true;
    return;
  }
  const auto at = static_cast<uint32_t>(text_.size()), middle = at + static_cast<uint32_t>(name.size());
  text_.append(name).append(value);
  spans_.push_back({at, middle, middle + static_cast<uint32_t>(value.size())});
}

void FieldBlock::add_lower(std::string_view name, std::string_view value) {
  const size_t at = text_.size();
  add(name, value);
  if (is_too_large_) return;
  for (char& c : std::span(text_).subspan(at, name.size())) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::pair<std::string_view, std::string_view> FieldBlock::at(size_t index) const {
  const Span& span = spans_[index];
  const std::string_view all = text_;
  return {all.substr(span.name, span.value - span.name), all.substr(span.value, span.end - span.value)};
}

std::string_view FieldBlock::find(std::string_view name) const {
  for (size_t i = 0; i < spans_.size(); ++i) {
    if (at(i).first == name) return at(i).second;
  }
  return {};
}

void FieldBlock::clear() {
  std::string().swap(text_);
  spans_ = {};
  is_too_large_ = false;
}

void write_http2_request(FieldBlock& into, std::string_view http1_head, bool is_tls, bool takes_trailers) {
  std::string_view line = cut(http1_head, "\r\n"), authority;
  into.add(":method", cut(line, " "));
  into.add(":scheme", is_tls ? "https" : "http");
  into.add(":path", line.substr(0, line.rfind(' ')));
  for (std::string_view rest = http1_head; !rest.empty();) {
    std::string_view field = cut(rest, "\r\n");
    if (cut(field, ": ") == "Host" && authority.empty()) authority = field;
  }
  into.add(":authority", authority);
  while (!http1_head.empty()) {
    std::string_view value = cut(http1_head, "\r\n");
    const std::string_view name = cut(value, ": ");
    const FieldId id = http::h1::field_id(name);
    if (!name.empty() && id != FieldId::host && !is_of_connection(id)) into.add_lower(name, value);
  }
  if (takes_trailers) into.add("te", "trailers");
}

bool read_http2_response(const FieldBlock& fields, bool to_head, bool is_last, http::h1::ResponseHead& head) {
  head.fields.clear();
  head.reason = {};
  head.status = 0;
  head.minor_version = 1;
  head.size = fields.bytes();
  head.content_length = 0;
  head.keep_alive = true;
  bool has_length = false;
  for (size_t i = 0; i < fields.count(); ++i) {
    const auto [name, value] = fields.at(i);
    if (name == ":status" && (value.size() != 3 || !read_number(value, head.status))) return false;
    if (name.starts_with(':')) continue;
    const FieldId id = http::h1::field_id(name);
    if (id == FieldId::content_length) {
      if (!read_number(value, head.content_length)) return false;
      has_length = true;
    }
    head.fields.push_back({.name = name, .value = value, .id = id});
  }
  const bool has_none = is_last || to_head || head.status == 204 || head.status == 304;
  head.framing = has_none ? Framing::none : has_length ? Framing::length : Framing::until_close;
  return !fields.is_too_large() && head.status >= 100;
}

bool is_grpc_type(std::string_view content_type) {
  constexpr std::string_view kType = "application/grpc";
  if (!iequals(content_type.substr(0, kType.size()), kType)) return false;
  const std::string_view rest = content_type.substr(kType.size());
  return rest.empty() || rest[0] == '+' || rest[0] == ';' || rest[0] == ' ';
}

}  // namespace landfall::alb
