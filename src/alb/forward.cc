#include "alb/forward.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::alb {
namespace {

using http::h1::Field;
using http::h1::Framing;
using http::h1::RequestHead;
using http::h1::ResponseHead;

constexpr int kMaxForwardedAddresses = 30;

bool is_hop_by_hop(std::string_view name) {
  static constexpr std::array<std::string_view, 9> names{"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect"};
  return std::ranges::any_of(names, [&](std::string_view n) { return iequals(n, name); });
}

/// Named by a Connection field: meant for the next hop only (RFC 9110 7.6.1).
bool is_named_by_connection(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (!iequals(field.name, "connection")) continue;
    for (const std::string& option : split(field.value, ',')) {
      if (iequals(trim(option), name)) return true;
    }
  }
  return false;
}

bool is_replaced(std::string_view name) {
  return iequals(name, "host") || iequals(name, "x-forwarded-for") || iequals(name, "x-forwarded-proto") || iequals(name, "x-forwarded-port") || iequals(name, "x-amzn-trace-id");
}

/// Authority of an absolute-form target; empty for the other forms.
std::string_view absolute_host(std::string_view target) {
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target[0] == '/' || target.find_first_of("/?") != scheme + 1) return {};
  const std::string_view rest = target.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?"));
}

std::string host_field(const RequestHead& head, const FrontFacts& facts, const model::LoadBalancer& balancer) {
  // An absolute-form target's host replaces the field (RFC 9112 3.2.2): rules and target must see the same one.
  const std::string_view named = absolute_host(head.target);
  const std::string given(!named.empty() ? named : http::h1::find(head.fields, "host").value_or(balancer.dns_name));
  if (model::load_balancer_attribute(balancer, "routing.http.preserve_host_header.enabled") == "true") return given;
  std::string host = lower(given);
  const size_t colon = host.find(':');
  if (facts.listener_port == 80 || facts.listener_port == 443) return host.substr(0, colon);
  return colon == std::string::npos ? fmt::format("{}:{}", host, facts.listener_port) : host;
}

std::string forwarded_for(const RequestHead& head, const FrontFacts& facts, const model::LoadBalancer& balancer) {
  const std::string mode = model::load_balancer_attribute(balancer, "routing.http.xff_header_processing.mode");
  const auto before = http::h1::find(head.fields, "x-forwarded-for");
  if (mode == "remove") return "";
  if (mode == "preserve") return std::string(before.value_or(""));
  std::string client = facts.client_address;
  if (model::load_balancer_attribute(balancer, "routing.http.xff_client_port.enabled") == "true") client += ":" + std::to_string(facts.client_port);
  return before && !before->empty() ? fmt::format("{}, {}", *before, client) : client;
}

/// ALB user guide, Request tracing: a Root is kept and the balancer adds or replaces Self.
std::string trace_id(const RequestHead& head, const FrontFacts& facts) {
  const auto before = http::h1::find(head.fields, "x-amzn-trace-id");
  if (!before || before->find("Root=") == std::string_view::npos) return "Root=" + facts.trace_root;
  std::string rest;
  for (const std::string& part : split(*before, ';')) {
    if (!part.starts_with("Self=") && !part.empty()) rest += ";" + part;
  }
  return "Self=" + facts.trace_root + rest;
}

}  // namespace

model::RequestLine request_line(const RequestHead& head, const FrontFacts& facts, bool with_headers) {
  model::RequestLine line{.host = std::string(http::h1::find(head.fields, "host").value_or("")), .method = std::string(head.method), .source_ip = facts.client_address};
  std::string_view target = head.target;
  if (const std::string_view host = absolute_host(target); !host.empty()) {
    line.host = host;
    target.remove_prefix(static_cast<size_t>(host.data() - target.data()) + host.size());
  }
  const size_t mark = target.find('?');
  line.path = mark == 0 || target.empty() ? "/" : target.substr(0, mark);
  if (mark != std::string_view::npos) line.query = target.substr(mark + 1);
  if (with_headers) for (const Field& field : head.fields) line.headers.emplace_back(field.name, field.value);
  return line;
}

std::string request_head(const RequestHead& head, const FrontFacts& facts, const model::LoadBalancer& balancer) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", head.method, head.target, host_field(head, facts, balancer));
  const bool drops_invalid = model::load_balancer_attribute(balancer, "routing.http.drop_invalid_header_fields.enabled") == "true";
  for (const Field& field : head.fields) {
    if (is_hop_by_hop(field.name) || is_replaced(field.name) || is_named_by_connection(head.fields, field.name)) continue;
    const bool plain = std::ranges::all_of(field.name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
    if (drops_invalid && !plain) continue;
    text += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  if (const std::string hops = forwarded_for(head, facts, balancer); !hops.empty()) text += fmt::format("X-Forwarded-For: {}\r\n", hops);
  text += fmt::format("X-Forwarded-Proto: {}\r\nX-Forwarded-Port: {}\r\nX-Amzn-Trace-Id: {}\r\n", facts.is_tls ? "https" : "http", facts.listener_port, trace_id(head, facts));
  if (head.framing == Framing::chunked) text += "Transfer-Encoding: chunked\r\n";
  else if (const auto length = http::h1::find(head.fields, "content-length")) text += fmt::format("Content-Length: {}\r\n", *length);
  if (head.wants_upgrade) text += fmt::format("Connection: upgrade\r\nUpgrade: {}\r\n", *http::h1::find(head.fields, "upgrade"));
  return text + "\r\n";
}

std::string response_head(const ResponseHead& head, bool keep_alive, bool chunk_it, bool is_upgrade) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", head.status, head.reason);
  for (const Field& field : head.fields) {
    if (iequals(field.name, "content-length") && !chunk_it) text += fmt::format("Content-Length: {}\r\n", field.value);
    if (is_hop_by_hop(field.name) || is_named_by_connection(head.fields, field.name)) continue;
    text += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  if (head.framing == Framing::chunked || chunk_it) text += "Transfer-Encoding: chunked\r\n";
  if (is_upgrade) return text + fmt::format("Connection: upgrade\r\nUpgrade: {}\r\n\r\n", http::h1::find(head.fields, "upgrade").value_or(""));
  return text + (keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

bool has_too_many_hops(const RequestHead& head) {
  const auto hops = http::h1::find(head.fields, "x-forwarded-for");
  return hops && std::ranges::count(*hops, ',') + 1 > kMaxForwardedAddresses;
}

}  // namespace landfall::alb
