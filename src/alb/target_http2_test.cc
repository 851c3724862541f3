// HTTP/2 and gRPC to targets, with a target made with nghttp2 and with targets that break the rules by hand.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/http2_rig_for_test.h"
#include "alb/rig_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

const std::string kGrpc = literal("content-type", "application/grpc") + literal("te", "trailers");

/// A balancer with one group, unchecked, in front of a target at that port.
struct Before : Running {
  explicit Before(int target_port, const std::string& version = "HTTP2") {
    config.groups[0].group.protocol_version = version;
    config.groups[0].group.health_check.enabled = false;
    config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = target_port}};
    serve_tls(*this, "h2.test");
  }
  void wait_for_count(const std::string& name, int64_t value = 1) const {
    wait([&](const WorkerState&) { return count(name) >= value; });
  }
};

std::string whole(uint32_t stream, const std::string& block) { return frame(kHeaders, kEndHeaders | kEndStream, stream, block); }
std::string open(uint32_t stream, const std::string& block) { return frame(kHeaders, kEndHeaders, stream, block); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("requests at once share one connection to the target, with bodies in both directions") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  std::string asked;
  for (uint32_t i = 0; i < 20; ++i) asked += whole(1 + 2 * i, request("/s" + std::to_string(i)));
  asked += open(101, request("/up", true)) + frame(kData, 0, 101, "hello ") + frame(kData, kEndStream, 101, "world") + whole(103, request("/big"));
  client.say(asked);
  CHECK(client.answer(1).body == "GET /s0 ");
  CHECK(client.answer(39).body == "GET /s19 ");
  CHECK(client.answer(101).body == "POST /up hello world");
  CHECK(client.answer(103).body.size() == 3'000'000);
  CHECK(origin.connections == 1);
  CHECK(running.count("target.connections") == 1);
  const auto seen = origin.first("/s0");
  CHECK(seen.head.at(":scheme") == "http");
  CHECK(seen.head.at(":authority") == fmt::format("h2.test:{}", 0));
  CHECK(seen.head.at("x-forwarded-for") == "127.0.0.1");
  CHECK(seen.head.at("x-amzn-trace-id").starts_with("Root=1-"));
  CHECK_FALSE(seen.head.contains("host"));
  CHECK(origin.first("/up").body == "hello world");
}

TEST_CASE("a target that takes few streams gets more connections, and no request is lost") {
  H2Origin origin(2);
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  std::string asked;
  for (uint32_t i = 0; i < 10; ++i) asked += open(1 + 2 * i, request("/chat", true, kGrpc));
  client.say(asked);
  for (uint32_t i = 0; i < 10; ++i) CHECK(client.read_until(1 + 2 * i, [](const H2::Answer& a) { return a.has_head; }));
  CHECK(origin.connections >= 5);
  for (uint32_t i = 0; i < 10; ++i) client.say(frame(kData, kEndStream, 1 + 2 * i, "end"));
  for (uint32_t i = 0; i < 10; ++i) CHECK(client.answer(1 + 2 * i).body == "end");
}

TEST_CASE("a client that does not read one answer stalls its stream and no other, within bounds") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  client.opens_windows = false;
  client.say(whole(1, request("/big")) + open_window(0, 8 << 20));
  REQUIRE(client.read_until(1, [](const H2::Answer& a) { return a.body.size() == 65'535; }));
  client.say(whole(3, request("/small")));
  CHECK(client.answer(3).body == "GET /small ");
  CHECK(origin.connections == 1);
  CHECK(running.worker->kept_bytes() < (1u << 20));
  client.say(open_window(1, 4 << 20));
  CHECK(client.answer(1).body.size() == 3'000'000);
}

TEST_CASE("a target that does not read a body shuts the client's window, within bounds") {
  std::atomic<bool> has_begun = false, is_over = false;
  RawOrigin deaf([&](int fd, int) {
    const std::string greeting = frame(kSettings, 0, 0, "");
    char piece[1024];
    (void)!recv(fd, piece, sizeof piece, 0);
    (void)send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    (void)!recv(fd, piece, sizeof piece, 0);
    has_begun = true;
    has_begun.notify_all();
    is_over.wait(false);
  });
  {
    Before running(deaf.port);
    running.start();
    H2 client(running.port);
    client.say(open(1, request("/up", true)));
    has_begun.wait(false);
    constexpr size_t kEnough = 1 << 20, kPiece = 8192;
    size_t credit = 65'535, whole_credit = 65'535, sent = 0;
    // Until a round trip brings nothing more, or all that a balancer without bounds would take.
    for (bool is_open = true; is_open && sent < kEnough;) {
      for (; credit >= kPiece; credit -= kPiece, whole_credit -= kPiece, sent += kPiece) client.say(frame(kData, 0, 1, std::string(kPiece, 'u')));
      client.say(frame(kPing, 0, 0, "12345678"));
      is_open = false;
      for (Frame got; client.next(got) && got.type != kPing;) {
        if (got.type != kWindow) continue;
        size_t by = 0;
        for (const char c : got.payload) by = by << 8 | static_cast<unsigned char>(c);
        (got.stream == 1 ? credit : whole_credit) += by;
        is_open = is_open || got.stream == 1;
      }
    }
    CHECK(sent > 65'535);
    CHECK(sent <= 4 * 65'536);  // both windows, and what waits between them
    CHECK(running.worker->kept_bytes() < (1u << 20));
  }
  is_over = true;
  is_over.notify_all();
}

TEST_CASE("gRPC: a call has its trailers, in both directions; a status without content is one head") {
  H2Origin origin;
  Before running(origin.port, "GRPC");
  running.config.access_log = running.folder / "access.log";
  running.start();
  H2 client(running.port);
  client.say(open(1, request("/pkg.Service/Call", true, kGrpc)) + frame(kData, 0, 1, "ask") + whole(1, literal("x-request-sum", "3")));
  const H2::Answer answer = client.answer(1);
  CHECK(answer.head.at(":status") == "200");
  CHECK(answer.body == "POST /pkg.Service/Call ask");
  CHECK(answer.trailers.at("grpc-status") == "0");
  const auto seen = origin.first("/pkg.Service/Call");
  CHECK(seen.head.at("te") == "trailers");
  CHECK(seen.trailers.at("x-request-sum") == "3");
  client.say(open(3, request("/pkg.Service/Missing", true, kGrpc)) + frame(kData, kEndStream, 3, "ask"));
  CHECK(client.answer(3).ends_with_head);
  CHECK(client.answer(3).head.at("grpc-status") == "12");
  CHECK(running.count("requests.grpc") == 2);
  std::string log;
  running.wait([&](const WorkerState&) { return has(log = read_file(running.folder / "access.log").value_or(""), "Missing"); });
  CHECK(log.starts_with("grpcs 20"));
  CHECK(has(log, fmt::format(" 127.0.0.1:{} ", origin.port)));
}

TEST_CASE("gRPC: both sides talk in turn on one stream") {
  H2Origin origin;
  Before running(origin.port, "GRPC");
  running.start();
  H2 client(running.port);
  client.say(open(1, request("/chat", true, kGrpc)));
  std::string said;
  for (const char* word : {"one", "two", "three"}) {
    client.say(frame(kData, 0, 1, word));
    said += word;
    REQUIRE(client.read_until(1, [&](const H2::Answer& a) { return a.body == said; }));
  }
  client.say(frame(kData, kEndStream, 1, ""));
  CHECK(client.answer(1).trailers.at("x-sum") == "7");
}

TEST_CASE("what the balancer answers to a gRPC call in the target's place is gRPC's, under the HTTP status") {
  H2Origin origin;
  Before running(origin.port, "GRPC");
  running.start();
  H2 client(running.port);
  client.say(open(1, request("/reset", true, kGrpc)) + frame(kData, kEndStream, 1, "ask"));
  const H2::Answer failed = client.answer(1);
  CHECK(failed.head.at(":status") == "502");
  CHECK(failed.head.at("content-type") == "application/grpc");
  CHECK(failed.head.at("grpc-status") == "14");
  CHECK(failed.body.empty());
  client.say(open(3, request("/reset", true)) + frame(kData, kEndStream, 3, "ask"));
  const H2::Answer plain = client.answer(3);
  CHECK(plain.head.at(":status") == "502");
  CHECK(plain.head.at("content-type") == "text/html");
  CHECK(plain.head.count("grpc-status") == 0);
}

TEST_CASE("each failure of the balancer's own to a gRPC call has gRPC's status beside HTTP's") {
  H2Origin origin;
  Before running(origin.port, "GRPC");
  const auto at = [](const std::string& path) { return std::vector<model::Condition>{{.field = "path-pattern", .values = {path}}}; };
  const model::Action guard{.type = "jwt-validation", .order = 1, .jwt_validation = model::JwtValidation{.jwks_endpoint = "https://127.0.0.1:1/keys", .issuer = "me", .claims = {}}};
  running.config.groups.push_back({.group = {.arn = "empty", .name = "empty", .protocol = "HTTP", .protocol_version = "GRPC", .target_type = "ip"}});
  running.config.groups.push_back({.group = {.arn = "refusing", .name = "refusing", .protocol = "HTTP", .protocol_version = "GRPC", .target_type = "ip", .health_check = {.enabled = false}}, .targets = {{.target_group_arn = "refusing", .id = "127.0.0.1", .port = 1}}});
  running.config.listeners[0].rules = {{.priority = 1, .conditions = at("/s.S/Guarded"), .actions = {guard, {.type = "fixed-response", .order = 2, .fixed_response = model::FixedResponse{"200", "text/plain", ""}}}},
                                       {.priority = 2, .conditions = at("/s.S/Empty"), .actions = {forward_to("empty")}},
                                       {.priority = 3, .conditions = at("/s.S/Refused"), .actions = {forward_to("refusing")}}};
  running.start();
  H2 client(running.port);
  uint32_t stream = 1;
  const auto call = [&](const std::string& path, const std::string& more = "", bool waits = false) {
    client.say(open(stream, request(path, true, kGrpc + more)) + frame(kData, kEndStream, stream, "ask"));
    if (waits) {
      origin.first(path);
      EventLoop::skip(std::chrono::seconds(61));
    }
    const H2::Answer answer = client.answer(stream);
    stream += 2;
    CHECK(answer.head.at("content-type") == "application/grpc");
    CHECK(answer.body.empty());
    return answer.head.at(":status") + " " + answer.head.at("grpc-status");
  };
  CHECK(call("/s.S/Guarded") == "401 16");
  CHECK(call("/s.S/Guarded", literal("authorization", "Bearer a.b.c")) == "562 2");
  CHECK(call("/s.S/Empty") == "503 14");
  CHECK(call("/s.S/Refused") == "502 14");
  std::string hops = "1.1.1.1";
  for (int i = 0; i < 12; ++i) hops += ",1.1.1.1";
  CHECK(call("/s.S/Hops", literal("x-forwarded-for", hops) + literal("x-forwarded-for", hops) + literal("x-forwarded-for", hops)) == "463 2");
  CHECK(call("/hold", "", true) == "504 14");
}

TEST_CASE("a request of another protocol than the group's is 464") {
  H2Origin origin;
  for (const std::string version : {"HTTP2", "GRPC"}) {
    Before running(origin.port, version);
    running.start();
    TlsTalk old(running.port, "http/1.1");
    old.say("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answer = old.rest();
    CHECK(answer.starts_with("HTTP/1.1 464 \r\n"));
    CHECK(has(answer, "Content-Length: 0\r\n"));
    CHECK_FALSE(has(answer, "Content-Type"));
    H2 client(running.port);
    client.say(whole(1, request("/get")));
    CHECK(client.answer(1).head.at(":status") == (version == "GRPC" ? "464" : "200"));
  }
  Origin first("one");
  Before running(first.server->port(), "HTTP1");
  running.start();
  H2 client(running.port);
  client.say(open(1, request("/call", true, kGrpc)) + frame(kData, kEndStream, 1, "x") + whole(3, request("/get")));
  CHECK(client.answer(1).head.at(":status") == "464");
  CHECK(client.answer(3).head.at(":status") == "200");
  CHECK(running.count("elb.464.protocol_version") == 1);
}

TEST_CASE("a stream that the target has not looked at goes out again: refused, and beyond a GOAWAY") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  client.say(whole(1, request("/warm")));
  CHECK(client.answer(1).body == "GET /warm ");
  client.say(open(3, request("/refused", true)) + frame(kData, kEndStream, 3, "body"));
  CHECK(client.answer(3).body == "POST /refused body");
  client.say(open(5, request("/hold", true)));  // what the target has taken goes on, on the connection that is left
  origin.first("/hold");
  client.say(open(7, request("/goaway", true)) + frame(kData, kEndStream, 7, "body"));
  CHECK(client.answer(7).body == "POST /goaway body");
  CHECK(origin.connections == 2);
  client.say(frame(kReset, 0, 5, std::string("\0\0\0\x08", 4)));
  CHECK(origin.wait("/hold", [](const auto& all) { return all[0].was_reset; })[0].connection == 0);
  const auto seen = origin.wait("/goaway", [](const auto& all) { return all.size() == 2; });
  CHECK(seen[1].connection == 1);
}

TEST_CASE("a client's cancel resets its stream at the target, and only that") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  client.say(whole(1, request("/hold")) + open(3, request("/chat", true, kGrpc)));
  origin.first("/hold");
  client.say(frame(kReset, 0, 1, std::string("\0\0\0\x08", 4)));
  CHECK(origin.wait("/hold", [](const auto& all) { return all[0].was_reset; })[0].error == NGHTTP2_CANCEL);
  running.wait_for_count("elb.460.client_closed");
  client.say(frame(kData, kEndStream, 3, "still here"));
  CHECK(client.answer(3).body == "still here");
  CHECK(origin.connections == 1);
}

TEST_CASE("interim answers, HEAD, answers without a body and answers before the request's end") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  client.say(whole(1, request("/interim")) + whole(3, "\x42\x04HEAD\x87" + literal(":path", "/head") + literal(":authority", "h2.test")) + whole(5, request("/none")) + open(7, request("/early", true)));
  CHECK(client.answer(1).head.at(":status") == "200");
  CHECK(client.answer(1).body == "GET /interim ");
  CHECK(client.answer(3).head.at("content-length") == "11");
  CHECK(client.answer(3).body.empty());
  CHECK(client.answer(5).ends_with_head);
  CHECK(client.answer(7).head.at(":status") == "413");
  CHECK(client.answer(7).body == "enough");
  CHECK(origin.wait("/early", [](const auto& all) { return all[0].was_reset; })[0].error == NGHTTP2_CANCEL);
}

TEST_CASE("when the target resets a stream or its connection dies, each request on it is 502 for a reason that has a name") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  client.say(whole(1, request("/reset")));
  CHECK(client.answer(1).head.at(":status") == "502");
  CHECK(running.count("elb.502.target_reset_stream") == 1);
  client.say(whole(3, request("/hold")) + whole(5, request("/hold")) + open(7, request("/chat", true)));
  REQUIRE(client.read_until(7, [](const H2::Answer& a) { return a.has_head; }));
  client.say(open(9, request("/die", true)));
  CHECK(client.answer(3).head.at(":status") == "502");
  CHECK(client.answer(5).head.at(":status") == "502");
  CHECK(client.answer(7).was_reset);
  CHECK(client.answer(9).head.at(":status") == "502");
  CHECK(running.count("elb.502.target_closed") == 3);
  CHECK(running.count("elb.cut.target_closed") == 1);
  client.say(whole(11, request("/alive")));
  CHECK(client.answer(11).body == "GET /alive ");
}

TEST_CASE("a target that says nothing for the idle timeout is 504, and its stream is reset") {
  H2Origin origin;
  Before running(origin.port);
  running.config.balancer.attributes["idle_timeout.timeout_seconds"] = "1";
  running.start();
  H2 client(running.port);
  client.say(whole(1, request("/hold")));
  CHECK(client.answer(1).head.at(":status") == "504");
  CHECK(running.count("elb.504.target_idle_timeout") == 1);
  CHECK(origin.wait("/hold", [](const auto& all) { return all[0].was_reset; })[0].error == NGHTTP2_CANCEL);
}

TEST_CASE("targets that do not speak HTTP/2, or break it, are told apart") {
  // What it says to the preface, and to the request.
  const auto answers = [](std::string greeting, std::string answer) {
    return [greeting, answer](int fd, int) {
      char piece[4096];
      (void)!recv(fd, piece, sizeof piece, 0);
      (void)send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
      if (!answer.empty()) (void)!recv(fd, piece, sizeof piece, 0);
      (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      shutdown(fd, SHUT_WR);
      while (recv(fd, piece, sizeof piece, 0) > 0) {}
    };
  };
  const auto ends_as = [&](const std::string& greeting, const std::string& answer = "") {
    RawOrigin origin(answers(greeting, answer));
    Before running(origin.port);
    running.start();
    {
      H2 client(running.port);
      client.say(whole(1, request("/x")));
      CHECK(client.answer(1).head.at(":status") == "502");
    }
    std::string reason;
    for (const auto& [name, value] : running.counters()) {
      if (name.starts_with("elb.502.")) reason = name.substr(8);
    }
    return reason;
  };
  const std::string greeting = frame(kSettings, 0, 0, "");
  CHECK(ends_as("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") == "target_not_http2");
  CHECK(ends_as("") == "target_not_http2");
  CHECK(ends_as(greeting, frame(kData, 0, 0, "data of no stream")) == "response_malformed");
  CHECK(ends_as(greeting, frame(kHeaders, kEndHeaders | kEndStream, 1, "\xff\xff\xff\xff\xff\xff")) == "response_malformed");
  CHECK(ends_as(greeting, frame(kHeaders, kEndHeaders | kEndStream, 1, literal("no", "status"))) == "response_malformed");
  CHECK(ends_as(greeting, frame(kHeaders, kEndHeaders | kEndStream, 1, literal(":status", "200") + literal("content-length", "5"))) == "response_malformed");
  CHECK(ends_as(greeting) == "target_closed");
}

TEST_CASE("health over HTTP/2, and over gRPC by the status of a call") {
  H2Origin origin;
  Origin old("one");
  const auto health_of = [](int port, const std::string& version, const std::string& path, const std::string& matcher) {
    Before running(port, version);
    running.config.groups[0].group.health_check = {.path = path, .interval_seconds = 5, .timeout_seconds = kPatience.count(), .unhealthy_threshold = 1, .matcher = matcher};
    running.start();
    TargetState told;
    running.wait([&](const WorkerState& s) { return !s.targets.empty() && (told = s.targets[0]).state != "initial"; });
    return told;
  };
  CHECK(health_of(origin.port, "HTTP2", "/fine", "200").state == "healthy");
  CHECK(origin.first("/fine").head.at("user-agent") == "ELB-HealthChecker/2.0");
  CHECK(health_of(origin.port, "GRPC", "/AWS.ALB/healthcheck", "12").state == "healthy");
  const auto seen = origin.first("/AWS.ALB/healthcheck");
  CHECK(seen.head.at("content-type") == "application/grpc");
  CHECK(seen.body == std::string(5, '\0'));
  CHECK(health_of(origin.port, "GRPC", "/pkg.Service/Call", "0-5,12").state == "healthy");
  const TargetState wrong = health_of(origin.port, "GRPC", "/AWS.ALB/healthcheck", "0");
  CHECK(wrong.reason == "Target.ResponseCodeMismatch");
  CHECK(wrong.description == "Health checks failed with these codes: [12]");
  CHECK(health_of(origin.port, "GRPC", "/fine", "0-99").last_check == "no grpc-status in the answer");
  const TargetState none = health_of(old.server->port(), "HTTP2", "/", "200");
  CHECK(none.reason == "Target.FailedHealthChecks");
  CHECK(none.last_check == "no HTTP/2 answer");
}

TEST_CASE("over TLS the target agrees on HTTP/2, or it is told that it does not") {
  const auto [chain, key] = self_signed("target.test");
  const auto context = [&](const char* offers) {
    SSL_CTX* made = SSL_CTX_new(TLS_server_method());
    BIO* chain_bio = BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size()));
    BIO* key_bio = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
    X509* leaf = PEM_read_bio_X509(chain_bio, nullptr, nullptr, nullptr);
    EVP_PKEY* its = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(made, leaf);
    SSL_CTX_use_PrivateKey(made, its);
    X509_free(leaf), EVP_PKEY_free(its), BIO_free(chain_bio), BIO_free(key_bio);
    SSL_CTX_set_alpn_select_cb(made, [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size, void* wanted) {
      return SSL_select_next_proto(const_cast<unsigned char**>(out), size, static_cast<const unsigned char*>(wanted), 3, in, in_size) == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }, const_cast<char*>(offers));
    return std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>(made, SSL_CTX_free);
  };
  const auto ask = [](int port) {
    Before running(port);
    running.config.groups[0].group.protocol = "HTTPS";
    running.start();
    H2 client(running.port);
    client.say(open(1, request("/tls", true)) + frame(kData, kEndStream, 1, "body"));
    auto answer = client.answer(1);
    answer.trailers["reason"] = running.count("elb.502.target_not_http2") == 1 ? "target_not_http2" : "";
    return answer;
  };
  const auto good = context("\x02h2"), bad = context("\x02xx");
  H2Origin speaks(100, good.get()), does_not(100, bad.get());
  CHECK(ask(speaks.port).body == "POST /tls body");
  CHECK(speaks.first("/tls").head.at(":scheme") == "https");
  CHECK(ask(does_not.port).trailers["reason"] == "target_not_http2");
}

TEST_CASE("WebSockets over HTTP/2 are not offered") {
  H2Origin origin;
  Before running(origin.port);
  running.start();
  H2 client(running.port);
  Frame got;
  while (client.next(got) && got.type != kSettings) {}
  constexpr char kEnableConnectProtocol = 8;  // RFC 8441 3
  for (size_t at = 0; at + 6 <= got.payload.size(); at += 6) CHECK((got.payload[at] != 0 || got.payload[at + 1] != kEnableConnectProtocol));
}
