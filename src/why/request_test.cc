#include "why/request.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::why;

namespace {

/// A load balancer with two listeners: 80 redirects to 443, which forwards to "prod"; www.example.test leads to it.
struct Edge {
  Edge() {
    balancer.arn = "arn:lb";
    balancer.name = "main";
    balancer.dns_name = "main-1.elb.test";
    balancer.scheme = "internet-facing";
    http.arn = "arn:http";
    https.arn = "arn:https";
    http.load_balancer_arn = https.load_balancer_arn = balancer.arn;
    http.port = 80;
    http.protocol = "HTTP";
    https.port = 443;
    https.protocol = "HTTPS";
    http.default_actions = {redirect("HTTPS", "443")};
    https.default_actions = {forward(1)};
    record.zone_id = zone.id = "Z1";
    zone.name = "example.test.";
    record.name = "www.example.test.";
    record.type = "A";
    record.alias = model::AliasTarget{.hosted_zone_id = "Z", .dns_name = balancer.dns_name + "."};
    rule.arn = "arn:rule";
    rule.listener_arn = https.arn;
    rule.priority = 10;
    rule.actions = {forward(1)};
  }

  static model::Action redirect(std::string protocol, std::string port) {
    model::Action action;
    action.type = "redirect";
    action.redirect = model::RedirectAction();
    action.redirect->protocol = std::move(protocol);
    action.redirect->port = std::move(port);
    return action;
  }
  static model::Action forward(int weight) {
    model::Action action;
    action.type = "forward";
    action.target_groups.push_back({.arn = "arn:prod", .weight = weight});
    return action;
  }
  static model::Action fixed(std::string status) {
    model::Action action;
    action.type = "fixed-response";
    action.fixed_response = model::FixedResponse();
    action.fixed_response->status_code = std::move(status);
    return action;
  }
  static model::Condition condition(std::string field, std::vector<std::string> values) {
    model::Condition made;
    made.field = std::move(field);
    made.values = std::move(values);
    return made;
  }

  /// "CODE cause attribute" of each finding but that the group is empty, which it is here.
  std::vector<std::string> ask(std::string_view url) const {
    const auto store = store::open_memory();
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      store::put(tx, balancer);
      store::put(tx, http);
      store::put(tx, https);
      store::put(tx, record);
      store::put(tx, zone);
      if (!rule.conditions.empty()) store::put(tx, rule);
      return {};
    }));
    std::vector<std::string> told;
    for (const Finding& finding : explain(*store, url).findings) {
      if (finding.code != "TargetGroup.Empty") told.push_back(finding.code + " " + finding.cause + " " + finding.attribute);
    }
    return told;
  }

  model::LoadBalancer balancer;
  model::Listener http, https;
  model::Rule rule;
  model::HostedZone zone;
  model::RecordSet record;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Edge, "a redirect is followed, and told where it leads to itself") {
  CHECK(ask("http://www.example.test/") == Told{});
  https.default_actions = {redirect("HTTPS", "443")};
  CHECK(ask("https://www.example.test/a?b=c") == Told{"Listener.RedirectsToItself arn:https default_action.redirect"});
  CHECK(ask("http://www.example.test/") == Told{"Listener.RedirectsToItself arn:https default_action.redirect"});
  https.default_actions = {redirect("HTTP", "80")};
  CHECK(ask("http://www.example.test/") == Told{"Listener.RedirectsInCircle arn:https default_action.redirect"});
  http.default_actions = {redirect("HTTPS", "8443")};
  CHECK(ask("http://www.example.test/") == Told{"Listener.None arn:lb listener"});
}

TEST_CASE_FIXTURE(Edge, "an error that a listener answers by order is told of a name that leads to it") {
  https.default_actions = {fixed("404")};
  CHECK(ask("https://www.example.test/") == Told{"Listener.NoRuleForHost arn:https default_action"});
  CHECK(ask("https://none.example.test/") == Told{"Dns.NoRecord Z1 record"});
  rule.conditions = {condition("host-header", {"www.example.test"})};
  CHECK(ask("https://www.example.test/") == Told{});
  rule.conditions.push_back(condition("http-request-method", {"POST"}));
  CHECK(ask("https://www.example.test/") == Told{"Rule.ConditionMissed arn:rule condition.http_request_method"});
  https.default_actions = {forward(1)};
  CHECK(ask("https://www.example.test/") == Told{"Rule.ConditionMissed arn:rule condition.http_request_method"});
  rule.conditions[1] = condition("http-header", {"1"});  // served after all: the rule is for some requests
  rule.conditions[1].http_header_name = "x-canary";
  CHECK(ask("https://www.example.test/") == Told{});
  rule.conditions = {condition("host-header", {"www.example.test"})};
  rule.actions = {fixed("503")};
  CHECK(ask("https://www.example.test/") == Told{"Rule.FixedResponse arn:rule action.fixed_response"});
  https.default_actions = {fixed("200")};
  rule.conditions.clear();
  CHECK(ask("https://www.example.test/") == Told{});
}

TEST_CASE_FIXTURE(Edge, "a forward without weight answers nobody") {
  https.default_actions = {forward(0)};
  CHECK(ask("https://www.example.test/") == Told{"Rule.NoWeight arn:https default_action.forward.target_group.weight"});
}

TEST_CASE_FIXTURE(Edge, "a record may lead elsewhere") {
  record.alias.reset();
  record.values = {"192.0.2.7"};
  CHECK(ask("https://www.example.test/") == Told{"Dns.LeadsElsewhere Z1_www.example.test_A records"});
}

TEST_CASE_FIXTURE(Edge, "only those inside reach an internal load balancer") {
  balancer.scheme = "internal";
  CHECK(ask("https://www.example.test/") == Told{"LoadBalancer.Internal arn:lb internal"});
  zone.is_private = true;
  CHECK(ask("https://www.example.test/") == Told{});
}

TEST_CASE_FIXTURE(Edge, "connections of a network load balancer are passed on, whatever is spoken over them") {
  balancer.type = "network";
  http.protocol = "TCP";
  https.protocol = "TLS";
  http.default_actions = https.default_actions = {forward(1)};
  CHECK(ask("http://www.example.test/") == Told{});
  CHECK(ask("https://www.example.test:80/") == Told{});  // the target may speak TLS
  CHECK(ask("https://www.example.test/") == Told{});
  CHECK(ask("http://www.example.test:443/") == Told{"Listener.OtherProtocol arn:https protocol"});
}
