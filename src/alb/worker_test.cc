#include "alb/worker.h"

#include <doctest/doctest.h>


#include <algorithm>
#include <atomic>
#include <thread>

#include "alb/rig_for_test.h"
#include "base/file.h"
#include "base/text.h"
#include "http/client.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("requests reach a healthy target with the balancer's headers, and connections are kept") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.start();
  running.wait_for("healthy");
  http::Client client;
  http::Fetch fetch{.method = "POST", .url = running.url("/a?b=1"), .body = "hello"};
  fetch.headers.set("X-Forwarded-For", "192.0.2.7");
  fetch.headers.set("Connection", "x-private");
  fetch.headers.set("X-Private", "secret");
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.fetch(fetch);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "POST /a?b=1 hello");
    CHECK(answer->headers.find("seen-x-forwarded-for") == "192.0.2.7, 127.0.0.1");
    CHECK(answer->headers.find("seen-x-forwarded-proto") == "http");
    CHECK(answer->headers.find("seen-x-amzn-trace-id")->starts_with("Root=1-"));
    CHECK_FALSE(answer->headers.find("seen-x-private"));
  }
}

TEST_CASE("a large body comes through whole") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.start();
  running.wait_for("healthy");
  http::Client client;
  const auto answer = client.fetch({.url = running.url("/big")});
  REQUIRE(answer);
  CHECK(answer->body.size() == 3'000'000);
  const auto echoed = client.fetch({.method = "PUT", .url = running.url("/up"), .body = std::string(2'000'000, 'u')});
  REQUIRE(echoed);
  CHECK(echoed->body.size() == std::string("PUT /up ").size() + 2'000'000);
}

TEST_CASE("rules choose by host in the order of their priorities, and redirect and fixed responses are the balancer's own") {
  Origin prod("prod"), staging("staging");
  Running running;
  running.add(prod);
  running.config.groups.push_back({.group = {.arn = "s", .name = "s", .target_type = "ip"}});
  running.add(staging, "s");
  auto& rules = running.config.listeners[0].rules;
  rules = {{.priority = 20, .conditions = {{.field = "host-header", .values = {"*.test"}}}, .actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"404", "text/plain", "nobody"}}}},
           {.priority = 10, .conditions = {{.field = "host-header", .values = {"*staging.test"}}}, .actions = {forward_to("s")}},
           {.priority = 30, .conditions = {{.field = "path-pattern", .values = {"/old*"}}}, .actions = {{.type = "redirect", .redirect = model::RedirectAction{.protocol = "HTTPS", .port = "443", .status_code = "HTTP_301"}}}}};
  running.start();
  running.wait_for("healthy");
  http::Client client;
  const auto get = [&](const std::string& host, const std::string& path) {
    http::Fetch fetch{.url = running.url(path)};
    fetch.headers.set("Host", host);
    return client.fetch(fetch).value();
  };
  CHECK(get("blog.Staging.test", "/").headers.find("origin-name") == "staging");
  CHECK(get("elsewhere", "/").headers.find("origin-name") == "prod");
  CHECK(get("a.test", "/").status == 404);
  CHECK(get("a.test", "/").body == "nobody");
  const auto moved = get("www.example", "/old/x?q=1");
  CHECK(moved.status == 301);
  CHECK(moved.headers.find("location") == "https://www.example:443/old/x?q=1");
  CHECK(moved.body.size() == 134);
  CHECK(moved.headers.find("server") == "awselb/2.0");
  const std::string most(8192 - std::string_view("https://www.example:443/old/").size(), 'a');
  CHECK(get("www.example", "/old/" + most).status == 301);
  const auto too_long = get("www.example", "/old/a" + most);
  CHECK(too_long.status == 500);
  CHECK_FALSE(too_long.headers.find("location"));
  CHECK(running.count("elb.500.redirect_too_long") == 1);
}

TEST_CASE("no registered target is 503, a refusing one 502, and an unhealthy group fails open") {
  Running running;
  running.start();
  http::Client client;
  const auto none = client.fetch({.url = running.url("/")});
  REQUIRE(none);
  CHECK(none->status == 503);
  CHECK(none->body.size() == 162);

  running.config.revision = 2;
  running.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = 1}};
  running.write();
  running.wait([](const WorkerState& s) { return s.revision == 2; });
  const auto refused = client.fetch({.url = running.url("/")});
  REQUIRE(refused);
  CHECK(refused->status == 502);
  CHECK(refused->body.size() == 122);

  Origin origin("sick");
  origin.health_status = 500;
  running.config.revision = 3;
  running.config.groups[0].group.health_check.unhealthy_threshold = 1;
  running.config.groups[0].targets.clear();
  running.add(origin);
  running.write();
  running.wait_for("unhealthy");
  CHECK(running.state().targets[0].description == "Health checks failed with these codes: [500]");
  CHECK(client.fetch({.url = running.url("/")})->status == 200);
}

TEST_CASE("a configuration that does not load leaves the old one in force") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.start();
  running.wait_for("healthy");
  REQUIRE(write_file_atomic(running.folder / "config.json", R"({"revision": 9, "unheard_of": 1})"));
  running.wait([](const WorkerState& s) { return !s.config_error.empty(); });
  CHECK(running.state().revision == 1);
  http::Client client;
  CHECK(client.fetch({.url = running.url("/")})->status == 200);
}

TEST_CASE("configurations change under load without a failed request") {
  Origin a("a"), b("b");
  Running running;
  running.add(a);
  running.add(b);
  running.start();
  running.wait_for("healthy");
  std::atomic<bool> done = false;
  std::atomic<int> good = 0, bad = 0;
  std::jthread load([&] {
    http::Client client;
    while (!done) {
      const auto answer = client.fetch({.url = running.url("/")});
      ++(answer && answer->status == 200 ? good : bad);
    }
  });
  for (int revision = 2; revision <= 30; ++revision) {
    running.config.revision = revision;
    running.config.groups[0].targets[static_cast<size_t>(revision % 2)].desired = "draining";
    running.config.groups[0].targets[static_cast<size_t>((revision + 1) % 2)].desired = "registered";
    running.write();
    running.wait([&](const WorkerState& s) { return s.revision == revision; });
    const int before = good + bad;
    REQUIRE(becomes([&] { return good + bad > before + 1; }));  // one at least that began after the change
  }
  done = true;
  load.join();
  CHECK(bad == 0);
  CHECK(a.requests > 0);
  CHECK(b.requests > 0);
}

TEST_CASE("what the worker does not do is refused by name, and what cannot be meant too") {
  Running running;
  const auto refused = [&](auto change) {
    Config config = running.config;
    change(config);
    const auto made = Snapshot::compile(config, nullptr);
    return made ? std::string("accepted") : made.error().message();
  };
  const auto says = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };

  CHECK(refused([](Config&) {}) == "accepted");
  CHECK(says(refused([](Config& c) { c.groups[0].group.attributes["stickiness.type"] = "source_ip"; }), "'source_ip' is not supported for target groups with the HTTP protocol"));
  CHECK(says(refused([](Config& c) { c.balancer.attributes["waf.fail_open.enabled"] = "true"; }), "'true' of the attribute 'waf.fail_open.enabled'"));
  CHECK(says(refused([](Config& c) { c.groups[0].group.protocol = "UDP"; }), "protocol 'UDP' is not supported"));
  CHECK(says(refused([](Config& c) { c.groups[0].group.protocol_version = "SPDY"; }), "protocol_version is 'SPDY'; wanted HTTP1, HTTP2 or GRPC"));
  CHECK(says(refused([](Config& c) { c.groups[0].group.protocol_version = "GRPC"; }), "protocol is 'HTTP'; wanted HTTPS, which target group g of protocol version GRPC needs"));
  CHECK(says(refused([](Config& c) { c.listeners[0].listener.default_actions.clear(); }), "wanted one action"));
  CHECK(says(refused([](Config& c) { c.listeners[0].listener.default_actions = {forward_to("nowhere")}; }), "'nowhere'"));
  CHECK(says(refused([](Config& c) { c.listeners[0].listener.default_actions[0].type = "authenticate-oidc"; }), "authenticate-oidc"));
  CHECK(says(refused([](Config& c) { c.balancer.attributes["idle_timeout.timeout_seconds"] = "soon"; }), "1 to 4000"));
  CHECK(says(refused([](Config& c) { c.groups[0].targets = {{.id = "host.example", .port = 80}}; }), "an IPv4 address"));
}

TEST_CASE("with cross-zone off a node uses its own zone's targets only") {
  Running running;
  running.config.groups[0].group.attributes["load_balancing.cross_zone.enabled"] = "false";
  running.config.nodes = {{"a", "127.0.0.1"}, {"b", "127.0.0.2"}, {"c", "127.0.0.3"}};
  running.config.groups[0].targets = {{.id = "10.0.0.1", .port = 1, .zone = "a"}, {.id = "10.0.0.2", .port = 1, .zone = "b"}};
  const auto made = Snapshot::compile(running.config, nullptr);
  REQUIRE(made);
  const auto& nodes = (*made)->nodes;
  for (int i = 0; i < 4; ++i) {
    CHECK((*made)->groups.at("g").choose(nodes[0], {}, 0)->address == "10.0.0.1");
    CHECK((*made)->groups.at("g").choose(nodes[1], {}, 0)->address == "10.0.0.2");
  }
  CHECK((*made)->groups.at("g").choose(nodes[2], {}, 0) == nullptr);
}

TEST_CASE("a POST after the target closed its kept connection goes out on a fresh one") {
  RawOrigin origin([](int fd, int) {
    if (read_head(fd).empty()) return;
    // Promises to stay and closes.
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  Running running;
  running.config.groups[0].group.health_check.enabled = false;
  running.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = origin.port}};
  running.start();
  http::Client client;
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.fetch({.method = "POST", .url = running.url("/"), .body = ""});
    REQUIRE(answer);
    CHECK(answer->status == 200);
    origin.ended.wait(i);  // a request that crosses the close is a 502 on AWS too
  }
}

TEST_CASE("when the deregistration delay is over, a request still in flight is cut with 502") {
  std::atomic<bool> reached = false, over = false;
  RawOrigin origin([&](int fd, int) {
    if (read_head(fd).empty()) return;
    reached = true;
    reached.notify_all();
    char byte = 0;
    while (!over && recv(fd, &byte, 1, 0) > 0) {}
  });
  Running running;
  running.config.groups[0].group.health_check.enabled = false;
  running.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = origin.port}};
  running.start();
  std::atomic<int> status = 0;
  std::jthread slow([&] {
    http::Client client;
    const auto answer = client.fetch({.url = running.url("/slow")});
    status = answer ? answer->status : -1;
  });
  reached.wait(false);

  running.config.revision = 2;
  running.config.groups[0].targets[0].desired = "draining";
  running.write();
  running.wait([](const WorkerState& s) { return s.revision == 2 && !s.targets.empty() && s.targets[0].in_flight == 1; });
  CHECK(status == 0);
  running.config.revision = 3;
  running.config.groups[0].targets.clear();
  running.write();
  slow.join();
  over = true;

  CHECK(status == 502);
}

TEST_CASE("an absolute-form target's host is the one that rules and the target see") {
  Origin origin("one");
  Running running;
  running.add(origin);
  running.start();
  running.wait_for("healthy");
  Talk talk(running.port);
  talk.say("GET http://Real.example/x HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n");
  const std::string head = lower(talk.rest());
  CHECK(head.find("seen-host: real.example") != std::string::npos);
}

TEST_CASE("one pass makes a new target healthy, the threshold counts for coming back") {
  const model::HealthCheck check{.healthy_threshold = 3, .unhealthy_threshold = 2};
  const CheckResult pass{.kind = CheckResult::Kind::answered, .status = 200}, timeout{.kind = CheckResult::Kind::timed_out};
  Health health;
  for (int i = 0; i < 5; ++i) CHECK_FALSE(health.take_look({.kind = CheckResult::Kind::failed}, check));
  CHECK(health.state() == "initial");
  CHECK(health.take_look(pass, check));
  CHECK(health.is_healthy());
  CHECK_FALSE(health.take(timeout, check));
  health.take(timeout, check);
  CHECK(health.state() == "unhealthy");
  CHECK(health.reason() == "Target.Timeout");
  health.take(pass, check);
  health.take(pass, check);
  CHECK_FALSE(health.is_healthy());
  health.take(pass, check);
  CHECK(health.is_healthy());
}

TEST_CASE("a new target that does not listen yet is looked at between its checks") {
  Fd late(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(bind(late.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
  REQUIRE(getsockname(late.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  Running running;
  running.config.groups[0].group.health_check.interval_seconds = 300;
  running.config.groups[0].group.health_check.unhealthy_threshold = 2;
  running.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = ntohs(at.sin_port)}};
  running.start();
  running.wait([](const WorkerState& s) { return !s.targets.empty() && s.targets[0].last_check == "connection refused"; });
  REQUIRE(listen(late.get(), 16) == 0);
  const std::jthread server([&] {
    const Fd client(accept4(late.get(), nullptr, nullptr, SOCK_CLOEXEC));
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char asked[4096];
    (void)!read(client.get(), asked, sizeof asked);
    (void)!write(client.get(), answer.data(), answer.size());
  });
  running.wait_for("healthy");
}
