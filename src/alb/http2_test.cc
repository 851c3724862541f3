#include <doctest/doctest.h>

#include "alb/http2_rig_for_test.h"
#include "alb/rig_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

struct Served {
  Origin origin{"one"};
  Running running;
  Served() {
    running.add(origin);
    serve_tls(running, "h2.test");
    running.start();
    running.wait_for("healthy");
  }
};

}  // namespace

TEST_CASE("streams of HTTP/2 are requests of their own, at once, with bodies in both directions") {
  Served served;
  H2 client(served.running.port);
  std::string asked;
  for (uint32_t i = 0; i < 20; ++i) asked += frame(kHeaders, kEndHeaders | kEndStream, 1 + 2 * i, request("/s" + std::to_string(i), false, literal("cookie", "a=1") + literal("cookie", "b=2")));
  asked += frame(kHeaders, kEndHeaders, 101, request("/up", true)) + frame(kData, 0, 101, "hello ") + frame(kData, kEndStream, 101, "world");
  asked += frame(kHeaders, kEndHeaders | kEndStream, 103, request("/big"));
  client.say(asked);
  const auto bodies = client.answers(22);
  CHECK(bodies.at(1) == "GET /s0 ");
  CHECK(bodies.at(39) == "GET /s19 ");
  CHECK(bodies.at(101) == "POST /up hello world");
  CHECK(bodies.at(103).size() == 3'000'000);
  CHECK(served.running.counters().at("connections") == 1);
}

TEST_CASE("a client that does not offer HTTP/2, or a balancer that does not speak it, uses HTTP/1.1") {
  Served served;
  TlsTalk old(served.running.port, "http/1.1");
  old.say("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(old.rest().ends_with("GET /x "));
  TlsTalk none(served.running.port, "");
  none.say("GET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(none.rest().ends_with("GET /y "));
}

TEST_CASE("floods end the connection, and only it") {
  Served served;
  const auto ends = [&](const std::string& bytes) {
    H2 client(served.running.port);
    for (size_t at = 0; at < bytes.size() && client.say(bytes.substr(at, 16'000)); at += 16'000) {}
    return client.goodbye();
  };
  constexpr int64_t kCalm = 11;
  std::string resets, pings, settings, empties = frame(kHeaders, kEndHeaders, 1, request("/", true));
  for (uint32_t i = 0; i < 300; ++i) resets += frame(kHeaders, kEndHeaders | kEndStream, 1 + 2 * i, request("/r")) + frame(kReset, 0, 1 + 2 * i, std::string("\0\0\0\x08", 4));
  for (int i = 0; i < 1200; ++i) pings += frame(kPing, 0, 0, "12345678");
  for (int i = 0; i < 1200; ++i) settings += frame(kSettings, 0, 0, "");
  for (int i = 0; i < 1200; ++i) empties += frame(kData, 0, 1, "");
  CHECK(ends(resets) == kCalm);
  CHECK(ends(empties) == kCalm);
  CHECK(ends(pings) != 0);
  CHECK(ends(settings) != 0);
  std::string continuations = frame(kHeaders, 0, 1, request("/c"));
  for (int i = 0; i < 50; ++i) continuations += frame(kContinuation, 0, 1, literal("x-" + std::to_string(i), "v"));
  CHECK(ends(continuations) != 0);
  std::string large = request("/l");
  for (int i = 0; i < 100; ++i) large += literal("x-" + std::to_string(i), std::string(120, 'v'));
  CHECK(ends(frame(kHeaders, kEndHeaders | kEndStream, 1, large)) == kCalm);
  H2 other(served.running.port);
  other.say(frame(kHeaders, kEndHeaders | kEndStream, 1, request("/still")));
  CHECK(other.answers(1).at(1) == "GET /still ");
}

TEST_CASE("a head that unpacks to more than is taken is refused, not stored") {
  Served served;
  H2 client(served.running.port);
  // One field of 4,000 bytes put into the table, then named 60 times: 240 KB from 4 KB.
  std::string bomb = request("/b") + std::string("\x40\x01z\x7f\xa1\x1e", 6) + std::string(4000, 'v');
  bomb += std::string(60, '\xbe');
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 1, bomb));
  const auto bodies = client.answers(1);
  CHECK((bodies.empty() || bodies.at(1).empty() || bodies.at(1).find("400 Bad Request") != std::string::npos));
  CHECK(served.origin.requests == 0);
}

TEST_CASE("a stalled window holds one stream up, within bounds, and no other") {
  Served served;
  H2 client(served.running.port);
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 1, request("/big")));  // more than the window, which is not opened
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 3, request("/small")));
  Frame got;
  std::string small;
  size_t big = 0;
  while (small.size() < std::string("GET /small ").size() && client.next(got)) {
    if (got.type == kData && got.stream == 3) small += got.payload;
    if (got.type == kData && got.stream == 1) big += got.payload.size();
    // The connection's window is shared: the test opens that one only.
    if (got.type == kData) client.say(frame(kWindow, 0, 0, std::string("\0\0\x40\0", 4)));
  }
  CHECK(small == "GET /small ");
  CHECK(big <= 65'535);
}

TEST_CASE("200 changes of rules, targets and certificates under load fail no request, on any kind of connection") {
  Origin a("a"), b("b");
  Running running;
  running.add(a);
  running.add(b);
  serve_tls(running, "h2.test");
  running.config.threads = 1;
  running.start();
  running.wait_for("healthy");
  std::atomic<bool> done = false;
  std::atomic<int> good = 0, bad = 0;
  const auto count = [&](bool ok) { ++(ok ? good : bad); };
  std::jthread kept([&] {
    TlsTalk talk(running.port, "http/1.1");
    while (!done) {
      talk.say("GET /k HTTP/1.1\r\nHost: h2.test\r\n\r\n");
      std::string answer;
      while (!answer.ends_with("GET /k ")) {
        const std::string piece = talk.some(65536);
        if (piece.empty()) break;
        answer += piece;
      }
      count(answer.starts_with("HTTP/1.1 200"));
      if (!answer.ends_with("GET /k ")) break;
    }
  });
  std::jthread fresh([&] {
    while (!done) {
      TlsTalk talk(running.port, "", "h2.test");
      talk.say("GET /f HTTP/1.1\r\nHost: h2.test\r\nConnection: close\r\n\r\n");
      count(talk.rest().ends_with("GET /f "));
    }
  });
  std::jthread streams([&] {
    H2 client(running.port);
    for (uint32_t id = 1; !done && id < 15'000; id += 2) {
      client.say(frame(kHeaders, kEndHeaders | kEndStream, id, request("/s")));
      const auto bodies = client.answers(1);
      count(bodies.contains(id) && bodies.at(id) == "GET /s ");
    }
  });
  for (int revision = 2; revision <= 201; ++revision) {
    running.config.revision = revision;
    auto& targets = running.config.groups[0].targets;
    targets[static_cast<size_t>(revision % 2)].desired = "draining";
    targets[static_cast<size_t>((revision + 1) % 2)].desired = "registered";
    running.config.listeners[0].rules = {{.priority = revision, .conditions = {{.field = "path-pattern", .values = {"/r" + std::to_string(revision)}}}, .actions = {forward_to("g")}}};
    if (revision % 10 == 0) {
      const auto [chain, key] = self_signed("h2.test");
      REQUIRE(write_file_atomic(running.folder / ("key" + std::to_string(revision)), key));
      running.config.listeners[0].certificates = {{.arn = "cert" + std::to_string(revision), .chain_pem = chain, .key_file = running.folder / ("key" + std::to_string(revision)), .is_default = true}};
    }
    running.write();
    running.wait([&](const WorkerState& s) { return s.revision == revision; });
    REQUIRE(becomes([&] { return good + bad > revision; }));
  }
  done = true;
  kept.join();
  fresh.join();
  streams.join();
  CHECK(bad == 0);
}

TEST_CASE("a target that says nothing for the idle timeout is 504 over HTTP/2, not a cut stream") {
  std::atomic<bool> is_over = false;
  RawOrigin silent([&](int fd, int) {
    if (read_head(fd).find("ELB-HealthChecker") != std::string::npos) {
      constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      (void)!write(fd, answer.data(), answer.size());
      return;
    }
    is_over.wait(false);
  });
  Running running;
  running.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = silent.port}};
  running.config.groups[0].group.health_check.interval_seconds = 300;
  running.config.balancer.attributes["idle_timeout.timeout_seconds"] = "1";
  serve_tls(running, "h2.test");
  running.start();
  running.wait_for("healthy");
  H2 client(running.port);
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 1, request("/silent")));
  CHECK(client.answers(1).at(1).find("504 Gateway Time-out") != std::string::npos);
  running.wait([](const WorkerState& s) { return s.targets[0].failures.size() == 1 && s.targets[0].failures[0].reason == "target_idle_timeout"; });
  is_over = true;
  is_over.notify_all();
}

TEST_CASE("targets are reached over TLS, whatever their certificate") {
  Origin plain("inner");
  Running inner;  // the target: a balancer of ours
  inner.add(plain);
  serve_tls(inner, "elsewhere.test");
  inner.start();
  inner.wait_for("healthy");
  Running outer;
  outer.config.groups[0].group.protocol = "HTTPS";
  outer.config.groups[0].group.health_check.protocol = "HTTPS";
  outer.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = inner.port}};
  outer.start();
  outer.wait_for("healthy");
  for (int i = 0; i < 3; ++i) {
    Talk talk(outer.port);
    talk.say("POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    CHECK(talk.rest().ends_with("POST /t abc"));
  }
}

TEST_CASE("a client has 128 streams at once, and the one beyond is refused") {
  H2Origin origin;
  Front1 running(origin.port);
  running.config.groups[0].group.protocol_version = "HTTP2";
  serve_tls(running, "h2.test");
  running.start();
  H2 client(running.port);
  Frame first;
  REQUIRE(client.next(first));
  CHECK(first.type == kSettings);
  CHECK(first.payload.find(std::string("\0\x03\0\0\0\x80", 6)) != std::string::npos);  // MAX_CONCURRENT_STREAMS
  std::string asked;
  for (uint32_t i = 0; i < 128; ++i) asked += frame(kHeaders, kEndHeaders | kEndStream, 1 + 2 * i, request("/hold"));
  client.say(asked);
  origin.wait("/hold", [](const auto& all) { return all.size() == 128; });
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 257, request("/more")));
  Frame got;
  while (client.next(got) && got.type != kReset) {}
  CHECK(got.stream == 257);
  CHECK(got.payload == std::string("\0\0\0\x07", 4));  // REFUSED_STREAM
}

TEST_CASE("a connection takes 10,000 requests, then GOAWAY ends it after the last answer") {
  Running running;
  running.config.listeners[0].listener.default_actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"204", "text/plain", ""}}};
  serve_tls(running, "h2.test");
  running.start();
  H2 client(running.port);
  constexpr uint32_t kBatch = 100, kMost = 10'000;
  const auto ask = [&](uint32_t from) {
    std::string asked;
    for (uint32_t i = from; i < from + kBatch; ++i) asked += frame(kHeaders, kEndHeaders | kEndStream, 1 + 2 * i, request("/"));
    client.say(asked);
  };
  uint32_t answered = 0;
  std::string goodbye;
  ask(0);
  for (Frame got; client.next(got);) {
    if (got.type == kGoAway) goodbye = got.payload;
    if (got.type != kHeaders || (got.flags & kEndStream) == 0) continue;
    if (++answered % kBatch == 0 && answered < kMost) ask(answered);
  }
  CHECK(answered == kMost);
  const uint32_t last = 2 * kMost - 1;
  CHECK(goodbye.substr(0, 8) == std::string{'\0', '\0', static_cast<char>(last >> 8), static_cast<char>(last), '\0', '\0', '\0', '\0'});
}

TEST_CASE("a target of HTTP/1 gets the names of a client of HTTP/2 as AWS writes them, and what TLS it speaks") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.config.balancer.attributes["routing.http.x_amzn_tls_version_and_cipher_suite.enabled"] = "true";
  serve_tls(running, "h2.test");
  running.start();
  H2 client(running.port);
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 1, request("/", false, literal("cookie", "a=1") + literal("cookie", "b=2") + literal("x-amzn-tls-version", "forged"))));
  CHECK(client.answer(1).body == "ok");
  const std::string head = target.last();
  for (const char* line : {"\r\nHost: h2.test", "\r\ncookie: a=1; b=2\r\n", "\r\nX-Forwarded-For: ", "\r\nX-Forwarded-Proto: https\r\n", "\r\nX-Amzn-Trace-Id: ", "\r\nx-amzn-tls-version: TLSv1.3\r\n", "\r\nx-amzn-tls-cipher-suite: TLS_AES_"}) {
    CHECK_MESSAGE(head.find(line) != std::string::npos, head);
  }
  CHECK(head.find("forged") == std::string::npos);
  TlsTalk old(running.port, "http/1.1");
  old.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  old.rest();
  CHECK(target.last().find("\r\nX-Amzn-Tls-Version: TLSv1.3\r\nX-Amzn-Tls-Cipher-Suite: TLS_AES_") != std::string::npos);
}
