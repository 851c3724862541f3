// What passes between a client of HTTP/1 and a target, byte for byte.
#include <doctest/doctest.h>

#include <vector>

#include <fmt/format.h>

#include "alb/rig_for_test.h"
#include "alb/traffic.h"
#include "base/text.h"
#include "http/client.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("pipelined requests are answered in order, each by its own answer") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = talk.rest();
  CHECK(std::count(all.begin(), all.end(), 'k') == 3 + 2);  // "ok" three times, "keep-alive" twice
  CHECK(has(target.last(), "GET /3 "));
}

TEST_CASE("chunks go through as they are, without extensions and trailers; to HTTP/1.0 as plain bytes") {
  Scripted target("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nX-Sum: 1\r\n\r\n");
  Front1 running(target.origin.port);
  running.start();
  Talk modern(running.port);
  modern.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string chunked = modern.rest();
  CHECK(chunked.ends_with("\r\n\r\n4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n"));
  CHECK(has(chunked, "Transfer-Encoding: chunked\r\n"));
  Talk old(running.port);
  old.say("GET / HTTP/1.0\r\n\r\n");
  const std::string plain = old.rest();
  CHECK(plain.ends_with("\r\n\r\nWikipedia"));
  CHECK_FALSE(has(plain, "Transfer-Encoding"));
  CHECK(has(target.last(), "Host: lb.example"));
}

TEST_CASE("HTTP/0.9 asks with a line alone and gets a body alone") {
  Scripted target("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n");
  Front1 running(target.origin.port);
  running.config.listeners[0].rules = {{.priority = 1, .conditions = {{.field = "path-pattern", .values = {"/own"}}}, .actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"200", "text/plain", "mine"}}}}};
  running.start();
  const auto ask = [&](const std::string& line) {
    const Talk talk(running.port);
    talk.say(line);
    return talk.rest();
  };
  CHECK(ask("GET /a\r\n") == "Wikipedia");
  CHECK(target.last().starts_with("GET /a HTTP/1.1\r\nHost: lb.example"));
  CHECK(ask("GET /own\r\n") == "mine");
  CHECK(Talk::status(ask("HEAD /a\r\n")) == 400);
}

TEST_CASE("a body that ends with the connection is told in chunks") {
  Scripted target("HTTP/1.1 200 OK\r\n\r\nuntil the end", true);
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = talk.rest();
  CHECK(has(all, "d\r\nuntil the end\r\n0\r\n\r\nHTTP/1.1 200 OK"));
}

TEST_CASE("answers without a body keep the connection in step") {
  Scripted target("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(Talk::status(talk.answer()) == 204);
  talk.say("HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(Talk::status(talk.answer()) == 204);
}

TEST_CASE("HEAD has the length and no body") {
  Scripted target("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(has(read_head(talk.fd.get()), "Content-Length: 500\r\n"));
  talk.say("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(talk.rest().ends_with("Connection: close\r\n\r\n"));
}

TEST_CASE("an upgrade becomes a tunnel in both directions") {
  RawOrigin target([](int fd, int) {
    if (!has(read_head(fd), "Upgrade: websocket")) return;
    const std::string answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello ";
    (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    char piece[64];
    const ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got > 0) (void)send(fd, piece, static_cast<size_t>(got), MSG_NOSIGNAL);
  });
  Front1 running(target.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(Talk::status(read_head(talk.fd.get())) == 101);
  talk.say("frames");
  CHECK(talk.rest() == "hello frames");
  char byte = 0;
  CHECK(recv(talk.fd.get(), &byte, 1, 0) == 0);  // closed with the target's connection, and not only silent
}

TEST_CASE("Expect is answered by the balancer and goes no further") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.start();
  running.wait_for("healthy");
  Talk talk(running.port);
  talk.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  CHECK(Talk::status(read_head(talk.fd.get())) == 100);
  talk.say("body");
  const std::string answer = talk.rest();
  CHECK(answer.ends_with("POST / body"));
  CHECK_FALSE(has(answer, "Seen-Expect"));
}

TEST_CASE("an answer that comes before the whole request is passed on, and the connection ends") {
  Scripted target("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", true);
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome of it");
  const std::string answer = talk.rest();
  CHECK(Talk::status(answer) == 413);
  CHECK(answer.ends_with("big"));
}

TEST_CASE("a broken answer is 502, one that stops in the middle is cut") {
  Scripted broken("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", true);
  Front1 running(broken.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(Talk::status(talk.rest()) == 502);

  Scripted stops("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true);
  Front1 other(stops.origin.port);
  other.start();
  Talk cut(other.port);
  cut.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(cut.rest().ends_with("half"));
  other.wait([&](const WorkerState&) { return other.counters().contains("elb.cut.target_closed"); });
}

TEST_CASE("what CloudWatch is told counts requests that are not plain") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(Talk::status(talk.answer()) == 200);
  std::optional<model::Traffic> told;
  running.wait([&](const WorkerState&) { return (told = read_traffic(running.folder)) && told->counts["RequestCount"] == 1 && told->counts["DesyncMitigationMode_NonCompliant_Request_Count"] == 1; });
  CHECK(told->counts.at("NonStickyRequestCount") == 0);
  CHECK(told->counts.at("HTTP_Redirect_Url_Limit_Exceeded_Count") == 0);
}

TEST_CASE("what CloudWatch is told counts requests by what becomes of invalid field names") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.start();
  const auto ask = [&](const std::string& fields) {
    const Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    CHECK(Talk::status(talk.answer()) == 200);
  };
  const auto told = [&](int64_t forwarded, int64_t dropped) {
    running.wait([&](const WorkerState&) {
      auto traffic = read_traffic(running.folder);
      return traffic && traffic->counts["ForwardedInvalidHeaderRequestCount"] == forwarded && traffic->counts["DroppedInvalidHeaderRequestCount"] == dropped;
    });
  };
  ask("X-Plain: 1\r\n");
  ask("X_Odd: 1\r\nY_Odd: 2\r\n");
  told(1, 0);
  ask("X odd: 1\r\n");
  told(1, 1);
  running.config.balancer.attributes["routing.http.drop_invalid_header_fields.enabled"] = "true";
  running.config.revision = 2;
  running.write();
  running.wait([](const WorkerState& s) { return s.revision == 2; });
  ask("X_Odd: 1\r\n");
  told(1, 2);
}

TEST_CASE("a client that goes in the middle of its request is 400, one that goes while it waits is 460, one that goes in the answer is neither") {
  std::atomic<int> asked = 0;
  RawOrigin target([&](int fd, int) {
    const std::string head = read_head(fd);
    constexpr std::string_view kHalf = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    if (has(head, "/begins")) (void)send(fd, kHalf.data(), kHalf.size(), MSG_NOSIGNAL);
    ++asked;
    asked.notify_all();
    char piece[64];
    while (recv(fd, piece, sizeof piece, 0) > 0) {}
  });
  Front1 running(target.port);
  running.config.access_log = running.folder / "access.log";
  running.start();
  const auto counted = [&](const std::string& name) {
    running.wait([&](const WorkerState&) { return running.count(name) == 1; });
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf";
  {
    const Talk half(running.port);  // it says no more, and reads on
    half.say(post);
    asked.wait(0);
    shutdown(half.fd.get(), SHUT_WR);
    CHECK(Talk::status(half.rest()) == 400);
    counted("elb.400.client_closed");
  }
  {
    Talk gone(running.port);
    gone.say(post);
    asked.wait(1);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(gone.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    gone.fd.reset();
    running.wait([&](const WorkerState&) { return running.count("elb.400.client_closed") == 2; });
  }
  {
    Talk waits(running.port);
    waits.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    asked.wait(2);
    waits.fd.reset();
    counted("elb.460.client_closed");
  }
  {
    Talk reads(running.port);
    reads.say("GET /begins HTTP/1.1\r\nHost: a\r\n\r\n");
    read_head(reads.fd.get());
    reads.fd.reset();
    counted("elb.cut.client_closed");
  }
  running.wait([&](const WorkerState&) {
    const std::string log = read_file(running.folder / "access.log").value_or("");
    return has(log, " 400 - ") && has(log, " 460 - ") && has(log, " 200 200 ");
  });
  CHECK(running.count("elb.460.client_closed") == 1);
}

TEST_CASE("a target's head may have 32 KiB; more is 502") {
  for (const size_t size : {31 * 1024, 33 * 1024}) {
    Scripted target("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + std::string(size, 'x') + "\r\n\r\nok", true);
    Front1 running(target.origin.port);
    running.start();
    const Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(Talk::status(talk.rest()) == (size < 32 * 1024 ? 200 : 502));
  }
}

TEST_CASE("a target's Connection: close ends its own connection, not the client's") {
  for (const std::string field : {"", "Connection: close\r\n"}) {
    Scripted target("HTTP/1.1 200 OK\r\n" + field + "Content-Length: 2\r\n\r\nok", !field.empty());
    Front1 running(target.origin.port);
    running.start();
    const Talk talk(running.port);
    for (int i = 0; i < 2; ++i) {
      talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(has(talk.answer(), "Connection: keep-alive\r\n"));
    }
    CHECK(running.count("target.connections") == (field.empty() ? 1 : 2));
  }
}

TEST_CASE("of several Host fields rules look at the first, and with preservation the target gets all") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.config.balancer.attributes["routing.http.preserve_host_header.enabled"] = "true";
  running.config.listeners[0].rules = {{.priority = 1, .conditions = {{.field = "host-header", .values = {"second.example"}}}, .actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"403", "text/plain", ""}}}}};
  running.start();
  const Talk talk(running.port);
  talk.say("GET / HTTP/1.1\r\nHost: first.example\r\nHost: second.example\r\n\r\n");
  CHECK(Talk::status(talk.answer()) == 200);
  CHECK(has(target.last(), "Host: first.example\r\nHost: second.example\r\n"));
  talk.say("GET / HTTP/1.1\r\nHost: second.example\r\nHost: first.example\r\n\r\n");
  CHECK(Talk::status(talk.answer()) == 403);
}

TEST_CASE("limits and odd requests have AWS's statuses") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.start();
  const auto status = [&](const std::string& request) {
    Talk talk(running.port);
    talk.say(request);
    return Talk::status(talk.answer());
  };
  CHECK(status("GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n") == 400);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 10; ++i) many += fmt::format("X{}: {}\r\n", i, std::string(8000, 'x'));
  CHECK(status(many + "\r\n") == 400);
  CHECK(status("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n") == 400);  // 501 where desync mitigation lets it come so far
  CHECK(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  std::string hops = "1.1.1.1";
  for (int i = 0; i < 29; ++i) hops += ", 1.1.1.1";
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + hops + "\r\n\r\n") == 200);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + hops + "\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n") == 463);
  CHECK(running.count("elb.463.forwarded_for") == 1);
}

TEST_CASE("what a client and a configuration say about forwarded fields is done") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  auto& attributes = running.config.balancer.attributes;
  running.config.listeners[0].listener.attributes = {{"routing.http.response.server.enabled", "false"}, {"routing.http.response.x_frame_options.header_value", "DENY"}};
  target.answer_text = "HTTP/1.1 200 OK\r\nServer: mine\r\nX-Frame-Options: ALLOW\r\nContent-Length: 2\r\n\r\nok";
  running.start();
  int revision = 1;
  const auto seen = [&](const std::string& fields) {
    running.config.revision = ++revision;
    running.write();
    running.wait([&](const WorkerState& s) { return s.revision == revision; });
    Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: Www.Example:99\r\n" + fields + "\r\n");
    const std::string answer = talk.answer();
    CHECK_FALSE(has(answer, "Server: mine"));
    CHECK(has(answer, "X-Frame-Options: DENY"));
    CHECK_FALSE(has(answer, "ALLOW"));
    return target.last();
  };
  std::string head = seen("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nX-Forwarded-Proto: gopher\r\nX_Odd: 1\r\nX-Amzn-Trace-Id: Root=1-2-3;Self=4;A=b\r\n");
  CHECK(has(head, "X-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1\r\n"));
  CHECK(has(head, "X-Forwarded-Proto: http\r\n"));
  CHECK_FALSE(has(head, "gopher"));
  CHECK(has(head, "Host: www.example:99\r\n"));
  CHECK(has(head, "X_Odd: 1\r\n"));
  CHECK(has(head, "X-Amzn-Trace-Id: Self=1-"));
  CHECK(has(head, ";Root=1-2-3;A=b\r\n"));
  attributes["routing.http.xff_client_port.enabled"] = attributes["routing.http.preserve_host_header.enabled"] = attributes["routing.http.drop_invalid_header_fields.enabled"] = "true";
  head = seen("X_Odd: 1\r\n");
  CHECK(has(head, "X-Forwarded-For: 127.0.0.1:"));
  CHECK(has(head, "Host: Www.Example:99\r\n"));
  CHECK_FALSE(has(head, "X_Odd"));
  attributes["routing.http.xff_header_processing.mode"] = "preserve";
  CHECK(has(seen("X-Forwarded-For: 192.0.2.1\r\n"), "X-Forwarded-For: 192.0.2.1\r\n"));
  attributes["routing.http.xff_header_processing.mode"] = "remove";
  CHECK_FALSE(has(seen("X-Forwarded-For: 192.0.2.1\r\n"), "X-Forwarded-For"));
}

TEST_CASE("stickiness: a client with the cookie stays with its target and its group") {
  Origin a("a"), b("b"), c("c");
  Running running;
  running.add(a);
  running.add(b);
  running.config.groups.push_back({.group = {.arn = "s", .name = "s", .target_type = "ip"}});
  running.add(c, "s");
  running.config.groups[0].group.attributes = {{"stickiness.enabled", "true"}};
  running.config.groups[1].group.attributes = {{"stickiness.enabled", "true"}};
  running.config.listeners[0].listener.default_actions = {{.type = "forward", .target_groups = {{"g", 1}, {"s", 1}}, .group_stickiness = true, .group_stickiness_seconds = 60}};
  running.start();
  running.wait_for("healthy");
  const auto ask = [&](const std::string& cookie) {
    Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\n" + (cookie.empty() ? "" : "Cookie: " + cookie + "\r\n") + "Connection: close\r\n\r\n");
    return talk.rest();
  };
  const auto value = [](const std::string& answer, const std::string& name) {
    const size_t at = answer.find("Set-Cookie: " + name + "=");
    REQUIRE(at != std::string::npos);
    return answer.substr(at + 12, answer.find(';', at) - at - 12);
  };
  const auto name_of_origin = [](const std::string& answer) { return lower(answer).substr(lower(answer).find("origin-name: ") + 13, 1); };
  for (int client = 0; client < 6; ++client) {
    const std::string first = ask("");
    CHECK(has(first, "AWSALBCORS="));
    CHECK(has(first, "SameSite=None; Secure"));
    const std::string cookie = value(first, "AWSALBTG") + "; " + value(first, "AWSALB");
    for (int i = 0; i < 6; ++i) CHECK(name_of_origin(ask(cookie)) == name_of_origin(first));
  }
}

TEST_CASE("a client that never reads costs no more than the configuration allows, and others are served") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.config.memory_mib = 1;
  running.start();
  running.wait_for("healthy");
  std::vector<Talk> deaf;
  for (int i = 0; i < 40; ++i) {
    deaf.emplace_back(running.port);
    const int small = 4096;
    setsockopt(deaf.back().fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    deaf.back().say("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  running.wait([&](const WorkerState&) { return running.counters().contains("elb.cut.memory"); });
  CHECK(running.worker->kept_bytes() <= (2u << 20));
  deaf.clear();
  http::Client client;
  CHECK(becomes([&] {  // until it has looked at those that have gone
    const auto answer = client.fetch({.url = running.url("/")});
    return answer && answer->status == 200;
  }));
}

TEST_CASE("several threads serve one listener, and changes reach all of them") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.config.threads = 3;
  const ReservedPort shared;  // each thread has a socket of its own: the port must be known
  running.config.listeners[0].listener.port = shared.port;
  running.start();
  running.port = shared.port;
  running.wait_for("healthy");
  for (int i = 0; i < 30; ++i) {
    Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(Talk::status(talk.rest()) == 200);
  }
  running.config.revision = 2;
  running.config.listeners[0].listener.default_actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"418", "text/plain", ""}}};
  running.write();
  running.wait([](const WorkerState& s) { return s.revision == 2; });
  for (int i = 0; i < 30; ++i) {
    Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(Talk::status(talk.rest()) == 418);
  }
}

TEST_CASE("requests and connections are logged in ALB's format, and counted for Prometheus") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.config.balancer.arn = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/lb/0123456789abcdef";
  running.config.access_log = running.folder / "access.log";
  running.config.connection_log = running.folder / "connections.log";
  running.config.metrics = "127.0.0.1:0";
  running.start();
  running.wait_for("healthy");
  http::Client client;
  http::Fetch fetch{.url = running.url("/a?b=\"c")};
  fetch.headers.set("User-Agent", "tester \"1\"");
  REQUIRE(client.fetch(fetch));
  std::string line;
  running.wait([&](const WorkerState&) { return !(line = read_file(running.folder / "access.log").value_or("")).empty(); });
  CHECK(line.starts_with("http 20"));
  CHECK(has(line, " app/lb/0123456789abcdef 127.0.0.1:"));
  CHECK(has(line, fmt::format(" 127.0.0.1:{} ", origin.server->port())));
  CHECK(has(line, " 200 200 "));
  CHECK(has(line, fmt::format("\"GET http://127.0.0.1:{}/a?b=", 0)));
  CHECK(has(line, "\"tester \\x221\\x22\" - - g \"Root=1-"));
  CHECK(has(line, "\"-\" \"-\" 0 20"));
  CHECK(has(line, "\"forward\" \"-\" \"-\" \"127.0.0.1:"));
  CHECK(has(line, "\"200\" \"-\" \"-\" TID_"));
  running.wait([&](const WorkerState&) { return !read_file(running.folder / "connections.log").value_or("").empty(); });
  const auto metrics = client.fetch({.url = fmt::format("http://127.0.0.1:{}/metrics", running.worker->metrics_port())});
  REQUIRE(metrics);
  CHECK(has(metrics->body, "landfall_alb_request_count 1\n"));
  CHECK(has(metrics->body, "landfall_alb_httpcode_target_count{target_group=\"g\",class=\"2xx\"} 1\n"));
  CHECK(has(metrics->body, "landfall_alb_healthy_host_count{target_group=\"g\"} 1\n"));
}
