#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

using Strings = std::vector<std::string>;

shapes::RuleCondition host(Strings values) { return {.field = "host-header", .host_header_config = shapes::HostHeaderConditionConfig{.values = std::move(values)}}; }
shapes::RuleCondition path(Strings values) { return {.field = "path-pattern", .path_pattern_config = shapes::PathPatternConditionConfig{.values = std::move(values)}}; }
shapes::RuleCondition source(Strings values) { return {.field = "source-ip", .source_ip_config = shapes::SourceIpConditionConfig{.values = std::move(values)}}; }
shapes::RuleCondition header(std::string name, Strings values = {"x"}) { return {.field = "http-header", .http_header_config = shapes::HttpHeaderConditionConfig{.http_header_name = std::move(name), .values = std::move(values)}}; }
shapes::RuleCondition query(std::string key, std::string value) {
  return {.field = "query-string", .query_string_config = shapes::QueryStringConditionConfig{.values = std::vector{shapes::QueryStringKeyValuePair{.key = std::move(key), .value = std::move(value)}}}};
}

struct Conditions : BalancerForTest {
  Result<shapes::CreateRuleOutput> make(std::vector<shapes::RuleCondition> conditions) { return rule_of(++priority, std::move(conditions), forward()); }
  int priority = 0;
};

TEST_CASE_FIXTURE(Conditions, "a host has a dot and letters after its last one, and wildcards where it likes") {
  for (const char* good : {"a.org", "A.Org", "*.a.org", "a-1.org", "a_b.org", "?.org", "api-*.*", "*", "*a.org", "a.?om"}) CHECK_MESSAGE(code_of(make({host({good})})) == "", good);
  for (const char* bad : {"foo-bar", "a.b1", "10.0.0.1", "a.org:80", "a.", "a.b-c", "a b.org", "a/b.org", "ä.org"}) CHECK_MESSAGE(what_of(make({host({bad})})) == std::string("Condition value '") + bad + "' contains a character that is not valid", bad);
  CHECK(what_of(make({host({"localhost"})})) == "Condition value 'localhost' must contain at least one '.' character");
  CHECK(code_of(make({host({"localhost"})})) == "ValidationError");
}

TEST_CASE_FIXTURE(Conditions, "a path has the characters that the guide lists") {
  CHECK(code_of(make({path({"/A9_-.$/~\"'@:+&*?"})})) == "");
  for (const char* bad : {"/a b", "/a%20", "/a#b", "/a\\b"}) CHECK_MESSAGE(what_of(make({path({bad})})) == std::string("Condition value '") + bad + "' contains a character that is not valid", bad);
}

TEST_CASE_FIXTURE(Conditions, "a header is any but the host's, by a name without wildcards") {
  CHECK(code_of(make({header("X-Any.thing_1")})) == "");
  CHECK(code_of(make({header("X-A", {"*Chrome?*"}), header("X-B")})) == "");
  for (const char* name : {"Host", "host", "HOST"}) CHECK(what_of(make({header(name)})) == "The 'HttpHeaderName' value cannot be 'Host'; use a 'host-header' condition");
  for (const char* name : {"X-*", "X-?", "X A", "X:A"}) CHECK_MESSAGE(code_of(make({header(name)})) == "ValidationError", name);
  CHECK(code_of(make({header(std::string(41, 'x'))})) == "ValidationError");
}

TEST_CASE_FIXTURE(Conditions, "a source is a block of either family, but not the one of the broadcast address") {
  for (const char* good : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "2001:db8::/32", "::/0", "::1/128"}) CHECK_MESSAGE(code_of(make({source({good})})) == "", good);
  for (const char* bad : {"255.255.255.255/32", "10.0.0.1", "10.0.0.0/33", "2001:db8::/129", "2001:db8::1", "a/8"}) CHECK_MESSAGE(what_of(make({source({bad})})) == std::string("Condition value '") + bad + "' is not a valid CIDR block", bad);
}

TEST_CASE_FIXTURE(Conditions, "a rule has up to five values and five wildcards over all its conditions") {
  CHECK(code_of(make({path({"/1", "/2", "/3", "/4", "/5"})})) == "");
  CHECK(what_of(make({path({"/1", "/2", "/3", "/4", "/5", "/6"})})) == "A rule can only have '5' condition values");
  CHECK(what_of(make({path({"/1", "/2", "/3"}), host({"a.org", "b.org", "c.org"})})) == "A rule can only have '5' condition values");
  CHECK(code_of(make({path({"/*/*/?"}), query("k*", "v*")})) == "");
  CHECK(what_of(make({path({"/*/*/?"}), query("k*", "v*"), header("X", {"x?"})})) == "A rule can only have '5' condition wildcards");
  CHECK(code_of(make({path({"/*/*/?"}), query("k*", "v*\\*\\?")})) == "");
  CHECK(code_of(make({path({"/*******"})})) == "ValidationError");
}

TEST_CASE_FIXTURE(Conditions, "of host, path, method and source a rule has one each, of headers and queries any number") {
  CHECK(code_of(make({host({"a.org"}), host({"b.org"})})) == "InvalidConfigurationRequest");
  CHECK(code_of(make({path({"/a"}), path({"/b"})})) == "InvalidConfigurationRequest");
  CHECK(code_of(make({source({"10.0.0.0/8"}), source({"10.0.0.0/9"})})) == "InvalidConfigurationRequest");
  CHECK(code_of(make({header("A"), header("A"), query("a", "1"), query("b", "2")})) == "");
  CHECK(what_of(make({})) == "A condition must be specified");
  CHECK(what_of(rule(40, "colour", "red")) == "Condition field 'colour' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'");
}

TEST_CASE_FIXTURE(Conditions, "the old form of a condition is told in both forms") {
  const auto made = rule(1, "host-header", "a.org");
  REQUIRE_MESSAGE(made, what_of(made));
  const auto& told = made->rules->at(0).conditions->at(0);
  CHECK(told.values == Strings{"a.org"});
  CHECK(told.host_header_config->values == Strings{"a.org"});
}

}  // namespace
}  // namespace landfall::services::elbv2
