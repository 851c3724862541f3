#include "services/elbv2/elbv2.h"

#include <doctest/doctest.h>

#include "model/storage.h"
#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

TEST_CASE_FIXTURE(BalancerForTest, "a balancer has a node in each of at least two zones") {
  CHECK(store::all<model::NetworkInterface>(*store).size() == 2);
  CHECK(code_of(create("other", {"subnet-a"})) == "ValidationError");
  CHECK(code_of(create("other", {"subnet-a", "subnet-a"})) == "InvalidConfigurationRequest");
  CHECK(code_of(create("other", {"subnet-a", "subnet-x"})) == "SubnetNotFound");
  CHECK(code_of(create("-other", {"subnet-a", "subnet-b"})) == "ValidationError");
  CHECK(store::all<model::NetworkInterface>(*store).size() == 2);
}

TEST_CASE_FIXTURE(BalancerForTest, "a port has one listener, and HTTPS needs a certificate") {
  const auto again = listen(80);
  REQUIRE_MESSAGE(again, what_of(again));
  CHECK(again->listeners->at(0).listener_arn == listener);
  const shapes::Action other{.fixed_response_config = shapes::FixedResponseActionConfig{.status_code = "404"}, .type = "fixed-response"};
  CHECK(code_of(call<shapes::CreateListenerOutput>("CreateListener", shapes::CreateListenerInput{.default_actions = {{other}}, .load_balancer_arn = balancer, .port = 80, .protocol = "HTTP"})) == "DuplicateListener");
  CHECK(code_of(listen(443, "HTTPS")) == "ValidationError");
  CHECK(code_of(listen(0)) != "");
}

TEST_CASE_FIXTURE(BalancerForTest, "a priority is used once per listener") {
  REQUIRE(rule(10));
  CHECK(what_of(rule(10)) == "Priority '10' is currently in use");
  CHECK(code_of(rule(10)) == "PriorityInUse");
  CHECK(code_of(rule(0)) != "");
  CHECK(code_of(rule(50'001)) != "");
}

TEST_CASE_FIXTURE(BalancerForTest, "priorities are swapped in one call, or not at all") {
  const auto first = rule(1), second = rule(2);
  REQUIRE(first);
  REQUIRE(second);
  const auto pair = [](const auto& made, int priority) { return shapes::RulePriorityPair{.priority = priority, .rule_arn = *made->rules->at(0).rule_arn}; };
  const auto set = [&](int a, int b) {
    return call<shapes::SetRulePrioritiesOutput>("SetRulePriorities", shapes::SetRulePrioritiesInput{.rule_priorities = std::vector{pair(first, a), pair(second, b)}});
  };
  CHECK(code_of(set(7, 7)) == "PriorityInUse");
  CHECK(store::find<model::Rule>(*store, *first->rules->at(0).rule_arn)->priority == 1);
  REQUIRE(set(2, 1));
  CHECK(store::find<model::Rule>(*store, *first->rules->at(0).rule_arn)->priority == 2);
  CHECK(store::find<model::Rule>(*store, *second->rules->at(0).rule_arn)->priority == 1);
}

TEST_CASE_FIXTURE(BalancerForTest, "conditions hold to their field's characters") {
  CHECK(code_of(rule(1, "path-pattern", "/a b")) == "ValidationError");
  CHECK(code_of(rule(2, "host-header", "a/b")) == "ValidationError");
  CHECK(code_of(rule(3, "host-header", std::string(129, 'a'))) == "ValidationError");
  CHECK(code_of(rule(4, "host-header", "*.a.org")) == "");
  CHECK(code_of(rule(5, "colour", "red")) == "ValidationError");
}

TEST_CASE_FIXTURE(BalancerForTest, "conditions may be regular expressions, and rules rewrite what they take") {
  const auto create = [&](int priority, shapes::RuleCondition condition, std::vector<shapes::RuleTransform> transforms = {}) {
    return call<shapes::CreateRuleOutput>("CreateRule", shapes::CreateRuleInput{.actions = forward(), .conditions = std::vector{condition}, .listener_arn = listener, .priority = priority, .transforms = transforms});
  };
  const auto path = [](std::vector<std::string> patterns) { return shapes::RuleCondition{.field = "path-pattern", .path_pattern_config = shapes::PathPatternConditionConfig{.regex_values = patterns}}; };
  const auto url = [](const std::string& regex, const std::string& replace) {
    return shapes::RuleTransform{.type = "url-rewrite", .url_rewrite_config = shapes::UrlRewriteConfig{.rewrites = std::vector{shapes::RewriteConfig{.regex = regex, .replace = replace}}}};
  };
  const auto made = create(21, path({"^/v[12]/"}), {url("^/v1/(.*)$", "/$1")});
  REQUIRE(made);
  const shapes::Rule& rule = made->rules->front();
  CHECK(rule.conditions->front().path_pattern_config->regex_values == std::vector<std::string>{"^/v[12]/"});
  CHECK_FALSE(rule.conditions->front().values.has_value());
  CHECK(rule.transforms->front().url_rewrite_config->rewrites->front().replace == "/$1");
  CHECK(create(22, path({"("})).error().what == "Condition regex value '(' is not a valid regular expression: missing ): (");
  CHECK(create(22, path({"\\p{L}"})).error().code == "ValidationError");
  CHECK(create(22, path({"a"}), {url("a", "$1")}).error().what == "Replacement '$1' names a group that the regex 'a' does not have");
  CHECK(create(22, path({"a"}), {url("a", "b"), url("b", "c")}).error().code == "InvalidConfigurationRequest");
  CHECK(create(22, path({"a"}), {{.type = "header-rewrite"}}).error().code == "ValidationError");
  const auto changed = call<shapes::ModifyRuleOutput>("ModifyRule", shapes::ModifyRuleInput{.reset_transforms = true, .rule_arn = rule.rule_arn});
  REQUIRE(changed);
  CHECK(changed->rules->front().transforms->empty());
}

TEST_CASE_FIXTURE(BalancerForTest, "targets are addresses in supported ranges and drain when deregistered") {
  const auto enter = [&](std::string ip) { return call<shapes::RegisterTargetsOutput>("RegisterTargets", shapes::RegisterTargetsInput{.target_group_arn = group, .targets = std::vector{shapes::TargetDescription{.id = std::move(ip)}}}); };
  CHECK(code_of(enter("8.8.8.8")) == "InvalidTarget");
  CHECK(code_of(enter("i-1")) == "ValidationError");
  REQUIRE(enter("10.0.1.9"));
  REQUIRE(health()->target_health_descriptions->size() == 1);
  CHECK(health()->target_health_descriptions->at(0).target->port == 80);
  REQUIRE(call<shapes::DeregisterTargetsOutput>("DeregisterTargets", shapes::DeregisterTargetsInput{.target_group_arn = group, .targets = std::vector{shapes::TargetDescription{.id = "10.0.1.9"}}}));
  CHECK(health()->target_health_descriptions->at(0).target_health->state == "draining");
}

TEST_CASE_FIXTURE(BalancerForTest, "attributes are carried out, refused as invalid or refused by name") {
  const auto set_group = [&](const std::string& key, const std::string& value) { return code_of(set_attribute(key, value)); };
  CHECK(set_group("stickiness.enabled", "true") == "");
  CHECK(set_group("stickiness.enabled", "maybe") == "ValidationError");
  CHECK(set_group("stickiness.type", "app_cookie") == "InvalidConfigurationRequest");
  CHECK(set_group("slow_start.duration_seconds", "10") == "ValidationError");
  CHECK(set_group("slow_start.duration_seconds", "30") == "");
  CHECK(set_group("load_balancing.algorithm.type", "least_outstanding_requests") == "InvalidConfigurationRequest");
  CHECK(store::find<model::TargetGroup>(*store, group)->attributes.size() == 2);
  CHECK(set_group("target_group_health.dns_failover.minimum_healthy_targets.count", "2") == "");
  CHECK(set_group("target_group_health.dns_failover.minimum_healthy_targets.percentage", "101") == "ValidationError");
  CHECK(set_group("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "3") == "InvalidConfigurationRequest");
  const auto set_balancer = [&](std::vector<shapes::LoadBalancerAttribute> attributes) {
    return code_of(call<shapes::ModifyLoadBalancerAttributesOutput>("ModifyLoadBalancerAttributes", shapes::ModifyLoadBalancerAttributesInput{.attributes = std::move(attributes), .load_balancer_arn = balancer}));
  };
  CHECK(set_balancer({{.key = "routing.http.desync_mitigation_mode", .value = "strictest"}}) == "");
  CHECK(set_balancer({{.key = "waf.fail_open.enabled", .value = "true"}}) == "InvalidConfigurationRequest");
  CHECK(set_balancer({{.key = "load_balancing.cross_zone.enabled", .value = "false"}}) == "InvalidConfigurationRequest");
  const std::vector<shapes::LoadBalancerAttribute> logs{{.key = "access_logs.s3.enabled", .value = "true"}, {.key = "access_logs.s3.bucket", .value = "logs"}};
  CHECK(set_balancer(logs) == "InvalidConfigurationRequest");
  REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
    store::put(tx, model::Bucket{.account = "000000000000", .region = "us-west-2", .name = "logs"});
    return {};
  }));
  CHECK(set_balancer(logs) == "");
}

TEST_CASE_FIXTURE(BalancerForTest, "a weighted forward keeps its stickiness, and demands it for sticky groups") {
  REQUIRE(call<shapes::ModifyTargetGroupAttributesOutput>("ModifyTargetGroupAttributes", shapes::ModifyTargetGroupAttributesInput{.attributes = std::vector{shapes::TargetGroupAttribute{.key = "stickiness.enabled", .value = "true"}}, .target_group_arn = group}));
  const auto other = call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", shapes::CreateTargetGroupInput{.name = "other", .port = 443, .protocol = "HTTPS", .target_type = "ip", .vpc_id = "vpc-1"});
  REQUIRE_MESSAGE(other, what_of(other));
  const auto weighted = [&](std::optional<int> seconds) {
    shapes::ForwardActionConfig config{.target_groups = std::vector<shapes::TargetGroupTuple>{{.target_group_arn = group, .weight = 3}, {.target_group_arn = *other->target_groups->at(0).target_group_arn, .weight = 1}}};
    if (seconds) config.target_group_stickiness_config = shapes::TargetGroupStickinessConfig{.duration_seconds = *seconds, .enabled = true};
    return call<shapes::ModifyListenerOutput>("ModifyListener", shapes::ModifyListenerInput{.default_actions = std::vector{shapes::Action{.forward_config = config, .type = "forward"}}, .listener_arn = listener});
  };
  CHECK(code_of(weighted(std::nullopt)) == "InvalidLoadBalancerAction");
  CHECK(code_of(weighted(0)) == "ValidationError");
  const auto done = weighted(60);
  REQUIRE_MESSAGE(done, what_of(done));
  const auto& echoed = done->listeners->at(0).default_actions->at(0).forward_config;
  CHECK(echoed->target_group_stickiness_config->duration_seconds == 60);
  CHECK(store::find<model::Listener>(*store, listener)->default_actions[0].group_stickiness);
}

TEST_CASE_FIXTURE(BalancerForTest, "groups of gRPC and HTTP/2 have checks of their own, and need an HTTPS listener") {
  const auto make = [&](std::string name, std::string version, std::optional<shapes::Matcher> matcher = std::nullopt) {
    return call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", shapes::CreateTargetGroupInput{.matcher = std::move(matcher), .name = std::move(name), .port = 50051, .protocol = "HTTP", .protocol_version = std::move(version), .target_type = "ip", .vpc_id = "vpc-1"});
  };
  CHECK(what_of(make("bad", "HTTP3")) == "Protocol version 'HTTP3' must be one of 'HTTP1, HTTP2, GRPC'");
  CHECK(what_of(make("bad", "GRPC", shapes::Matcher{.http_code = "200"})) == "Health check matcher GRPC code cannot be empty");
  CHECK(what_of(make("bad", "HTTP2", shapes::Matcher{.grpc_code = "0"})) == "Health check matcher HTTP code cannot be empty");
  CHECK(code_of(make("bad", "GRPC", shapes::Matcher{.grpc_code = "0-100"})) == "ValidationError");
  const auto plain = make("h2", "HTTP2"), made = make("grpc", "GRPC");
  REQUIRE_MESSAGE(made, what_of(made));
  REQUIRE_MESSAGE(plain, what_of(plain));
  CHECK(plain->target_groups->at(0).matcher->http_code == "200");
  CHECK(plain->target_groups->at(0).health_check_path == "/");
  const shapes::TargetGroup grpc = made->target_groups->at(0);
  CHECK(grpc.protocol_version == "GRPC");
  CHECK(grpc.health_check_path == "/AWS.ALB/healthcheck");
  CHECK(grpc.matcher->grpc_code == "12");
  CHECK_FALSE(grpc.matcher->http_code);
  const auto changed = call<shapes::ModifyTargetGroupOutput>("ModifyTargetGroup", shapes::ModifyTargetGroupInput{.matcher = shapes::Matcher{.grpc_code = "0-5,12"}, .target_group_arn = *grpc.target_group_arn});
  REQUIRE_MESSAGE(changed, what_of(changed));
  CHECK(changed->target_groups->at(0).matcher->grpc_code == "0-5,12");
  const auto refused = call<shapes::ModifyListenerOutput>("ModifyListener", shapes::ModifyListenerInput{.default_actions = std::vector{shapes::Action{.target_group_arn = *grpc.target_group_arn, .type = "forward"}}, .listener_arn = listener});
  CHECK(code_of(refused) == "InvalidLoadBalancerAction");
  CHECK(what_of(refused) == "Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'GRPC'");
}

TEST_CASE_FIXTURE(BalancerForTest, "a target group in use stays; the balancer takes listeners, rules and interfaces with it") {
  REQUIRE(rule(1));
  const auto drop = [&] { return call<shapes::DeleteTargetGroupOutput>("DeleteTargetGroup", shapes::DeleteTargetGroupInput{.target_group_arn = group}); };
  CHECK(code_of(drop()) == "ResourceInUse");
  REQUIRE(call<shapes::DeleteLoadBalancerOutput>("DeleteLoadBalancer", shapes::DeleteLoadBalancerInput{.load_balancer_arn = balancer}));
  CHECK(store::all<model::Listener>(*store).empty());
  CHECK(store::all<model::Rule>(*store).empty());
  CHECK(store::all<model::NetworkInterface>(*store).empty());
  CHECK(code_of(drop()) == "");
}

TEST_CASE_FIXTURE(BalancerForTest, "before the action that answers a token may be wanted, on HTTPS listeners") {
  const auto token = [](std::string endpoint, std::vector<shapes::JwtValidationActionAdditionalClaim> claims = {}) {
    return shapes::Action{.jwt_validation_config = shapes::JwtValidationActionConfig{.additional_claims = std::move(claims), .issuer = "me", .jwks_endpoint = std::move(endpoint)}, .order = 1, .type = "jwt-validation"};
  };
  shapes::Action last = forward()[0];
  last.order = 2;
  const auto read = [&](const std::vector<shapes::Action>& actions, std::string protocol = "HTTPS") { return read_alone(actions, {.port = 443, .protocol = std::move(protocol)}); };
  const auto good = read({last, token("https://idp/keys", {{.format = "string-array", .name = "aud", .values = std::vector<std::string>{"a", "b"}}})});
  REQUIRE_MESSAGE(good, what_of(good));
  CHECK(good->at(0).type == "jwt-validation");
  const auto told = render_actions(*good);
  CHECK(told[0].jwt_validation_config->additional_claims->at(0).values->size() == 2);
  CHECK(told[1].type == "forward");
  const auto made = call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", shapes::CreateTargetGroupInput{.name = "calls", .port = 50051, .protocol = "HTTP", .protocol_version = "GRPC", .target_type = "ip", .vpc_id = "vpc-1"});
  REQUIRE_MESSAGE(made, what_of(made));
  shapes::Action calls{.order = 2, .target_group_arn = made->target_groups->at(0).target_group_arn, .type = "forward"};
  CHECK(read({calls}));
  CHECK(what_of(read({token("https://idp/keys"), calls})) == "Action type 'jwt-validation' is not supported with a target group with the protocol-version 'GRPC'");
  CHECK(code_of(read({token("https://idp/keys"), last}, "HTTP")) == "InvalidLoadBalancerAction");
  CHECK(code_of(read({token("http://idp/keys"), last})) == "ValidationError");
  CHECK(code_of(read({token("https://idp/keys")})) == "InvalidLoadBalancerAction");
  CHECK(code_of(read({last, last})) == "InvalidLoadBalancerAction");
  shapes::Action third = last;
  third.order = 3;
  CHECK(code_of(read({last, third})) == "TooManyActions");
  CHECK(code_of(read({token("https://idp/keys", {{.format = "single-string", .name = "aud", .values = std::vector<std::string>{"a", "b"}}}), last})) == "ValidationError");
  CHECK(code_of(read({token("https://idp/keys", {{.format = "words", .name = "aud", .values = std::vector<std::string>{"a"}}}), last})) == "ValidationError");
  CHECK(code_of(read({token("https://idp/keys", {{.format = "single-string", .name = "exp", .values = std::vector<std::string>{"a"}}}), last})) == "ValidationError");
  CHECK(code_of(read({shapes::Action{.order = 1, .type = "authenticate-cognito"}, last})) == "InvalidLoadBalancerAction");
}

TEST_CASE_FIXTURE(BalancerForTest, "a user may be wanted before the action that answers, and the client's secret is told to nobody") {
  const auto login = [](auto change) {
    shapes::AuthenticateOidcActionConfig config{.authorization_endpoint = "https://idp/a", .client_id = "me", .client_secret = "hush", .issuer = "https://idp", .token_endpoint = "https://idp/t", .user_info_endpoint = "https://idp/u"};
    change(config);
    return shapes::Action{.authenticate_oidc_config = config, .order = 1, .type = "authenticate-oidc"};
  };
  const auto same = [](auto&) {};
  shapes::Action last = forward()[0];
  last.order = 2;
  const auto read = [&](const std::vector<shapes::Action>& actions, std::string protocol = "HTTPS", const std::vector<model::Action>& before = {}) { return read_alone(actions, {.port = 443, .protocol = std::move(protocol)}, before); };
  const auto good = read({login([](auto& c) { c.authentication_request_extra_params = std::map<std::string, std::string>{{"prompt", "login"}}; }), last});
  REQUIRE_MESSAGE(good, what_of(good));
  CHECK(good->at(0).authenticate_oidc->client_secret == "hush");
  const auto told = *render_actions(*good)[0].authenticate_oidc_config;
  CHECK_FALSE(told.client_secret);
  CHECK(told.scope == "openid");
  CHECK(told.session_cookie_name == "AWSELBAuthSessionCookie");
  CHECK(told.session_timeout == 604800);
  CHECK(told.on_unauthenticated_request == "authenticate");
  CHECK(told.authentication_request_extra_params->at("prompt") == "login");

  const auto existing = [](auto& c) { c.client_secret.reset(), c.use_existing_client_secret = true; };
  const auto kept = read({login(existing), last}, "HTTPS", *good);
  REQUIRE_MESSAGE(kept, what_of(kept));
  CHECK(kept->at(0).authenticate_oidc->client_secret == "hush");
  CHECK(what_of(read({login(existing), last})).starts_with("UseExistingClientSecret needs"));
  CHECK(what_of(read({login([](auto& c) { c.client_secret.reset(); }), last})) == "A client secret must be specified for an authenticate-oidc action");
  CHECK(code_of(read({login(same), last}, "HTTP")) == "InvalidLoadBalancerAction");
  CHECK(code_of(read({login(same)})) == "InvalidLoadBalancerAction");
  CHECK(what_of(read({login([](auto& c) { c.token_endpoint = "http://idp/t"; }), last})) == "Token endpoint 'http://idp/t' must be a full URL with the HTTPS protocol");
  CHECK(what_of(read({login([](auto& c) { c.session_timeout = 604801; }), last})) == "Session timeout '604801' must be between 1 and 604800 seconds");
  CHECK(what_of(read({login([](auto& c) { c.on_unauthenticated_request = "maybe"; }), last})) == "OnUnauthenticatedRequest 'maybe' must be one of deny, allow, authenticate");
  CHECK(what_of(read({login([](auto& c) { c.session_cookie_name = "a;b"; }), last})).starts_with("Session cookie name 'a;b'"));
  CHECK(what_of(read({login([](auto& c) { c.authentication_request_extra_params = std::map<std::string, std::string>{{"state", "x"}}; }), last})).starts_with("The extra parameter 'state'"));
  CHECK(what_of(read({shapes::Action{.order = 1, .type = "authenticate-oidc"}, last})) == "For actions of type 'authenticate-oidc', you must specify the following fields: 'AuthenticateOidcConfig'");
}

}  // namespace
}  // namespace landfall::services::elbv2
