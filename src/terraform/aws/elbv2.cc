#include "terraform/aws/elbv2.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

struct Member {
  const char* name;
  const char* type;  ///< of the actions that it belongs to
};

constexpr Member kMembers[] = {{.name = "target_group_arn", .type = "forward"}, {.name = "forward", .type = "forward"}, {.name = "redirect", .type = "redirect"}, {.name = "fixed_response", .type = "fixed-response"},
                               {.name = "authenticate_oidc", .type = "authenticate-oidc"}, {.name = "jwt_validation", .type = "jwt-validation"}};

constexpr size_t kLongestName = 32, kLongestPrefix = 6;  // the prefix: the official provider's own bound

std::string check_name_part(const std::string& name, size_t longest) {
  if (name.size() > longest) return fmt::format("to have at most {} characters, found {}: \"{}\"", longest, name.size(), name);
  const bool is_plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
  if (!is_plain) return fmt::format("to have letters, digits and hyphens only, found \"{}\"", name);
  return name.starts_with('-') ? fmt::format("not to begin with a hyphen, found \"{}\"", name) : "";
}

/// Without what is written for other types of action.
Record own_members(Record action) {
  for (const Member& member : kMembers) {
    if (lower(action.text("type")) != member.type) action.clear(member.name);
  }
  return action;
}

elbv2::Action to_api(const Record& written, int order) {
  const Record record = own_members(written);
  elbv2::Action action;
  action.type = lower(record.text("type"));
  action.order = record.has("order") && record.number("order") > 0 ? static_cast<int32_t>(record.number("order")) : order;
  if (record.has("target_group_arn") && !record.text("target_group_arn").empty()) action.target_group_arn = record.text("target_group_arn");
  for (const Record& forward : record.blocks("forward")) {
    auto& config = action.forward_config.emplace();
    config.target_groups.emplace();
    for (const Record& group : forward.blocks("target_group")) {
      auto& tuple = config.target_groups->emplace_back();
      tuple.target_group_arn = group.text("arn");
      if (group.has("weight")) tuple.weight = static_cast<int32_t>(group.number("weight"));
    }
    for (const Record& stickiness : forward.blocks("stickiness")) {
      auto& sticky = config.target_group_stickiness_config.emplace();
      sticky.enabled = stickiness.flag("enabled");
      sticky.duration_seconds = static_cast<int32_t>(stickiness.number("duration"));
    }
  }
  for (const Record& redirect : record.blocks("redirect")) {
    auto& config = action.redirect_config.emplace();
    config.host = redirect.text("host");
    config.path = redirect.text("path");
    config.port = redirect.text("port");
    config.protocol = redirect.text("protocol");
    config.query = redirect.text("query");
    config.status_code = redirect.text("status_code");
  }
  for (const Record& fixed : record.blocks("fixed_response")) {
    auto& config = action.fixed_response_config.emplace();
    config.content_type = fixed.text("content_type");
    if (fixed.has("message_body")) config.message_body = fixed.text("message_body");
    if (fixed.has("status_code")) config.status_code = fixed.text("status_code");
  }
  for (const Record& login : record.blocks("authenticate_oidc")) {
    auto& config = action.authenticate_oidc_config.emplace();
    config.authorization_endpoint = login.text("authorization_endpoint");
    config.client_id = login.text("client_id");
    config.client_secret = login.text("client_secret");
    config.issuer = login.text("issuer");
    config.token_endpoint = login.text("token_endpoint");
    config.user_info_endpoint = login.text("user_info_endpoint");
    if (const Pairs extra = login.pairs("authentication_request_extra_params"); !extra.empty()) config.authentication_request_extra_params = extra;
    for (const auto& [name, member] : {std::pair{"on_unauthenticated_request", &config.on_unauthenticated_request}, std::pair{"scope", &config.scope}, std::pair{"session_cookie_name", &config.session_cookie_name}}) {
      if (login.has(name) && !login.text(name).empty()) *member = login.text(name);
    }
    if (login.has("session_timeout")) config.session_timeout = static_cast<int64_t>(login.number("session_timeout"));
  }
  for (const Record& token : record.blocks("jwt_validation")) {
    auto& config = action.jwt_validation_config.emplace();
    config.issuer = token.text("issuer");
    config.jwks_endpoint = token.text("jwks_endpoint");
    for (const Record& claim : token.blocks("additional_claim")) {
      if (!config.additional_claims) config.additional_claims.emplace();
      auto& one = config.additional_claims->emplace_back();
      one.format = claim.text("format");
      one.name = claim.text("name");
      one.values = claim.texts("values");
    }
  }
  return action;
}

/// `written`: what of stickiness that is off is not told. The official provider's states have one of 0 seconds where none is written.
Record forward_record(const elbv2::ForwardActionConfig& config, const Record& written) {
  Record forward;
  std::vector<Record> groups;
  for (const auto& tuple : config.target_groups.value_or(std::vector<elbv2::TargetGroupTuple>{})) {
    Record& group = groups.emplace_back();
    group.set("arn", tuple.target_group_arn.value_or(""));
    group.set("weight", tuple.weight.value_or(1));
  }
  forward.set("target_group", groups);
  if (config.target_group_stickiness_config && config.target_group_stickiness_config->enabled.value_or(false)) {
    Record stickiness;
    stickiness.set("enabled", true);
    stickiness.set("duration", config.target_group_stickiness_config->duration_seconds.value_or(0));
    forward.set("stickiness", std::vector<Record>{stickiness});
  } else if (written.block("stickiness").number("duration") > 0) {
    Record off = written.block("stickiness");
    off.set("enabled", false);
    forward.set("stickiness", std::vector<Record>{off});
  }
  return forward;
}

Record to_record(const elbv2::Action& action, const Record& written) {
  Record record;
  record.set("type", action.type.value_or(""));
  record.set("order", action.order.value_or(1));
  record.set("target_group_arn", "");
  const bool writes_forward = !written.blocks("forward").empty();
  const size_t groups = action.forward_config && action.forward_config->target_groups ? action.forward_config->target_groups->size() : 0;
  if (action.type == "forward" && !writes_forward && groups <= 1) {
    const std::string arn = action.target_group_arn ? *action.target_group_arn : groups == 1 ? action.forward_config->target_groups->front().target_group_arn.value_or("") : "";
    record.set("target_group_arn", arn);
  } else if (action.forward_config) {
    record.set("forward", std::vector<Record>{forward_record(*action.forward_config, written.block("forward"))});
  }
  if (action.redirect_config) {
    Record redirect;
    redirect.set("host", action.redirect_config->host.value_or("#{host}"));
    redirect.set("path", action.redirect_config->path.value_or("/#{path}"));
    redirect.set("port", action.redirect_config->port.value_or("#{port}"));
    redirect.set("protocol", action.redirect_config->protocol.value_or("#{protocol}"));
    redirect.set("query", action.redirect_config->query.value_or("#{query}"));
    redirect.set("status_code", action.redirect_config->status_code.value_or(""));
    record.set("redirect", std::vector<Record>{redirect});
  }
  if (action.fixed_response_config) {
    Record fixed;
    fixed.set("content_type", action.fixed_response_config->content_type.value_or(""));
    if (action.fixed_response_config->message_body) fixed.set("message_body", *action.fixed_response_config->message_body);
    fixed.set("status_code", action.fixed_response_config->status_code.value_or(""));
    record.set("fixed_response", std::vector<Record>{fixed});
  }
  if (action.authenticate_oidc_config) {
    const auto& config = *action.authenticate_oidc_config;
    Record login;
    login.set("authorization_endpoint", config.authorization_endpoint.value_or(""));
    login.set("client_id", config.client_id.value_or(""));
    for (const Record& known : written.blocks("authenticate_oidc")) login.set("client_secret", known.text("client_secret"));  // never told again
    login.set("issuer", config.issuer.value_or(""));
    login.set("token_endpoint", config.token_endpoint.value_or(""));
    login.set("user_info_endpoint", config.user_info_endpoint.value_or(""));
    login.set("on_unauthenticated_request", config.on_unauthenticated_request.value_or(""));
    login.set("scope", config.scope.value_or(""));
    login.set("session_cookie_name", config.session_cookie_name.value_or(""));
    login.set("session_timeout", config.session_timeout.value_or(0));
    if (config.authentication_request_extra_params) login.set("authentication_request_extra_params", *config.authentication_request_extra_params);
    record.set("authenticate_oidc", std::vector<Record>{login});
  }
  if (action.jwt_validation_config) {
    Record token;
    token.set("issuer", action.jwt_validation_config->issuer.value_or(""));
    token.set("jwks_endpoint", action.jwt_validation_config->jwks_endpoint.value_or(""));
    std::vector<Record> claims;
    for (const auto& claim : action.jwt_validation_config->additional_claims.value_or(std::vector<elbv2::JwtValidationActionAdditionalClaim>{})) {
      Record& one = claims.emplace_back();
      one.set("format", claim.format.value_or(""));
      one.set("name", claim.name.value_or(""));
      one.set("values", claim.values.value_or(std::vector<std::string>{}));
    }
    token.set("additional_claim", claims);
    record.set("jwt_validation", std::vector<Record>{token});
  }
  return record;
}

/// Of the types that Elastic Load Balancing has, Landfall has no user pools to ask.
std::string carried_action(const Value& type) {
  const std::string word = lower(type.as_string());
  if (word == "authenticate-cognito") return "to be another type: Landfall does not support \"authenticate-cognito\" yet";
  return one_of({"forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc", "jwt-validation"})(Value::string(word));
}

}  // namespace

std::string check_elb_name(const Value& name) {
  const std::string& text = name.as_string();
  const std::string problem = check_name_part(text, kLongestName);
  return problem.empty() && text.ends_with('-') ? fmt::format("not to end with a hyphen, found \"{}\"", text) : problem;
}

std::string check_elb_name_prefix(const Value& prefix) { return check_name_part(prefix.as_string(), kLongestPrefix); }

std::string balanced_protocol(const Value& protocol) { return one_of({"HTTP", "HTTPS", "TCP", "TLS"})(Value::string(upper(protocol.as_string()))); }
bool is_balanced_protocol(const Value& protocol) { return balanced_protocol(protocol).empty(); }

Block action_block(const char* name) {
  return list_block(name, {.attributes = {text("type").required().same_if(is_same_ignoring_case).checked(carried_action).carried_if([](const Value& type) { return carried_action(type).empty(); }), text("target_group_arn"), number("order").computed().checked(between(1, 50000)),
                                          refused_blocks("authenticate_cognito")},
                           .blocks = {
                               one_block("forward", {.blocks = {set_block("target_group", {.attributes = {text("arn").required(), number("weight").defaults(1).checked(between(0, 999))}}).required(),
                                                                one_block("stickiness", {.attributes = {flag("enabled").defaults(false), number("duration").required().checked(between(1, 604800))}})}}),
                               one_block("redirect", {.attributes = {text("host").defaults("#{host}"), text("path").defaults("/#{path}"), text("port").defaults("#{port}"),
                                                                     text("protocol").defaults("#{protocol}").checked(one_of({"#{protocol}", "HTTP", "HTTPS"})), text("query").defaults("#{query}"),
                                                                     text("status_code").required().checked(one_of({"HTTP_301", "HTTP_302"}))}}),
                               one_block("fixed_response", {.attributes = {text("content_type").required().checked(one_of({"text/plain", "text/css", "text/html", "application/javascript", "application/json"})),
                                                                           text("message_body"), text("status_code").computed()}}),
                               one_block("authenticate_oidc", {.attributes = {text_map("authentication_request_extra_params"), text("authorization_endpoint").required(), text("client_id").required(), text("client_secret").required().sensitive(),
                                                                              text("issuer").required(), text("on_unauthenticated_request").computed().checked(one_of({"deny", "allow", "authenticate"})), text("scope").defaults("openid"),
                                                                              text("session_cookie_name").defaults("AWSELBAuthSessionCookie"), number("session_timeout").defaults(604800), text("token_endpoint").required(), text("user_info_endpoint").required()}}),
                               one_block("jwt_validation", {.attributes = {text("issuer").required(), text("jwks_endpoint").required()},
                                                            .blocks = {set_block("additional_claim", {.attributes = {text("format").required().checked(one_of({"single-string", "string-array", "space-separated-values"})),
                                                                                                                     text("name").required(), text_set("values").required()}})}}),
                           }})
      .required();
}

void keep_what_is_of_other_types(const Planned& change, const char* name) {
  const std::vector<Record> before = change.prior == nullptr ? std::vector<Record>() : change.prior->blocks(name);
  std::vector<Record> actions = change.planned.blocks(name);
  for (size_t i = 0; i < actions.size(); ++i) {
    for (const Member& member : kMembers) {
      if (!actions[i].has("type") || lower(actions[i].text("type")) == member.type) continue;
      const Value there = i < before.size() ? before[i].value(member.name) : Value::null();
      const hcl::Type type = actions[i].value(member.name).type();
      actions[i].set(member.name, there.is_null() && type.is(hcl::Type::Kind::list) ? Value::list(type.element(), {}) : there);
    }
  }
  if (!actions.empty()) change.planned.set(name, actions);  // none: perhaps not known yet
}

std::vector<elbv2::Action> actions_of(const Record& record, const char* name) {
  std::vector<elbv2::Action> actions;
  for (const Record& action : record.blocks(name)) actions.push_back(to_api(action, static_cast<int>(actions.size()) + 1));
  return actions;
}

std::vector<Record> to_records(const std::optional<std::vector<elbv2::Action>>& actions, const Record& state, const char* name) {
  const std::vector<Record> written = state.blocks(name);
  std::vector<elbv2::Action> sorted = actions.value_or(std::vector<elbv2::Action>{});
  std::ranges::stable_sort(sorted, {}, [](const elbv2::Action& a) { return a.order.value_or(0); });
  std::vector<Record> records;
  for (const elbv2::Action& action : sorted) records.push_back(to_record(action, records.size() < written.size() ? written[records.size()] : Record()));
  return records;
}

Result<void> read_elb_tags(const Cloud& cloud, const std::string& arn, Record& state) {
  elbv2::DescribeTagsInput request;
  request.resource_arns = std::vector<std::string>{arn};
  const auto found = TRY(cloud.call<elbv2::DescribeTagsOutput>("elbv2", "DescribeTags", request));
  const bool has_any = found.tag_descriptions && !found.tag_descriptions->empty();
  set_tags(cloud, state, has_any ? from_tags(found.tag_descriptions->front().tags) : Pairs{});
  return {};
}

Result<void> update_elb_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    elbv2::RemoveTagsInput request;
    request.resource_arns = std::vector<std::string>{arn};
    request.tag_keys = change.removed;
    TRY(cloud.call<elbv2::RemoveTagsOutput>("elbv2", "RemoveTags", request));
  }
  if (!change.put.empty()) {
    elbv2::AddTagsInput request;
    request.resource_arns = std::vector<std::string>{arn};
    request.tags = to_tags<elbv2::Tag>(change.put);
    TRY(cloud.call<elbv2::AddTagsOutput>("elbv2", "AddTags", request));
  }
  return {};
}

}  // namespace landfall::terraform::aws_types
