// Reads any bytes as a request to a load balancer, as tolerantly as it does, and writes it down for a target. Whatever was
// odd about it, what goes out must be one strict message with the same framing: nothing is smuggled. The rules and the
// cookies look at the same bytes.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "alb/forward.h"
#include "alb/stickiness.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

std::shared_ptr<const Snapshot> make_snapshot() {
  Config config;
  config.balancer.dns_name = "lb.example";
  const model::Action answer{.type = "fixed-response", .fixed_response = model::FixedResponse{"404", "text/plain", ""}};
  ListenerConfig listener{.listener = {.arn = "l", .port = 8080, .protocol = "HTTP", .default_actions = {answer}}, .certificates = {}, .rules = {}};
  listener.rules.push_back({.priority = 1, .conditions = {{.field = "host-header", .values = {"*.a.test", "b.test"}}, {.field = "path-pattern", .values = {"/x/*"}}}, .actions = {answer}});
  listener.rules.push_back({.priority = 2, .conditions = {{.field = "query-string", .query_strings = {{"k", "*v?"}}}, {.field = "http-header", .values = {"*b*"}, .http_header_name = "X-A"}}, .actions = {answer}});
  config.listeners.push_back(listener);
  auto made = Snapshot::compile(config, nullptr);
  if (!made) abort();
  return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::shared_ptr<const Snapshot> snapshot = make_snapshot();
  static const std::unique_ptr<char[]> room(new char[320 * 1024]);
  const std::string text(reinterpret_cast<const char*>(data), size);
  http::h1::RequestHead head, second;
  http::h1::Refusal refusal;
  if (http::h1::parse_request(text, {.is_tolerant = true}, head, refusal) != http::h1::Parsed::complete) return 0;
  const Listener& listener = *snapshot->listeners.at(8080);
  const FrontFacts facts{.client = {}, .client_port = 1, .listener_port = 8080};
  (void)listener.rules.match(request_view(head, facts));
  (void)find_cookie(head.fields, "AWSALB");
  (void)has_too_many_hops(head);
  const size_t written = write_request_head(room.get(), head, facts, *snapshot, listener, make_trace_root(1, 2));
  const std::string_view out(room.get(), written);
  const bool has_controls = head.desync.grade != http::h1::Desync::Class::compliant;  // control characters in values are passed on, as AWS does
  const auto parsed = http::h1::parse_request(out, {.line = 1 << 20, .head = 1 << 21, .fields = 400, .is_tolerant = has_controls}, second, refusal);
  const bool same = parsed == http::h1::Parsed::complete && second.size == written && second.framing == head.framing && second.content_length == head.content_length && second.method == head.method;
  if (!same) abort();
  for (const auto& field : second.fields) {
    if (field.id == http::h1::FieldId::transfer_encoding && head.framing != http::h1::Framing::chunked) abort();
  }
  return 0;
}
