#include "alb/web_call.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <resolv.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "alb/loop.h"
#include "alb/transport.h"
#include "base/ip.h"
#include "http/h1_head.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxHead = 32 * 1024;

Error web_error(std::string code, std::string what) { return {.code = std::move(code), .what = std::move(what), .blame = Blame::remote, .retryable = true}; }

/// The first address; asked of the resolver alone, whatever /etc/resolv.conf of the machine says.
Result<in_addr> resolve(const std::string& host, const std::string& resolver) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return address;
  struct __res_state state {};
  if (res_ninit(&state) != 0) return fail(web_error("Web.Resolve", "the resolver's state is not made"));
  state.nscount = 1;
  state.nsaddr_list[0] = address_of(resolver, 53);
  state.retrans = 1;
  state.retry = 3;
  state.options &= ~static_cast<unsigned long>(RES_DNSRCH | RES_DEFNAMES);
  unsigned char answer[4096];
  const int size = res_nquery(&state, host.c_str(), ns_c_in, ns_t_a, answer, sizeof answer);
  res_nclose(&state);
  ns_msg message;
  if (size <= 0 || size > static_cast<int>(sizeof answer) || ns_initparse(answer, size, &message) != 0) return fail(web_error("Web.Resolve", fmt::format("{} knows no address of {}", resolver, host)));
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_a || ns_rr_rdlen(record) != 4) continue;
    std::memcpy(&address, ns_rr_rdata(record), 4);
    return address;
  }
  return fail(web_error("Web.Resolve", fmt::format("{} knows no address of {}", resolver, host)));
}

/// One connection, until a moment.
class Call {
 public:
  Call(Fd socket, SSL_CTX* context, TimePoint until) : socket_(std::move(socket)), ssl_(SSL_new(context), &SSL_free), until_(until) { SSL_set_fd(ssl_.get(), socket_.get()); }

  Result<void> open(const std::string& host) {
    TRY(wait(POLLOUT));
    if (const int error = connect_error(socket_.get()); error != 0) return fail(web_error("Web.Connect", fmt::format("connecting to {}: {}", host, strerror(error))));
    X509_VERIFY_PARAM* checks = SSL_get0_param(ssl_.get());
    if (parse_ipv4(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_host(checks, host.c_str(), host.size());
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    }
    SSL_set_connect_state(ssl_.get());
    const int done = TRY(again([&] { return SSL_do_handshake(ssl_.get()); }));
    if (done == 1) return {};
    const long why = SSL_get_verify_result(ssl_.get());
    return fail(web_error("Web.Tls", fmt::format("the handshake with {}: {}", host, why == X509_V_OK ? "refused" : X509_verify_cert_error_string(why))));
  }

  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const int done = TRY(again([&] { return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }));
      if (done <= 0) return fail(web_error("Web.Connect", "the endpoint closed before the request was sent"));
      bytes.remove_prefix(static_cast<size_t>(done));
    }
    return {};
  }

  /// Everything up to the end.
  Result<std::string> read(size_t most) {
    std::string text;
    char piece[16384];
    for (;;) {
      const int got = TRY(again([&] { return SSL_read(ssl_.get(), piece, sizeof piece); }));
      if (got <= 0) return text;
      text.append(piece, static_cast<size_t>(got));
      if (text.size() > most) return fail(web_error("Web.TooLarge", fmt::format("the answer has more than {} bytes", most)));
    }
  }

 private:
  Result<void> wait(short events) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now()).count();
      if (left <= 0) return fail(web_error("Web.Timeout", "the endpoint took too long"));
      pollfd one{.fd = socket_.get(), .events = events, .revents = 0};
      if (poll(&one, 1, static_cast<int>(left)) > 0) return {};
    }
  }

  /// Calls it until it neither wants to read nor to write.
  template <class Step>
  Result<int> again(Step step) const {
    for (;;) {
      ERR_clear_error();
      const int done = step();
      if (done > 0) return done;
      const int why = SSL_get_error(ssl_.get(), done);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return done;
      TRY(wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT));
    }
  }

  Fd socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  TimePoint until_;
};

Result<WebAnswer> read_answer(std::string_view text) {
  using http::h1::Framing;
  http::h1::ResponseHead head;
  http::h1::Refusal refusal;
  const Error malformed = web_error("Web.Malformed", "the endpoint's answer is no whole HTTP message");
  if (http::h1::parse_response(text, {.line = kMaxHead, .head = kMaxHead}, false, head, refusal) != http::h1::Parsed::complete) return std::unexpected(malformed);
  text.remove_prefix(head.size);
  WebAnswer answer{.status = head.status, .body = ""};
  if (head.framing != Framing::chunked) {
    if (head.framing == Framing::length && text.size() < head.content_length) return std::unexpected(malformed);
    answer.body = head.framing == Framing::length ? text.substr(0, head.content_length) : text;
    return answer;
  }
  http::h1::ChunkReader chunks;
  for (;;) {
    const auto step = chunks.next(text);
    if (step.is_refused || (step.consumed == 0 && !step.is_done)) return std::unexpected(malformed);
    answer.body += step.data;
    text.remove_prefix(step.consumed);
    if (step.is_done) return answer;
  }
}

}  // namespace

Result<WebAddress> parse_endpoint(const std::string& url) {
  const auto bad = [&] { return fail("Alb.BadEndpoint", fmt::format("'{}' is not the address of an endpoint; wanted https://HOST[:PORT]/PATH", url)); };
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.size() > 2048 || url.find_first_of("#@\\\"<> \t\r\n") != std::string::npos) return bad();
  const std::string_view rest = std::string_view(url).substr(kScheme.size());
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const size_t colon = authority.find(':');
  WebAddress address{.host = std::string(authority.substr(0, colon)), .port = 443, .target = std::string(rest.substr(end))};
  const bool plain = !address.host.empty() && std::ranges::all_of(address.host, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_'; });
  if (!plain) return bad();
  if (colon != std::string_view::npos) {
    const auto [last, error] = std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), address.port);
    if (error != std::errc() || last != authority.data() + authority.size() || address.port < 1 || address.port > 65535) return bad();
  }
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  return address;
}

Outside::Outside(std::string resolver, const std::string& ca_pem) : resolver_(std::move(resolver)), context_(SSL_CTX_new(TLS_client_method()), [](SSL_CTX* c) { SSL_CTX_free(c); }) {
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context_.get());
  BIO* bio = BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size()));
  while (X509* one = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), one);
    X509_free(one);
  }
  BIO_free(bio);
  ERR_clear_error();
}

Result<WebAnswer> Outside::call(const WebRequest& request, size_t most, std::chrono::milliseconds limit) const {
  const TimePoint until = std::chrono::steady_clock::now() + limit;
  const WebAddress address = TRY(parse_endpoint(request.url));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(address.port));
  to.sin_addr = TRY(resolve(address.host, resolver_));
  auto socket = start_connect(to, "");
  if (!socket) return fail(web_error("Web.Connect", fmt::format("connecting to {}: {}", address.host, socket.error().what)));
  Call call(std::move(*socket), context_.get(), until);
  TRY(call.open(address.host));
  const std::string host = address.port == 443 ? address.host : fmt::format("{}:{}", address.host, address.port);
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nUser-Agent: ELB\r\nConnection: close\r\n", request.form.empty() ? "GET" : "POST", address.target, host);
  if (!request.authorization.empty()) head += fmt::format("Authorization: {}\r\n", request.authorization);
  if (!request.form.empty()) head += fmt::format("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", request.form.size());
  TRY(call.write(head + "\r\n" + request.form));
  return read_answer(TRY(call.read(most + kMaxHead)));
}

}  // namespace landfall::alb
