// Each node of a load balancer finds by its own checks which targets are healthy, and uses those.
#include <doctest/doctest.h>

#include <set>

#include <fmt/format.h>

#include "alb/flow_rig_for_test.h"
#include "alb/rig_for_test.h"
#include "alb/traffic.h"
#include "http/client.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Closes connections from one address instead of an answer, as if a network ACL cut them; answers others with its name.
struct Picky {
  std::mutex mutex;
  std::string check;  ///< as it came
  Server server;
  explicit Picky(const std::string& refused) : server([this, refused](int fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &peer.sin_addr, address, sizeof address);
    if (address == refused) return void(read_head(fd));
    for (std::string head = read_head(fd); !head.empty(); head = read_head(fd)) {
      if (head.find("ELB-HealthChecker") != std::string::npos) {
        const std::lock_guard lock(mutex);
        check = head;
      }
      send_all(fd, "HTTP/1.1 200 OK\r\nOrigin-Name: picky\r\nContent-Length: 0\r\n\r\n");
    }
  }) {}
  std::string seen() {
    const std::lock_guard lock(mutex);
    return check;
  }
};

/// Nodes in zones a and b.
struct TwoNodes : Running {
  TwoNodes() {
    config.nodes = {{"a", "127.0.0.1"}, {"b", "127.0.0.2"}};
    config.groups[0].group.health_check.unhealthy_threshold = 1;
  }
  void add_target(int target_port, const std::string& zone = "") { config.groups[0].targets.push_back({.target_group_arn = "g", .id = "127.0.0.1", .port = target_port, .zone = zone}); }
  void wait_for_both() const {
    wait([](const WorkerState& s) {
      return !s.targets.empty() && std::ranges::none_of(s.targets, [](const auto& t) { return t.found.at("a") == "initial" || t.found.at("b") == "initial"; });
    });
  }
  /// Who answers requests to the node: the names of six answers.
  std::set<std::string> asked_at(const std::string& node) const {
    http::Client client;
    std::set<std::string> names;
    for (int i = 0; i < 6; ++i) {
      const auto answer = client.fetch({.url = fmt::format("http://{}:{}/", node, worker->bound_port(0, node))});
      REQUIRE(answer);
      names.insert(answer->status == 200 ? std::string(answer->headers.find("origin-name").value_or("?")) : std::to_string(answer->status));
    }
    return names;
  }
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("a target that one node cannot reach gets requests from the others only, and stays healthy") {
  Picky picky("127.0.0.2");
  Origin fine("fine");
  TwoNodes site;
  site.add_target(picky.server.port);
  site.add(fine);
  site.start();
  site.wait_for_both();
  // What it met is told once it fails again after a check of the other node has passed.
  site.wait([](const WorkerState& s) { return s.targets[0].found == std::map<std::string, std::string>{{"a", "healthy"}, {"b", "connection closed"}}; });

  const WorkerState told = site.state();
  CHECK(told.targets[0].state == "healthy");
  CHECK(told.targets[1].found == std::map<std::string, std::string>{{"a", "healthy"}, {"b", "healthy"}});
  CHECK(site.asked_at("127.0.0.1") == Names{"picky", "fine"});
  CHECK(site.asked_at("127.0.0.2") == Names{"fine"});
}

TEST_CASE("a node that finds no target healthy uses all of them, while others do not") {
  Picky first("127.0.0.2"), second("127.0.0.2");
  TwoNodes site;
  site.add_target(first.server.port);
  site.add_target(second.server.port);
  site.start();
  site.wait_for_both();
  CHECK(site.asked_at("127.0.0.1") == Names{"picky"});
  CHECK(site.asked_at("127.0.0.2") == Names{"502"});  // not by the connections of the other node
  site.wait([](const WorkerState& s) { return s.targets[0].state == "healthy" && s.targets[1].state == "healthy"; });
}

TEST_CASE("a target is told as unhealthy when every node finds it so") {
  Origin sick("sick");
  sick.health_status = 500;
  TwoNodes site;
  site.add(sick);
  site.start();
  site.wait_for("unhealthy");
  CHECK(site.state().targets[0].found == std::map<std::string, std::string>{{"a", "unhealthy"}, {"b", "unhealthy"}});  // it is the target, not a node
  CHECK(site.state().targets[0].description == "Health checks failed with these codes: [500]");
}

TEST_CASE("metrics are told by zone too: requests of each node, and the targets as it finds them") {
  Picky picky("127.0.0.2");
  Origin fine("fine");
  TwoNodes site;
  site.config.groups[0].group.attributes["target_group_health.dns_failover.minimum_healthy_targets.count"] = "2";
  site.config.groups[0].group.attributes["target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"] = "2";
  site.add_target(picky.server.port);
  site.add(fine);
  site.start();
  site.wait_for_both();
  site.asked_at("127.0.0.1");
  std::optional<model::Traffic> told;
  site.wait([&](const WorkerState&) { return (told = read_traffic(site.folder)) && told->counts["RequestCount"] == 6 && told->zones.at(0).groups[0].counts["HTTPCode_Target_2XX_Count"] == 6; });

  REQUIRE(told->zones.size() == 2);
  model::Traffic &a = told->zones[0], &b = told->zones[1];
  CHECK((a.zone == "a" && b.zone == "b"));
  CHECK(a.counts.at("RequestCount") == 6);
  CHECK(b.counts.at("RequestCount") == 0);
  CHECK(a.groups[0].counts.at("HTTPCode_Target_2XX_Count") == 6);
  CHECK(a.groups[0].counts.at("UnhealthyRoutingRequestCount") == 0);
  CHECK(told->groups[0].counts.at("RequestCount") == 6);
  using Gauges = std::map<std::string, int64_t>;
  CHECK(a.groups[0].gauges == Gauges{{"HealthyHostCount", 2}, {"UnHealthyHostCount", 0}, {"HealthyStateDNS", 1}, {"UnhealthyStateDNS", 0}, {"HealthyStateRouting", 1}, {"UnhealthyStateRouting", 0}});
  CHECK(b.groups[0].gauges == Gauges{{"HealthyHostCount", 1}, {"UnHealthyHostCount", 1}, {"HealthyStateDNS", 0}, {"UnhealthyStateDNS", 1}, {"HealthyStateRouting", 0}, {"UnhealthyStateRouting", 1}});

  site.asked_at("127.0.0.2");
  site.wait([&](const WorkerState&) { return (told = read_traffic(site.folder)) && told->zones[1].counts["RequestCount"] == 6; });
  CHECK(told->zones[1].groups[0].counts.at("UnhealthyRoutingRequestCount") == 6);
}

TEST_CASE("with cross-zone off thresholds of routing count the targets of the node's zone") {
  Origin well("well"), sick("sick"), other("other");
  sick.health_status = 500;
  for (const auto& [attribute, value, at_a] : {std::tuple{"count", "2", Names{"well", "sick"}}, std::tuple{"count", "1", Names{"well"}}, std::tuple{"percentage", "51", Names{"well", "sick"}}, std::tuple{"percentage", "50", Names{"well"}}}) {
    CAPTURE(attribute);
    CAPTURE(value);
    TwoNodes site;
    site.config.groups[0].group.attributes = {{"load_balancing.cross_zone.enabled", "false"}, {std::string("target_group_health.unhealthy_state_routing.minimum_healthy_targets.") + attribute, value}};
    site.add_target(well.server->port(), "a");
    site.add_target(sick.server->port(), "a");
    site.add_target(other.server->port(), "b");
    site.start();
    site.wait_for_both();
    CHECK(site.asked_at("127.0.0.1") == at_a);
    CHECK(site.asked_at("127.0.0.2") == Names{"other"});
  }
}

TEST_CASE("a check is a request of its own: its target's address as Host, closed afterwards, nothing forwarded") {
  Picky target("nobody");
  Running site;
  site.config.groups[0].group.health_check.path = "/health?deep=1";
  site.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = target.server.port}};
  site.start();
  site.wait_for("healthy");
  const std::string check = target.seen();
  CHECK(check.starts_with("GET /health?deep=1 HTTP/1.1\r\n"));
  CHECK(check.find(fmt::format("\r\nHost: 127.0.0.1:{}\r\n", target.server.port)) != std::string::npos);
  CHECK(check.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(check.find("\r\nUser-Agent: ELB-HealthChecker/2.0\r\n") != std::string::npos);
  CHECK(check.find("X-") == std::string::npos);
}

TEST_CASE("checks of several nodes lie apart, each at the interval") {
  const TimePoint start{std::chrono::hours(1)};
  for (size_t index = 0; index < 3; ++index) {
    NodeView view;
    view.begin_check(start, std::chrono::seconds(30), index, 3);
    CHECK(view.next_check == start + std::chrono::seconds(30 + 10 * index));
    const TimePoint second = view.next_check;
    view.begin_check(second, std::chrono::seconds(30), index, 3);
    CHECK(view.next_check == second + std::chrono::seconds(30));
  }
}

TEST_CASE("what another worker has told is known of each node: who finds the target healthy, who does not, who is alone with that") {
  const std::vector<Node> nodes{{{.zone = "a", .address = "10.0.1.1"}, 0}, {{.zone = "b", .address = "10.0.2.1"}, 1}, {{.zone = "c", .address = "10.0.3.1"}, 2}};
  const GroupConfig config{.group = {.arn = "g", .name = "g", .target_type = "ip"}, .targets = {{.target_group_arn = "g", .id = "10.0.0.1", .port = 80}}};
  const TimePoint now{std::chrono::hours(1)};
  const auto recalled = [&](const TargetState& told) {
    Group group = Group::compile(config, nullptr, {}, nodes);
    group.members[0].target->recall(nodes, told, now);
    return group.members[0].target;
  };
  const auto alone = recalled({.state = "healthy", .found = {{"a", "healthy"}, {"b", "connection refused"}, {"c", "initial"}}});
  CHECK(alone->told(nodes).state() == "healthy");
  CHECK(alone->views[1]->is_alone);
  CHECK(alone->views[1]->health.state() == "unhealthy");
  CHECK(alone->views[2]->health.state() == "initial");
  alone->views[1]->health.take({.kind = CheckResult::Kind::timed_out}, {});
  alone->note_check(*alone->views[1], true, now + std::chrono::seconds(1));
  CHECK(alone->views[1]->is_alone);  // the other has found it healthy since

  const auto sick = recalled({.state = "unhealthy", .reason = "Target.Timeout", .description = "Request timed out", .last_check = "timed out", .found = {{"a", "unhealthy"}, {"b", "unhealthy"}, {"c", "unhealthy"}}});
  CHECK(sick->told(nodes).state() == "unhealthy");
  CHECK(sick->told(nodes).description() == "Request timed out");
  CHECK_FALSE(sick->views[0]->is_alone);
}

TEST_CASE("a node that joins has views of its own, and those that stay keep theirs") {
  Running site;
  site.config.nodes = {{"a", "10.0.1.1"}, {"b", "10.0.2.1"}};
  site.config.groups[0].targets = {{.target_group_arn = "g", .id = "10.0.0.1", .port = 80}};
  const auto before = Snapshot::compile(site.config, nullptr).value();
  Target& target = *before->groups.at("g").members[0].target;
  for (const Node& node : before->nodes) target.views[node.slot]->health.take({.kind = CheckResult::Kind::connected}, {});
  for (const Node& node : before->nodes) before->groups.at("g").note_health(node, 1);
  site.config.nodes = {{"c", "10.0.3.1"}, {"b", "10.0.2.1"}};
  const auto after = Snapshot::compile(site.config, before.get()).value();

  CHECK(after->nodes[1].slot == before->nodes[1].slot);
  CHECK(after->nodes[0].slot != before->nodes[0].slot);  // connections to the node that goes still use its slot
  CHECK(target.is_healthy(after->nodes[1].slot));
  CHECK_FALSE(target.is_healthy(after->nodes[0].slot));
  CHECK(target.is_healthy(before->nodes[0].slot));
  site.config.nodes.assign(kMaxNodes + 1, {"a", "10.0.1.1"});
  CHECK(Snapshot::compile(site.config, after.get()).error().what.find("8 at most") != std::string::npos);
}

TEST_CASE("a draining target that is registered again is initial, and checked at once by every node") {
  Running site;
  site.config.nodes = {{"a", "10.0.1.1"}, {"b", "10.0.2.1"}};
  site.config.groups[0].targets = {{.target_group_arn = "g", .id = "10.0.0.1", .port = 80}};
  auto snapshot = Snapshot::compile(site.config, nullptr).value();
  Target& target = *snapshot->groups.at("g").members[0].target;
  for (const Node& node : snapshot->nodes) {
    target.views[node.slot]->begin_check(TimePoint(std::chrono::hours(1)), std::chrono::seconds(30), 0, 1);
    target.views[node.slot]->health.take({.kind = CheckResult::Kind::connected}, {});
    snapshot->groups.at("g").note_health(node, 1);
  }
  REQUIRE(target.told(snapshot->nodes).state() == "healthy");
  for (const char* desired : {"draining", "registered"}) {
    site.config.groups[0].targets[0].desired = desired;
    snapshot = Snapshot::compile(site.config, snapshot.get()).value();
  }
  CHECK(&target == snapshot->groups.at("g").members[0].target.get());
  CHECK(target.told(snapshot->nodes).state() == "initial");
  CHECK(target.healthy_at == 0);
  for (const Node& node : snapshot->nodes) CHECK(target.views[node.slot]->next_check == TimePoint());
}

TEST_CASE("a target gets healthy once every node finds it so that is not alone, and unhealthy once none does") {
  const std::vector<Node> nodes{{{.zone = "a", .address = "10.0.1.1"}, 0}, {{.zone = "b", .address = "10.0.2.1"}, 1}};
  const GroupConfig config{.group = {.arn = "g", .name = "g", .target_type = "ip"}, .targets = {{.target_group_arn = "g", .id = "10.0.0.1", .port = 80}}};
  const Group group = Group::compile(config, nullptr, {}, nodes);
  Target& target = *group.members[0].target;
  const model::HealthCheck once{.healthy_threshold = 1, .unhealthy_threshold = 1};
  TimePoint now{};
  const auto check = [&](size_t node, CheckResult::Kind kind) {
    NodeView& view = *target.views[node];
    const bool was_unhealthy = view.health.state() == "unhealthy";
    view.health.take({.kind = kind}, once);
    target.note_check(view, was_unhealthy, now += std::chrono::seconds(1));
    return std::string(target.told(nodes).state());
  };
  CHECK(check(0, CheckResult::Kind::connected) == "initial");
  CHECK(check(1, CheckResult::Kind::timed_out) == "unhealthy");
  CHECK(check(0, CheckResult::Kind::connected) == "unhealthy");
  CHECK(check(1, CheckResult::Kind::timed_out) == "healthy");  // that node is alone
  CHECK(check(0, CheckResult::Kind::timed_out) == "unhealthy");
  CHECK(check(1, CheckResult::Kind::connected) == "unhealthy");
  CHECK(check(0, CheckResult::Kind::connected) == "healthy");
  CHECK(check(1, CheckResult::Kind::timed_out) == "healthy");
  target.start_over();
  target.follow(nodes, true);
  CHECK(check(1, CheckResult::Kind::connected) == "initial");
}
