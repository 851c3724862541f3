#include <fmt/format.h>

#include "terraform/aws/elbv2.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// data aws_lb_listener_rule, by ARN or by listener and priority; data aws_lb_trust_store.
namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

const Renamed& names() {
  static const Renamed all{{"authenticate_cognito", "AuthenticateCognitoConfig"}, {"authenticate_oidc", "AuthenticateOidcConfig"}, {"fixed_response", "FixedResponseConfig"}, {"forward", "ForwardConfig"}, {"redirect", "RedirectConfig"},
                           {"arn", "TargetGroupArn"}, {"stickiness", "TargetGroupStickinessConfig"}, {"duration", "DurationSeconds"}, {"host_header", "HostHeaderConfig"}, {"path_pattern", "PathPatternConfig"},
                           {"http_header", "HttpHeaderConfig"}, {"http_request_method", "HttpRequestMethodConfig"}, {"source_ip", "SourceIpConfig"}, {"query_string", "QueryStringConfig"}};
  return all;
}

Schema login(std::vector<Attribute> own) {
  for (const char* name : {"on_unauthenticated_request", "scope", "session_cookie_name"}) own.push_back(text(name));
  own.push_back(text_map("authentication_request_extra_params"));
  own.push_back(number("session_timeout"));
  return {.attributes = std::move(own)};
}

const Schema& action_schema() {
  static const Schema schema{
      .attributes = {number("order"), text("type")},
      .blocks = {one_block("authenticate_cognito", login({text("user_pool_arn"), text("user_pool_client_id"), text("user_pool_domain")})),
                 one_block("authenticate_oidc", login({text("authorization_endpoint"), text("client_id"), text("issuer"), text("token_endpoint"), text("user_info_endpoint")})),
                 one_block("fixed_response", {.attributes = {text("content_type"), text("message_body"), text("status_code")}}),
                 one_block("forward", {.blocks = {one_block("stickiness", {.attributes = {number("duration"), flag("enabled")}}), set_block("target_group", {.attributes = {text("arn"), number("weight")}})}}),
                 one_block("redirect", {.attributes = {text("host"), text("path"), text("port"), text("protocol"), text("query"), text("status_code")}})}};
  return schema;
}

const Schema& condition_schema() {
  static const Schema schema = [] {
    Schema made{.blocks = {one_block("http_header", {.attributes = {text("http_header_name"), text_set("values")}}), one_block("query_string", {.blocks = {set_block("values", {.attributes = {text("key"), text("value")}})}})}};
    for (const char* name : {"host_header", "http_request_method", "path_pattern", "source_ip"}) made.blocks.push_back(one_block(name, {.attributes = {text_set("values")}}));
    return made;
  }();
  return schema;
}

/// Where there is at most one block there is an object, or null (types of newer plugins).
Type single_type(const Schema& schema) {
  std::vector<Type::Attribute> members;
  for (const Attribute& attribute : schema.attributes) members.push_back({.name = attribute.name, .type = attribute.type});
  for (const Block& block : schema.blocks) {
    const Type inner = single_type(block.schema);
    members.push_back({.name = block.name, .type = block.most == 1 ? inner : block.is_set ? Type::set(inner) : Type::list(inner)});
  }
  return Type::object(std::move(members));
}

Record singled(Record record, const Schema& schema) {
  for (const Block& block : schema.blocks) {
    std::vector<Record> rows;
    for (Record& row : record.blocks(block.name)) rows.push_back(singled(std::move(row), block.schema));
    if (block.most != 1) record.set(block.name, rows);
    else if (rows.empty()) record.clear(block.name);
    else record.set(block.name, rows[0].to_value());
  }
  return record;
}

Result<elbv2::Rule> wanted_rule(const Cloud& cloud, const Record& state) {
  elbv2::DescribeRulesInput request;
  if (!state.text("arn").empty()) request.rule_arns = std::vector<std::string>{state.text("arn")};
  else if (state.text("listener_arn").empty() || !state.has("priority")) return fail("Config.Missing", "one of `arn`, or `listener_arn` and `priority`, must be specified");
  else request.listener_arn = state.text("listener_arn");
  do {
    const auto page = TRY(cloud.call<elbv2::DescribeRulesOutput>("elbv2", "DescribeRules", request));
    for (const auto& rule : page.rules.value_or(std::vector<elbv2::Rule>{})) {
      if (request.rule_arns || rule.priority == std::to_string(state.number("priority"))) return rule;
    }
    request.marker = page.next_marker;
  } while (request.marker);
  return fail(found_not_one(0, "ELBv2 Listener Rule"));
}

Result<void> read_rule(const Cloud& cloud, Record& state) {
  const elbv2::Rule rule = TRY(wanted_rule(cloud, state));
  const std::string arn = rule.rule_arn.value_or("");
  std::string listener = arn.substr(0, arn.rfind('/'));
  constexpr std::string_view kOfRule = ":listener-rule/";
  listener.replace(listener.find(kOfRule), kOfRule.size(), ":listener/");
  state.set("arn", arn);
  state.set("listener_arn", listener);
  state.set("priority", static_cast<int64_t>(std::atoll(rule.priority.value_or("0").c_str())));
  std::vector<Record> actions, conditions;
  for (const auto& action : rule.actions.value_or(std::vector<elbv2::Action>{})) actions.push_back(singled(told(action, action_schema(), names()), action_schema()));
  for (const auto& condition : rule.conditions.value_or(std::vector<elbv2::RuleCondition>{})) conditions.push_back(singled(told(condition, condition_schema(), names()), condition_schema()));
  state.set("action", actions);
  state.set("condition", conditions);
  Record tags;
  TRY(read_elb_tags(cloud, arn, tags));
  state.set("tags", tags.value("tags_all"));
  return {};
}

Result<void> read_trust_store(const Cloud& cloud, Record& state) {
  elbv2::DescribeTrustStoresInput request;
  if (!state.text("arn").empty()) request.trust_store_arns = std::vector<std::string>{state.text("arn")};
  else if (!state.text("name").empty()) request.names = std::vector<std::string>{state.text("name")};
  const auto found = TRY(cloud.call<elbv2::DescribeTrustStoresOutput>("elbv2", "DescribeTrustStores", request));
  const auto all = found.trust_stores.value_or(std::vector<elbv2::TrustStore>{});
  if (all.size() != 1) return fail(found_not_one(all.size(), "ELBv2 Trust Store"));
  state.set("id", all[0].trust_store_arn.value_or(""));
  state.set("arn", all[0].trust_store_arn.value_or(""));
  state.set("name", all[0].name.value_or(""));
  return {};
}

}  // namespace

void add_listener_rule_source(Provider& provider) {
  Schema rule{.attributes = {text("arn").computed(), text("listener_arn").computed(), number("priority").computed(), text_map("tags").read_only(), of_type("action", Type::list(single_type(action_schema()))).read_only(),
                                   of_type("condition", Type::set(single_type(condition_schema()))).read_only()},
                    .is_exact = true};
  add_source(provider, "aws_lb_listener_rule", std::move(rule), read_rule);
  add_source(provider, "aws_lb_trust_store", {.attributes = {text("id").read_only(), text("arn").computed(), text("name").computed()}}, read_trust_store);
}

}  // namespace landfall::terraform::aws_types
