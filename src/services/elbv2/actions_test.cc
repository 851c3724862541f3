#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

struct Actions : BalancerForTest {
  using Groups = std::vector<shapes::TargetGroupTuple>;
  std::string read(Groups groups, std::optional<std::string> simple = {}, std::optional<int> sticky = {}) {
    shapes::ForwardActionConfig config{.target_groups = std::move(groups)};
    if (sticky) config.target_group_stickiness_config = shapes::TargetGroupStickinessConfig{.duration_seconds = *sticky, .enabled = true};
    const auto made = read_alone({shapes::Action{.forward_config = config, .target_group_arn = std::move(simple), .type = "forward"}}, {.port = 80, .protocol = "HTTP"});
    return made ? "" : made.error().code + ": " + made.error().what;
  }
  std::string other = other_group();
};

TEST_CASE_FIXTURE(Actions, "several groups have weights, from 0 to 999; one group needs none") {
  CHECK(read({{.target_group_arn = group}}) == "");
  CHECK(read({{.target_group_arn = group, .weight = 0}, {.target_group_arn = other, .weight = 999}}) == "");
  CHECK(read({{.target_group_arn = group, .weight = 1}, {.target_group_arn = other}}) == "ValidationError: A weight must be specified for target group '" + other + "': the action forwards to 2 target groups");
  CHECK(read({{.target_group_arn = group, .weight = 1}, {.target_group_arn = other, .weight = 1000}}).starts_with("ValidationError: "));
  CHECK(read({{.target_group_arn = group, .weight = -1}, {.target_group_arn = other, .weight = 1}}).starts_with("ValidationError: "));
  CHECK(read({{.target_group_arn = "arn:none"}}) == "TargetGroupNotFound: Target group 'arn:none' not found");
}

TEST_CASE_FIXTURE(Actions, "an action has up to five groups, and both ways of naming one agree") {
  Groups six;
  for (int i = 0; i < 6; ++i) six.push_back({.target_group_arn = group, .weight = 1});
  CHECK(read(six).starts_with("TooManyTargetGroups: "));
  six.pop_back();
  CHECK(read(six) == "");
  CHECK(read({{.target_group_arn = group}}, group) == "");
  CHECK(read({{.target_group_arn = other}}, group).starts_with("InvalidLoadBalancerAction: "));
  CHECK(read({}, std::nullopt).starts_with("ValidationError: "));
}

TEST_CASE_FIXTURE(Actions, "a client is kept to a group for 1 to 604800 seconds, and to a target only with that") {
  const Groups both{{.target_group_arn = group, .weight = 1}, {.target_group_arn = other, .weight = 1}};
  CHECK(read(both, {}, 1) == "");
  CHECK(read(both, {}, 604'800) == "");
  CHECK(read(both, {}, 604'801).starts_with("ValidationError: "));
  const auto forward_to_both = [&](bool sticky) {
    const shapes::ForwardActionConfig config{.target_group_stickiness_config = shapes::TargetGroupStickinessConfig{.duration_seconds = 60, .enabled = sticky}, .target_groups = both};
    return rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.forward_config = config, .type = "forward"}});
  };
  const auto made = forward_to_both(false);
  REQUIRE_MESSAGE(made, what_of(made));
  CHECK(made->rules->at(0).actions->at(0).forward_config->target_group_stickiness_config->duration_seconds == 60);
  CHECK(what_of(set_attribute("stickiness.enabled", "true")) == "This target group appears behind a rule with group stickiness disabled (" + *made->rules->at(0).rule_arn + "). You must enable group stickiness before enabling target stickiness");
  REQUIRE(call<shapes::DeleteRuleOutput>("DeleteRule", shapes::DeleteRuleInput{.rule_arn = made->rules->at(0).rule_arn}));
  REQUIRE(forward_to_both(true));
  CHECK(code_of(set_attribute("stickiness.enabled", "true")) == "");
}

TEST_CASE_FIXTURE(Actions, "a fixed response has a status of success or failure, a short body and a type that AWS sends") {
  const auto fixed = [&](std::string status, std::string type = "text/plain", size_t size = 1024) {
    return code_of(rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.fixed_response_config = shapes::FixedResponseActionConfig{.content_type = std::move(type), .message_body = std::string(size, 'a'), .status_code = std::move(status)}, .type = "fixed-response"}}));
  };
  for (const char* bad : {"199", "301", "600", "20", "2000", "abc"}) CHECK_MESSAGE(fixed(bad) == "ValidationError", bad);
  CHECK(fixed("200", "text/plain", 1025) == "ValidationError");
  CHECK(fixed("200", "image/png") == "InvalidLoadBalancerAction");
  CHECK(what_of(rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.type = "fixed-response"}})) == "For actions of type 'fixed-response', you must specify the following fields: 'FixedResponseConfig'");
  for (const char* type : {"text/css", "text/html", "application/javascript", "application/json", "text/plain"}) {
    CHECK_MESSAGE(fixed("503", type) == "", type);
    REQUIRE(call<shapes::DeleteRuleOutput>("DeleteRule", shapes::DeleteRuleInput{.rule_arn = store::all<model::Rule>(*store).at(0).arn}));
  }
}

TEST_CASE_FIXTURE(Actions, "a target group serves one load balancer") {
  const auto second = create("second", {"subnet-a", "subnet-b"});
  REQUIRE_MESSAGE(second, what_of(second));
  balancer = *second->load_balancers->at(0).load_balancer_arn;
  CHECK(code_of(listen(80)) == "TargetGroupAssociationLimit");
  CHECK(what_of(listen(80)) == "The following target groups cannot be associated with more than one load balancer: " + group);
}

}  // namespace
}  // namespace landfall::services::elbv2
