// Heads between HTTP/1.1 and HTTP/2. Any bytes are read as a request, written for a target of HTTP/1.1 and from that for one of
// HTTP/2: the same method, path and host, names in lower case, nothing that belongs to one connection. The same bytes as fields of
// a target's answer give a head that tells no length but a number's, or none.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "alb/field_block.h"
#include "alb/forward.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

std::shared_ptr<const Snapshot> make_snapshot() {
  Config config;
  config.balancer.dns_name = "lb.example";
  const model::Action answer{.type = "fixed-response", .fixed_response = model::FixedResponse{"404", "text/plain", ""}};
  config.listeners.push_back({.listener = {.arn = "l", .port = 8080, .protocol = "HTTP", .default_actions = {answer}}, .certificates = {}, .rules = {}});
  auto made = Snapshot::compile(config, nullptr);
  if (!made) abort();
  return *made;
}

void require(bool holds) {
  if (!holds) abort();
}

void check_request(const std::string& text) {
  static const std::shared_ptr<const Snapshot> snapshot = make_snapshot();
  static const std::unique_ptr<char[]> room(new char[320 * 1024]);
  http::h1::RequestHead head;
  http::h1::Refusal refusal;
  if (http::h1::parse_request(text, {.is_tolerant = true}, head, refusal) != http::h1::Parsed::complete) return;
  const FrontFacts facts{.client = {}, .client_port = 1, .listener_port = 8080};
  const size_t written = write_request_head(room.get(), head, facts, *snapshot, *snapshot->listeners.at(8080), make_trace_root(1, 2));
  FieldBlock fields;
  write_http2_request(fields, {room.get(), written}, true, true);
  require(fields.at(0).first == ":method" && fields.at(0).second == head.method);
  require(fields.at(1).first == ":scheme" && fields.at(2).first == ":path" && fields.at(3).first == ":authority");
  require(fields.at(2).second.find_first_of(" \r\n") == std::string_view::npos);
  for (size_t i = 4; i < fields.count(); ++i) {
    const auto [name, value] = fields.at(i);
    require(!name.empty() && std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }));
    require(name != "host" && name != "connection" && name != "transfer-encoding" && name != "upgrade");
    require(value.find_first_of("\r\n") == std::string_view::npos);
  }
}

/// A line for each field: name, '=', value.
void check_response(const std::string& text) {
  FieldBlock fields({.bytes = 32 * 1024, .value = 32 * 1024, .fields = 200});
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const size_t equals = std::min(line.find('='), line.size());
    fields.add_lower(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    at = end + 1;
  }
  http::h1::ResponseHead head;
  for (const bool to_head : {false, true}) {
    if (!read_http2_response(fields, to_head, false, head)) continue;
    require(head.status >= 100 && head.status <= 999 && head.fields.size() <= fields.count());
    require(!to_head || head.framing == http::h1::Framing::none);
    require(std::ranges::none_of(head.fields, [](const auto& field) { return field.name.starts_with(':'); }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_request(text);
  check_response(text);
  return 0;
}
