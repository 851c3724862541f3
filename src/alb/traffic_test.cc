// What CloudWatch is told of requests and targets.
#include "alb/traffic.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/rig_for_test.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("a target that fails the handshake is told in its group's metrics, and no connection error") {
  RawOrigin plain([](int fd, int) {
    char piece[4096];
    (void)!recv(fd, piece, sizeof piece, 0);
    (void)send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
  });
  Running site;
  site.config.groups[0].group.protocol = "HTTPS";
  site.config.groups[0].group.health_check.enabled = false;
  site.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = plain.port}};
  site.start();
  Talk talk(site.port);
  talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(Talk::status(talk.rest()) == 502);
  std::optional<model::Traffic> told;
  const auto tells = [](model::GroupTraffic& group) { return group.counts["TargetTLSNegotiationErrorCount"] == 1; };
  site.wait([&](const WorkerState&) { return (told = read_traffic(site.folder)) && told->counts["RequestCount"] == 1 && tells(told->groups[0]) && tells(told->zones.at(0).groups[0]); });
  CHECK(told->groups[0].counts.at("TargetConnectionErrorCount") == 0);
}

TEST_CASE("rules that are looked at are counted, those beyond the tenth as charged; the default one is not") {
  Origin origin("one");
  Running site;
  for (int i = 1; i <= 15; ++i) site.config.listeners[0].rules.push_back({.priority = i, .conditions = {{.field = "path-pattern", .values = {fmt::format("/{}", i)}}}, .actions = {forward_to("g")}});
  site.add(origin);
  site.start();
  site.wait_for("healthy");
  const auto ask = [&](const std::string& path) {
    Talk talk(site.port);
    talk.say("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(Talk::status(talk.rest()) == 200);
  };
  ask("/3");
  CHECK(site.count("rules.evaluated") == 3);
  CHECK(site.count("rules.charged") == 0);
  ask("/12");
  CHECK(site.count("rules.evaluated") == 15);
  CHECK(site.count("rules.charged") == 2);
  ask("/none");
  CHECK(site.count("rules.evaluated") == 30);
  CHECK(site.count("rules.charged") == 7);
}

TEST_CASE("requests count where a target was chosen: not those that are refused, redirected, answered at once or meet an empty group") {
  Origin origin("one");
  Running site;
  site.config.groups.push_back({.group = {.arn = "empty", .name = "empty", .target_type = "ip"}});
  const auto at = [](const std::string& path) { return std::vector<model::Condition>{{.field = "path-pattern", .values = {path}}}; };
  site.config.listeners[0].rules = {{.priority = 1, .conditions = at("/moved"), .actions = {{.type = "redirect", .redirect = model::RedirectAction{.path = "/", .status_code = "HTTP_302"}}}},
                                    {.priority = 2, .conditions = at("/fixed"), .actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"200", "text/plain", "ok"}}}},
                                    {.priority = 3, .conditions = at("/empty"), .actions = {forward_to("empty")}}};
  site.add(origin);
  site.start();
  site.wait([](const WorkerState& s) { return !s.targets.empty() && s.targets[0].state == "healthy"; });
  for (const auto& [request, status] : {std::pair{"GET /moved", 302}, std::pair{"GET /fixed", 200}, std::pair{"GET /empty", 503}, std::pair{"TRACE /", 405}, std::pair{"GET /", 200}}) {
    Talk talk(site.port);
    talk.say(fmt::format("{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", request));
    CHECK(Talk::status(talk.rest()) == status);
  }
  std::optional<model::Traffic> told;
  site.wait([&](const WorkerState&) { return (told = read_traffic(site.folder)) && told->counts["NewConnectionCount"] == 5 && told->counts["RequestCount"] == 1; });
  for (const auto& group : told->groups) CHECK(group.counts.at("RequestCount") == (group.arn == "g" ? 1 : 0));
  CHECK(told->counts.at("HTTP_Redirect_Count") == 1);
  CHECK(told->counts.at("HTTP_Fixed_Response_Count") == 1);
  CHECK(told->counts.at("HTTPCode_ELB_503_Count") == 1);
  CHECK(told->counts.at("HTTPCode_ELB_4XX_Count") == 1);
}

TEST_CASE("a target that is deregistered is healthy no more, and not unhealthy either") {
  Origin a("a"), b("b");
  Running site;
  site.add(a);
  site.add(b);
  site.start();
  site.wait_for("healthy");
  using Gauges = std::map<std::string, int64_t>;
  const auto hosts = [&](int64_t healthy) {
    site.wait([&](const WorkerState&) {
      const auto told = read_traffic(site.folder);
      return told && told->groups.at(0).gauges == Gauges{{"HealthyHostCount", healthy}, {"UnHealthyHostCount", 0}} && told->zones.at(0).groups.at(0).gauges.at("HealthyHostCount") == healthy && told->zones.at(0).groups.at(0).gauges.at("UnHealthyHostCount") == 0;
    });
  };
  hosts(2);
  site.config.groups[0].targets[0].desired = "draining";
  ++site.config.revision;
  site.write();
  hosts(1);
}
