#include "alb/flow.h"

#include <doctest/doctest.h>

#include <netinet/tcp.h>

#include <set>

#include "alb/flow_hash.h"
#include "alb/flow_rig_for_test.h"
#include "alb/traffic.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("bytes go both ways as they come, and a half that closes is closed on the other side") {
  Server target([](int fd) {
    std::string all;
    char piece[65536];
    for (ssize_t got = 0; (got = recv(fd, piece, sizeof piece, 0)) > 0;) all.append(piece, static_cast<size_t>(got));
    if (!all.empty()) send_all(fd, "got " + std::to_string(all.size()) + " " + all.substr(0, 5));
  });
  FlowRig rig;
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const Talk client(rig.port);
  client.say("hello" + std::string(300'000, 'x'));
  shutdown(client.fd.get(), SHUT_WR);  // the target answers only once it has seen the end
  CHECK(client.rest() == "got 300005 hello");
  CHECK(rig.count("bytes.received") == 300'005);
  CHECK(rig.count("connections") == 1);
}

TEST_CASE("a peer that does not read stops the other, and nothing is lost") {
  constexpr size_t kSize = 40'000'000;
  std::atomic<size_t> sent = 0;
  Server target([&](int fd) {
    char byte = 0;
    if (recv(fd, &byte, 1, 0) != 1) return;
    const std::string piece(1'000'000, 'b');
    for (size_t i = 0; i < kSize / piece.size(); ++i) {
      send_all(fd, piece);
      sent += piece.size();
    }
  });
  FlowRig rig;
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const Talk client(rig.port);
  client.say("?");
  size_t before = 1;
  CHECK(becomes([&] {  // until the target gets no further
    const size_t now = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return now > 0 && now == sent && std::exchange(before, now) == now;
  }));
  CHECK(sent < kSize);
  CHECK(client.rest().size() == kSize);
}

TEST_CASE("a reset is passed on, and counted by who has sent it") {
  std::atomic<int> ended_by = 0;
  Server target([&](int fd) {
    char bytes[8];
    if (recv(fd, bytes, sizeof bytes, 0) <= 0) return;
    if (bytes[0] == 'r') {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return;
    }
    send_all(fd, "ok");
    if (recv(fd, bytes, sizeof bytes, 0) < 0) ended_by = errno;
  });
  FlowRig rig;
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  {
    const Talk client(rig.port);
    client.say("r");
    char byte = 0;
    CHECK(recv(client.fd.get(), &byte, 1, 0) == -1);
    CHECK(errno == ECONNRESET);
    CHECK(becomes([&] { return rig.count("flow.target_reset") == 1; }));
  }
  {
    const Talk client(rig.port);
    client.say("go");
    CHECK(some(client.fd.get(), 2) == "ok");
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(client.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  CHECK(becomes([&] { return ended_by == ECONNRESET; }));
  CHECK(rig.count("flow.client_reset") == 1);
}

TEST_CASE("a client is reset where no target takes it, and healthy targets are preferred") {
  FlowRig rig;
  rig.start();
  const auto is_reset = [&] {
    const Talk client(rig.port);
    char byte = 0;
    return recv(client.fd.get(), &byte, 1, 0) == -1 && errno == ECONNRESET;
  };
  CHECK(is_reset());
  CHECK(rig.count("elb.no_target") == 1);
  rig.group().health_check.unhealthy_threshold = 1;
  rig.add(1);  // nobody listens there
  rig.reload();
  rig.wait_for("unhealthy");
  CHECK(is_reset());
  CHECK(rig.count("flow.target_reset") == 1);
  Server target(named("well"));
  rig.add(target.port);
  rig.reload();
  CHECK(becomes([&] { return rig.state().targets.back().state == "healthy"; }));
  for (int i = 0; i < 20; ++i) CHECK(asked(rig.port) == "well");
}

TEST_CASE("flows are spread over targets, and a source that sticks stays with its target while others come and go") {
  std::vector<std::unique_ptr<Server>> targets;
  FlowRig rig;
  for (const char* name : {"a", "b", "c"}) {
    targets.push_back(std::make_unique<Server>(named(name)));
    rig.add(targets.back()->port);
  }
  rig.start();
  rig.wait_for("healthy");
  std::set<std::string> met;
  for (int i = 0; i < 60; ++i) met.insert(asked(rig.port));
  CHECK(met == std::set<std::string>{"a", "b", "c"});
  rig.group().attributes["stickiness.enabled"] = "true";
  rig.reload();
  std::map<std::string, std::string> of;
  for (int i = 1; i < 30; ++i) {
    const std::string source = "127.0.1." + std::to_string(i);
    of[source] = asked(rig.port, source);
    for (int j = 0; j < 3; ++j) CHECK(asked(rig.port, source) == of[source]);
  }
  rig.config.groups[0].targets.pop_back();  // c goes
  rig.reload();
  for (const auto& [source, target] : of) {
    if (target != "c") CHECK(asked(rig.port, source) == target);
    else CHECK(asked(rig.port, source) != "c");
  }
}

TEST_CASE("a node sends to its own zone's targets, unless the load balancer or the group crosses zones") {
  Server here(named("here")), there(named("there"));
  FlowRig rig;
  rig.add(here.port, "a");
  rig.add(there.port, "b");
  rig.start();
  rig.wait_for("healthy");
  const auto met = [&] {
    std::set<std::string> all;
    for (int i = 0; i < 40; ++i) all.insert(asked(rig.port));
    return all;
  };
  CHECK(met() == std::set<std::string>{"here"});
  rig.config.balancer.attributes["load_balancing.cross_zone.enabled"] = "true";
  rig.reload();
  CHECK(met() == std::set<std::string>{"here", "there"});
  rig.group().attributes["load_balancing.cross_zone.enabled"] = "false";
  rig.reload();
  CHECK(met() == std::set<std::string>{"here"});
}

TEST_CASE("a TLS listener ends TLS, agrees on a protocol by its policy, and a TLS group gets TLS again") {
  Server target(echo);
  FlowRig rig;
  rig.add(target.port);
  serve_tls(rig, "nlb.test");
  rig.listener().protocol = "TLS";
  rig.listener().alpn_policy = "HTTP2Optional";
  rig.start();
  rig.wait_for("healthy");
  {
    const TlsTalk client(rig.port, "h2", "nlb.test");
    const unsigned char* agreed = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl, &agreed, &size);
    CHECK(std::string(reinterpret_cast<const char*>(agreed), size) == "h2");
    REQUIRE(client.say("through TLS"));
    CHECK(client.some(11) == "through TLS");
  }
  {
    const Talk older(rig.port);  // TLS 1.2, where the balancer has the last word: nobody speaks after the handshake
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, older.fd.get());
    CHECK(SSL_connect(ssl) == 1);
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  {
    const Talk plain(rig.port);
    plain.say("no greeting of TLS at all");
    (void)plain.rest();
    CHECK(becomes([&] { return rig.count("elb.tls_failed") == 1; }));
  }
  rig.group().protocol = "TLS";  // the target does not speak it
  rig.reload();
  const TlsTalk client(rig.port, "", "nlb.test");
  (void)client.say("?");
  CHECK(client.some(1).empty());
  CHECK(becomes([&] { return rig.count("target.tls_failed") == 1; }));
}

TEST_CASE("the proxy protocol's header goes before everything else") {
  std::string seen;
  std::atomic<bool> done = false;
  Server target([&](int fd) {
    const std::string got = some(fd, 28 + 5);
    if (got.empty()) return;  // a check
    seen = got;
    done = true;
  });
  FlowRig rig;
  rig.group().attributes["proxy_protocol_v2.enabled"] = "true";
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const Talk client(rig.port);
  client.say("hello");
  REQUIRE(becomes([&] { return done.load(); }));
  CHECK(seen.substr(0, 12) == std::string("\r\n\r\n\0\r\nQUIT\n", 12));
  CHECK(seen.substr(12, 4) == std::string("\x21\x11\0\x0c", 4));
  CHECK(seen.substr(16, 8) == std::string("\x7f\0\0\1\x7f\0\0\1", 8));
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(client.fd.get(), reinterpret_cast<sockaddr*>(&own), &size);
  CHECK(seen.substr(24, 2) == std::string(reinterpret_cast<const char*>(&own.sin_port), 2));
  CHECK(seen.substr(28) == "hello");
}

TEST_CASE("a flow outlives its target's deregistration, unless connections are to be terminated at the end of the delay") {
  Server target(echo);
  FlowRig rig;
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const auto is_alive = [](const Talk& talk) {
    if (send(talk.fd.get(), "x", 1, MSG_NOSIGNAL) != 1) return false;
    return some(talk.fd.get(), 1) == "x";
  };
  const Talk client(rig.port);
  REQUIRE(is_alive(client));
  rig.config.groups[0].targets[0].desired = "draining";
  rig.reload();
  CHECK(is_alive(client));
  CHECK(asked(rig.port).empty());  // nothing new goes there
  auto draining = rig.config.groups[0].targets;
  rig.config.groups[0].targets.clear();
  rig.reload();
  CHECK(is_alive(client));
  rig.config.groups[0].targets = draining;
  rig.config.groups[0].targets[0].desired = "registered";
  rig.group().attributes["deregistration_delay.connection_termination.enabled"] = "true";
  rig.reload();
  rig.wait_for("healthy");
  const Talk other(rig.port);
  REQUIRE(is_alive(other));
  rig.config.groups[0].targets = draining;
  rig.reload();
  CHECK(is_alive(other));
  rig.config.groups[0].targets.clear();
  rig.reload();
  CHECK(becomes([&] { return !is_alive(other); }));
  CHECK(is_alive(client));
}

TEST_CASE("flows of a target that becomes unhealthy end, unless the group keeps them") {
  for (const bool ends : {true, false}) {
    std::atomic<bool> listens = true;
    auto target = std::make_unique<Server>(echo);
    FlowRig rig;
    rig.group().health_check.unhealthy_threshold = 1;
    rig.group().health_check.interval_seconds = 1;
    if (!ends) rig.group().attributes["target_health_state.unhealthy.connection_termination.enabled"] = "false";
    rig.add(target->port);
    rig.start();
    rig.wait_for("healthy");
    const Talk client(rig.port);
    client.say("x");
    REQUIRE(some(client.fd.get(), 1) == "x");
    shutdown(target->listening.get(), SHUT_RDWR);  // refuses from now on; what is open stays
    rig.wait_for("unhealthy");
    CHECK(rig.state().targets[0].reason == "Target.FailedHealthChecks");
    if (ends) {
      char byte = 0;
      CHECK(recv(client.fd.get(), &byte, 1, 0) == -1);
      CHECK(errno == ECONNRESET);
    } else {
      client.say("y");
      CHECK(some(client.fd.get(), 1) == "y");
    }
  }
}

TEST_CASE("a flow without a byte for the idle timeout is reset on both sides") {
  std::atomic<int> ended_by = 0;
  std::atomic<bool> is_asked = false;
  Server target([&](int fd) {
    char byte = 0;
    if (recv(fd, &byte, 1, 0) != 1) return;
    is_asked = true;
    is_asked.notify_all();
    if (recv(fd, &byte, 1, 0) < 0) ended_by = errno;
  });
  FlowRig rig;
  rig.listener().attributes["tcp.idle_timeout.seconds"] = "60";
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const Talk client(rig.port);
  client.say("x");
  is_asked.wait(false);
  EventLoop::skip(std::chrono::seconds(61));
  char byte = 0;
  CHECK(recv(client.fd.get(), &byte, 1, 0) == -1);
  CHECK(errno == ECONNRESET);
  CHECK(becomes([&] { return ended_by == ECONNRESET; }));
  CHECK(rig.count("elb.idle_timeout") == 1);
}

TEST_CASE("traffic is told under the names of AWS/NetworkELB") {
  Server target(echo);
  FlowRig rig;
  rig.add(target.port);
  rig.start();
  rig.wait_for("healthy");
  const Talk client(rig.port);
  client.say("1234");
  REQUIRE(some(client.fd.get(), 4) == "1234");
  std::optional<model::Traffic> told;
  rig.wait([&](const WorkerState&) { return (told = read_traffic(rig.folder)) && told->counts["ProcessedBytes"] == 8; });
  for (const model::Traffic* part : {&*told, &told->zones.at(0)}) {
    CHECK(part->gauges.at("ActiveFlowCount") == 1);
    CHECK(part->counts.at("NewFlowCount") == 1);
    CHECK(part->counts.at("ProcessedBytes") == 8);
    CHECK_FALSE(part->counts.contains("RequestCount"));
    REQUIRE(part->groups.size() == 1);
    CHECK(part->groups[0].gauges.at("HealthyHostCount") == 1);
  }
}

TEST_CASE("weights divide flows among groups") {
  const Group heavy{.mark = 1}, light{.mark = 2};
  const CompiledAction action{.groups = {{&heavy, 3}, {&light, 1}}, .total_weight = 4};
  const std::string node = "10.0.0.4";
  int to_heavy = 0;
  for (int port = 1; port <= 4000; ++port) to_heavy += group_of(action, {.client = {htonl(0x0a000001)}, .client_port = port, .node = &node, .listener_port = 80}) == &heavy;
  CHECK(to_heavy > 2800);
  CHECK(to_heavy < 3200);
  CHECK(group_of({.groups = {{&heavy, 0}}, .total_weight = 0}, {.node = &node}) == nullptr);
}

TEST_CASE("a worker takes connections of a network load balancer or requests of an application one, not both") {
  FlowRig rig;
  const auto refusal = [&] {
    const auto checked = check_config(rig.config);
    return checked ? std::string() : checked.error().what;
  };
  CHECK(refusal().empty());
  rig.group() = {.arn = "g", .name = "g", .target_type = "ip"};  // HTTP
  CHECK(refusal().find("goes with target group g of protocol HTTP") != std::string::npos);
  rig.group().protocol = "UDP", rig.group().protocol_version.clear();
  CHECK(refusal().find("wanted 'HTTP', 'HTTPS', 'TCP' or 'TLS'") != std::string::npos);
  rig.group().protocol = "TCP";
  rig.config.balancer.type = "application";
  CHECK(refusal().find("one of a load balancer of type application") != std::string::npos);
  rig.config.balancer.type = "network";
  rig.config.listeners[0].rules = {{.priority = 1, .actions = {forward_to("g")}}};
  CHECK(refusal().find("none with protocol TCP") != std::string::npos);
}
