#include "alb/forward.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <string>

#include "alb/mutual_tls.h"
#include "alb/tls_session.h"
#include "base/text.h"
#include "http/h1_scan.h"

namespace landfall::alb {
namespace {

using http::h1::Field;
using http::h1::FieldId;
using http::h1::Framing;
using http::h1::RequestHead;
using http::h1::ResponseHead;

constexpr int kMaxForwardedAddresses = 30;

struct Octet {
  char digits[3];
  uint8_t size;
};
struct Octets {
  Octet all[256]{};
  constexpr Octets() {
    for (int i = 0; i < 256; ++i) {
      Octet& octet = all[i];
      if (i >= 100) octet.digits[octet.size++] = static_cast<char>('0' + i / 100);
      if (i >= 10) octet.digits[octet.size++] = static_cast<char>('0' + i / 10 % 10);
      octet.digits[octet.size++] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr Octets kOctets;

bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::connection: case FieldId::keep_alive: case FieldId::proxy_connection: case FieldId::te: case FieldId::trailer:
    case FieldId::transfer_encoding: case FieldId::upgrade: case FieldId::content_length: case FieldId::expect: return true;
    default: return false;
  }
}

bool names_fields(std::string_view connection) { return !iequals(connection, "keep-alive") && !iequals(connection, "close") && !connection.empty(); }

/// Named by a Connection field: meant for the next hop only (RFC 9110 7.6.1).
bool is_named_by_connection(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::connection) continue;
    for (const std::string& option : split(field.value, ',')) {
      if (iequals(trim(option), name)) return true;
    }
  }
  return false;
}

bool has_options(const std::vector<Field>& fields) {
  return std::ranges::any_of(fields, [](const Field& field) { return field.id == FieldId::connection && names_fields(field.value); });
}

const Field* first(const std::vector<Field>& fields, FieldId id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

/// As the client sent them, all of them. False: there are none.
bool keep_hosts(Writer& out, const std::vector<Field>& fields) {
  bool any = false;
  for (const Field& field : fields) {
    if (field.id != FieldId::host) continue;
    out.field("Host", field.value);
    any = true;
  }
  return any;
}

/// ALB user guide, Host header preservation: without it an absolute-form target's host replaces the field, and of several the
/// first is sent.
void write_host(Writer& out, const RequestHead& head, const FrontFacts& facts, const Snapshot& snapshot) {
  if (snapshot.options.preserves_host && keep_hosts(out, head.fields)) return;
  const std::string_view named = absolute_host(head.target);
  const Field* field = first(head.fields, FieldId::host);
  const std::string_view given = !named.empty() ? named : field != nullptr ? field->value : std::string_view(snapshot.config.balancer.dns_name);
  out.text("Host: ");
  if (snapshot.options.preserves_host) {
    out.text(given);
  } else {
    const bool plain_port = facts.listener_port == 80 || facts.listener_port == 443;
    const size_t colon = given.find(':');
    const std::string_view host = plain_port ? given.substr(0, colon) : given;
    out.lower(host);
    if (!plain_port && colon == std::string_view::npos) {
      out.text(":");
      out.number(static_cast<uint64_t>(facts.listener_port));
    }
  }
  out.text("\r\n");
}

/// A raw space could end the target for another reader: it goes out as %20.
void write_target(Writer& out, std::string_view target) {
  if (target.find_first_of(" \t") == std::string_view::npos) return out.text(target);
  for (const char c : target) {
    if (c == ' ' || c == '\t') out.text(c == ' ' ? "%20" : "%09");
    else *out.at++ = c;
  }
}

void write_forwarded_for(Writer& out, const RequestHead& head, const FrontFacts& facts, const Options& options) {
  if (options.forwarded_for == ForwardedFor::remove) return;
  bool any = false;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::x_forwarded_for || field.value.empty()) continue;
    out.text(any ? ", " : "X-Forwarded-For: ");
    out.text(field.value);
    any = true;
  }
  if (options.forwarded_for == ForwardedFor::append) {
    out.text(any ? ", " : "X-Forwarded-For: ");
    any = true;
    out.ip(facts.client);
    if (options.tells_client_port) {
      out.text(":");
      out.number(facts.client_port);
    }
  }
  if (any) out.text("\r\n");
}

/// One that we add.
void write_added(Writer& out, const FrontFacts& facts, std::string_view name, std::string_view value) {
  if (!facts.is_http2) return out.field(name, value);
  out.lower(name);
  out.text(": ");
  out.text(value);
  out.text("\r\n");
}

/// One of a head's fields: called for each of them, so it is written where it is called.
[[gnu::always_inline]] inline void pass_on(Writer& out, const Field& field) {
  out.text(field.name);
  out.text(": ");
  out.text(field.value);
  out.text("\r\n");
}

/// A field's name, unless the listener gives it another.
std::string_view name_of(const Listener& listener, std::string_view attribute, std::string_view standard) {
  if (listener.request_names.empty()) return standard;
  const auto found = listener.request_names.find("routing.http.request." + std::string(attribute) + ".header_name");
  return found == listener.request_names.end() ? standard : std::string_view(found->second);
}

/// Fields of X-Amzn-Mtls-… with the listener's attributes that rename them (API, ListenerAttribute).
struct MutualField {
  std::string_view attribute, name;
  std::string ClientCertificate::* value;
  bool is_verified;  ///< of a certificate that was checked; else of a chain that is passed through
};
constexpr MutualField kMutualFields[] = {
    {"x_amzn_mtls_clientcert", "X-Amzn-Mtls-Clientcert", &ClientCertificate::chain, false},
    {"x_amzn_mtls_clientcert_serial_number", "X-Amzn-Mtls-Clientcert-Serial-Number", &ClientCertificate::serial_number, true},
    {"x_amzn_mtls_clientcert_issuer", "X-Amzn-Mtls-Clientcert-Issuer", &ClientCertificate::issuer, true},
    {"x_amzn_mtls_clientcert_subject", "X-Amzn-Mtls-Clientcert-Subject", &ClientCertificate::subject, true},
    {"x_amzn_mtls_clientcert_validity", "X-Amzn-Mtls-Clientcert-Validity", &ClientCertificate::validity, true},
    {"x_amzn_mtls_clientcert_leaf", "X-Amzn-Mtls-Clientcert-Leaf", &ClientCertificate::leaf, true},
};

/// Only the balancer tells who the client is.
bool is_mutual_field(const Listener& listener, std::string_view name) {
  return std::ranges::any_of(kMutualFields, [&](const MutualField& field) { return iequals(name, name_of(listener, field.attribute, field.name)) || iequals(name, field.name); });
}

void write_certificate(Writer& out, const FrontFacts& facts, const Listener& listener) {
  const bool is_verified = listener.config.listener.mutual_authentication.mode == "verify";
  for (const MutualField& field : kMutualFields) {
    if (field.is_verified == is_verified) write_added(out, facts, name_of(listener, field.attribute, field.name), (*facts.certificate).*field.value);
  }
}

/// Only the balancer tells who the user is.
bool is_identity_field(std::string_view name) {
  constexpr std::string_view kStart = "x-amzn-oidc-";
  return iequals(name.substr(0, kStart.size()), kStart);
}

void write_identity(Writer& out, const UserIdentity& identity) {
  out.field("x-amzn-oidc-accesstoken", identity.access_token);
  out.field("x-amzn-oidc-identity", identity.subject);
  out.field("x-amzn-oidc-data", identity.data);
}

void write_tls(Writer& out, const FrontFacts& facts, const Listener& listener) {
  write_added(out, facts, name_of(listener, "x_amzn_tls_version", "X-Amzn-Tls-Version"), facts.tls->version());
  write_added(out, facts, name_of(listener, "x_amzn_tls_cipher_suite", "X-Amzn-Tls-Cipher-Suite"), facts.tls->cipher());
}

/// A number's hexadecimal digits, the highest first, as nibbles from the lowest up.
uint32_t in_order(uint32_t number) { return __builtin_bswap32(((number >> 4) & 0x0f0f0f0fu) | ((number & 0x0f0f0f0fu) << 4)); }

}  // namespace

std::string_view absolute_host(std::string_view target) {
  if (target.empty() || target[0] == '/') return {};
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target.find_first_of("/?") != scheme + 1) return {};
  const std::string_view rest = target.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?"));
}

void Writer::number(uint64_t value) {
  if (value >= 100'000) {
    at = std::to_chars(at, at + 20, value).ptr;
    return;
  }
  auto rest = static_cast<uint32_t>(value);
  const int count = 1 + (rest >= 10) + (rest >= 100) + (rest >= 1000) + (rest >= 10'000);
  for (int i = count - 1; i >= 0; --i, rest /= 10) at[i] = static_cast<char>('0' + rest % 10);
  at += count;
}

void Writer::ip(in_addr address) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&address.s_addr);
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *at++ = '.';
    const Octet& octet = kOctets.all[bytes[i]];
    std::memcpy(at, octet.digits, sizeof octet.digits);
    at += octet.size;
  }
}

void Writer::field(std::string_view name, std::string_view value) {
  text(name);
  text(": ");
  text(value);
  text("\r\n");
}

TraceRoot make_trace_root(uint64_t high, uint64_t low) {
  TraceRoot root;
  char* at = root.text;
  *at++ = '1';
  *at++ = '-';
  const auto spread = [&](uint32_t number) {  // eight digits at once: a nibble to each byte, then to its digit
    uint64_t bytes = number;
    bytes = ((bytes & 0xffff0000ull) << 16) | (bytes & 0xffffull);
    bytes = ((bytes << 8) | bytes) & 0x00ff00ff00ff00ffull;
    bytes = ((bytes << 4) | bytes) & 0x0f0f0f0f0f0f0f0full;
    const uint64_t above_nine = ((bytes + 0x0606060606060606ull) >> 4) & 0x0101010101010101ull;
    bytes += 0x3030303030303030ull + above_nine * ('a' - '0' - 10);
    std::memcpy(at, &bytes, 8);
    at += 8;
  };
  spread(in_order(static_cast<uint32_t>(time(nullptr))));
  *at++ = '-';
  spread(static_cast<uint32_t>(high >> 32));
  spread(static_cast<uint32_t>(high));
  spread(static_cast<uint32_t>(low));
  return root;
}

RequestView request_view(const RequestHead& head, const FrontFacts& facts) {
  const Field* host = first(head.fields, FieldId::host);
  RequestView view{.host = host != nullptr ? host->value : std::string_view(), .path = "/", .query = {}, .method = head.method, .source = facts.client, .fields = &head.fields, .may_hide = facts.is_http2 || head.desync.grade != http::h1::Desync::Class::compliant};
  std::string_view target = head.target;
  if (const std::string_view named = absolute_host(target); !named.empty()) {
    view.host = named;
    target.remove_prefix(static_cast<size_t>(named.data() - target.data()) + named.size());
  }
  view.host = view.host.substr(0, view.host.find(':'));
  const size_t mark = target.find('?');
  if (mark != 0 && !target.empty()) view.path = target.substr(0, mark);
  if (mark != std::string_view::npos) view.query = target.substr(mark + 1);
  return view;
}

/// ALB user guide, Request tracing.
std::string trace_id(const RequestHead& head, const TraceRoot& trace) {
  const Field* before = first(head.fields, FieldId::x_amzn_trace_id);
  size_t size = 0;
  for (const Field& field : head.fields) size += field.name.size() + field.value.size() + 4;
  if (before == nullptr || before->value.find("Root=") == std::string_view::npos || size > 7 * 1024) return "Root=" + std::string(trace.view());
  std::string text = "Self=" + std::string(trace.view());
  for (const std::string& part : split(before->value, ';')) {
    if (!part.starts_with("Self=") && !part.empty()) text += ";" + part;
  }
  return text;
}

size_t write_request_head(char* into, const RequestHead& head, const FrontFacts& facts, const Snapshot& snapshot, const Listener& listener, const TraceRoot& trace, const UserIdentity* identity) {
  Writer out{into};
  out.text(head.method);
  out.text(" ");
  write_target(out, head.target);
  out.text(" HTTP/1.1\r\n");
  write_host(out, head, facts, snapshot);
  const bool has_named = has_options(head.fields);
  const bool drops_names = snapshot.options.drops_invalid_fields && head.desync.has_odd_name;
  bool has_trace = false;
  const bool writes_tls = snapshot.options.tells_tls && facts.tls != nullptr;
  const bool is_mutual = listener.config.listener.mutual_authentication.mode != "off";
  for (const Field& field : head.fields) {
    switch (field.id) {
      case FieldId::host: case FieldId::x_forwarded_for: case FieldId::x_forwarded_proto: case FieldId::x_forwarded_port: continue;
      case FieldId::x_amzn_trace_id: has_trace = true; continue;
      default: break;
    }
    if (is_hop_by_hop(field.id)) continue;
    if (has_named && is_named_by_connection(head.fields, field.name)) continue;
    if (drops_names && !http::h1::is_plain_name(field.name)) continue;
    if (writes_tls && (iequals(field.name, "x-amzn-tls-version") || iequals(field.name, "x-amzn-tls-cipher-suite"))) continue;
    if (is_mutual && is_mutual_field(listener, field.name)) continue;
    if (listener.has_logins && is_identity_field(field.name)) continue;
    pass_on(out, field);
  }
  write_forwarded_for(out, head, facts, snapshot.options);
  out.text(facts.is_tls ? "X-Forwarded-Proto: https\r\nX-Forwarded-Port: " : "X-Forwarded-Proto: http\r\nX-Forwarded-Port: ");
  out.number(static_cast<uint64_t>(facts.listener_port));
  if (has_trace) {
    out.text("\r\n");
    out.field("X-Amzn-Trace-Id", trace_id(head, trace));
  } else {
    out.text("\r\nX-Amzn-Trace-Id: Root=");
    out.text(trace.view());
    out.text("\r\n");
  }
  if (writes_tls) write_tls(out, facts, listener);
  if (is_mutual && facts.certificate) write_certificate(out, facts, listener);
  if (identity != nullptr) write_identity(out, *identity);
  if (head.framing == Framing::chunked) {
    out.text(facts.is_http2 ? "transfer-encoding: chunked\r\n" : "Transfer-Encoding: chunked\r\n");
  } else if (head.framing == Framing::length || first(head.fields, FieldId::content_length) != nullptr) {
    out.text(facts.is_http2 ? "content-length: " : "Content-Length: ");
    out.number(head.content_length);
    out.text("\r\n");
  }
  if (head.wants_upgrade) {
    out.text("Connection: upgrade\r\n");
    out.field("Upgrade", first(head.fields, FieldId::upgrade)->value);
  }
  out.text("\r\n");
  return static_cast<size_t>(out.at - into);
}

ResponseStart response_start(const ResponseHead& head, const ResponseEdits& edits, const std::vector<std::string>& cookies) {
  return {.head = head, .edits = edits, .cookies = cookies, .has_connection_options = has_options(head.fields)};
}

bool ResponseStart::passes(const Field& field) const {
  if (is_hop_by_hop(field.id)) return false;
  if (has_connection_options && is_named_by_connection(head.fields, field.name)) return false;
  if (edits.hides_server && field.id == FieldId::server) return false;
  return std::ranges::none_of(edits.sets, [&](const auto& set) { return iequals(set.first, field.name); });
}

size_t write_response_head(char* into, const ResponseStart& start, bool keep_alive) {
  const ResponseHead& head = start.head;
  Writer out{into};
  out.text("HTTP/1.1 ");
  out.number(static_cast<uint64_t>(head.status));
  out.text(" ");
  out.text(head.reason);
  out.text("\r\n");
  bool told_length = start.chunks_it;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::content_length && !told_length && head.framing != Framing::chunked) {
      out.field("Content-Length", field.value);
      told_length = true;
    } else if (start.passes(field)) {
      pass_on(out, field);
    }
  }
  for (const auto& [name, value] : start.edits.sets) out.field(name, value);
  for (const std::string& cookie : start.cookies) out.field("Set-Cookie", cookie);
  if (start.chunks_it) out.text("Transfer-Encoding: chunked\r\n");
  if (start.is_upgrade) {
    const Field* upgrade = first(head.fields, FieldId::upgrade);
    out.text("Connection: upgrade\r\n");
    out.field("Upgrade", upgrade != nullptr ? upgrade->value : std::string_view());
    out.text("\r\n");
  } else {
    out.text(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  }
  return static_cast<size_t>(out.at - into);
}

size_t write_chunk_size(char* into, size_t size) {
  char* end = std::to_chars(into, into + 2 * sizeof size, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<size_t>(end - into);
}

bool has_too_many_hops(const RequestHead& head) {
  int64_t addresses = 0;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::x_forwarded_for) addresses += std::ranges::count(field.value, ',') + 1;
  }
  return addresses > kMaxForwardedAddresses;
}

}  // namespace landfall::alb
