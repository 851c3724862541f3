// How a request finds its rule, its group and its target: the deciding part of Exchange.
#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "alb/exchange.h"
#include "alb/lane.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

using http::h1::Desync;
using http::h1::Field;
using http::h1::FieldId;
using http::h1::RequestHead;

constexpr size_t kMaxLocation = 8 * 1024;
constexpr int64_t kFreeRules = 10;  // of each request (Elastic Load Balancing pricing, LCU details)

}  // namespace

/// What is refused whatever the rules say. False: answered.
bool Exchange::is_allowed(const RequestHead& head) {
  using Class = Desync::Class;
  noted_.desync = head.desync;
  if (head.desync.grade != Class::compliant) {
    counters().add(Count::noncompliant);
    if (snapshot_->options.blocks(head.desync)) {
      answer_own(error_answer(400), fmt::format("elb.400.desync.{}", head.desync.reason));
      return false;
    }
    isolates_ = snapshot_->options.isolates(head.desync);
  }
  if (head.method == "TRACE" || head.method == "CONNECT") {
    answer_own(error_answer(405), head.method == "TRACE" ? "elb.405.trace" : "elb.405.connect");
    return false;
  }
  if (has_too_many_hops(head)) {
    answer_own(error_answer(463), "elb.463.forwarded_for");
    return false;
  }
  return true;
}

const CompiledAction& Exchange::decide(const RequestHead& head) {
  const int rule = listener_->rules.match(request_view(head, *facts_));
  const int64_t looked_at = rule < 0 ? static_cast<int64_t>(listener_->actions.size()) : rule + 1;  // the default one does not count
  counters().add(Count::rule_evaluations, looked_at);
  counters().add(Count::charged_rules, std::max<int64_t>(0, looked_at - kFreeRules));
  const CompiledAction& action = rule < 0 ? listener_->fallback : listener_->actions[static_cast<size_t>(rule)];
  noted_.priority = action.priority;
  noted_.action = action.action->type;
  return action;
}

/// Whether the request brings the token that its rule wants; else it is answered (ALB user guide, Verify JWTs).
bool Exchange::has_token(const CompiledAction& action, const RequestHead& head) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto refuse = [&](int status, std::string why) { return turn_away("jwt-validation", status, std::move(why)), false; };
  const auto is_authorization = [](const Field& field) { return iequals(field.name, "authorization"); };
  const auto field = std::ranges::find_if(head.fields, is_authorization);
  if (field == head.fields.end()) return refuse(401, "JWTHeaderNotPresent");
  const bool is_bearer = field->value.size() > kBearer.size() && iequals(field->value.substr(0, kBearer.size()), kBearer);
  if (!is_bearer || std::ranges::count_if(head.fields, is_authorization) > 1) return refuse(401, "JWTRequestFormatInvalid");
  const auto keys = action.keys->keys();
  if (!keys) {
    std::string why = action.keys->failure();
    return refuse(562, why.empty() ? "JWKSRequestFailed" : std::move(why));
  }
  bool knows_key = true;
  const std::string_view why = refusal_of(trim(field->value.substr(kBearer.size())), *keys, *action.token, time(nullptr), knows_key);
  if (!knows_key) action.keys->ask_again();
  return why.empty() || refuse(401, std::string(why));
}

/// As the target gets it: valid until the thread's next request. Null: what the rule makes of it is no request.
const RequestHead* Exchange::rewritten(const Transforms& transforms, const RequestHead& head) {
  using Outcome = Transforms::Outcome;
  thread_local RequestHead made;
  thread_local std::string text;
  const Outcome outcome = transforms.apply(head, made, text);
  if (outcome == Outcome::unchanged) return &head;
  noted_.transform = outcome == Outcome::changed ? "TransformSuccess" : outcome == Outcome::no_host ? "TransformInvalidHost" : "TransformInvalidPath";
  if (outcome != Outcome::changed) return nullptr;
  if (snapshot_->options.logs_requests) note_rewritten(head, made);
  return &made;
}

void Exchange::note_rewritten(const RequestHead& head, const RequestHead& made) {
  const RequestView before = request_view(head, *facts_), after = request_view(made, *facts_);
  if (!iequals(before.host, after.host)) noted_.new_host = after.host;
  if (before.path != after.path || before.query != after.query) noted_.new_url = made.target;
}

/// Redirects and fixed responses.
void Exchange::act(const CompiledAction& compiled, const RequestHead& head) {
  const model::Action& action = *compiled.action;
  if (action.fixed_response) {
    counters().add(Count::fixed_responses);
    return answer_own(fixed_answer(*action.fixed_response), {});
  }
  const RequestView view = request_view(head, *facts_);
  const model::RequestParts parts{.protocol = facts_->is_tls ? "https" : "http", .host = lower(view.host), .port = std::to_string(facts_->listener_port), .path = std::string(view.path), .query = std::string(view.query)};
  Answer answer = redirect_answer(*action.redirect, parts);
  if (answer.location.size() > kMaxLocation) return answer_own(error_answer(500), "elb.500.redirect_too_long");
  counters().add(Count::redirects);
  noted_.location = answer.location;
  answer_own(std::move(answer), {});
}

/// By weight, or the one that the client's cookie names. A group without healthy targets keeps its share (ALB user guide,
/// Listeners). Null: all weights are 0.
const Group* Exchange::choose_group(const CompiledAction& action, const RequestHead& head) {
  if (action.total_weight == 0) return nullptr;
  if (action.is_sticky) {
    sets_group_cookie_ = true;
    if (const auto cookie = find_own_cookie(head.fields, "AWSALBTG")) {
      const auto content = unseal_mark(lane_.seal(), 'G', *cookie);
      if (!content) noted_.error = "AWSALBTGCookieInvalid";
      if (content && time(nullptr) < content->issued + action.action->group_stickiness_seconds) {
        for (const auto& [group, weight] : action.groups) {
          if (group->mark == content->mark && weight > 0) return group;
        }
      }
    }
  }
  if (action.groups.size() == 1) return action.groups[0].first;
  auto pick = static_cast<int>((lane_.chance() >> 20) % static_cast<uint64_t>(action.total_weight));
  for (const auto& [group, weight] : action.groups) {
    if (pick < weight) return group;
    pick -= weight;
  }
  return action.groups[0].first;
}

/// Whether the group's protocol version is one for this request (ALB user guide, Target groups: Protocol version).
bool Exchange::takes_protocol(const RequestHead& head) const {
  if (kind_ != Front::Kind::http2) return group_->version == ProtocolVersion::http1;
  switch (group_->version) {
    case ProtocolVersion::http1: return !noted_.is_grpc;
    case ProtocolVersion::http2: return true;
    case ProtocolVersion::grpc: return head.method == "POST";
  }
  return false;
}

/// The group's own, but for application cookies where the action weighs several groups (ALB user guide, Sticky sessions).
Stickiness Exchange::stickiness_in(const CompiledAction& action, const Group& group) {
  return group.stickiness == Stickiness::app_cookie && action.groups.size() > 1 ? Stickiness::none : group.stickiness;
}

void Exchange::choose_target(const Group& group, const RequestHead& head) {
  const Node& node = *facts_->node;
  target_ = nullptr;
  if (stickiness_ != Stickiness::none) {
    const bool by_app = stickiness_ == Stickiness::app_cookie;
    sets_target_cookie_ = !by_app;
    if (const auto cookie = by_app ? find_cookie(head.fields, "AWSALBAPP-0") : find_own_cookie(head.fields, "AWSALB")) {
      had_app_cookie_ = by_app;
      const auto content = unseal_mark(lane_.seal(), by_app ? 'A' : 'T', *cookie);
      if (content && time(nullptr) < content->issued + group.sticky_for.count()) target_ = group.sticky(content->mark, node);
    }
    if (target_ == nullptr) counters().add("elb.not_sticky");
    had_app_cookie_ = had_app_cookie_ && target_ == nullptr;  // led elsewhere than it says: it is set anew
  }
  if (target_ == nullptr) target_ = group.choose(node, lane_.now(), lane_.chance());
  if (target_ == nullptr) return;
  group.state->tally(node).add(Tally::requests);
  target_->tally.add(Tally::requests);
  if (!snapshot_->options.logs_requests) return;
  noted_.target_at = target_->address_and_port;
  noted_.group_arn = group.group.arn;
}

void Exchange::add_stickiness(const http::h1::ResponseHead& head) {
  const int64_t now = time(nullptr);
  if (sets_group_cookie_) add_cookies(cookies_, "AWSALBTG", seal_mark(lane_.seal(), 'G', {group_->mark, now}), now, true);
  if (sets_target_cookie_) add_cookies(cookies_, "AWSALB", seal_mark(lane_.seal(), 'T', {target_->mark, now}), now, true);
  if (stickiness_ == Stickiness::app_cookie && (had_app_cookie_ || sets_cookie(head.fields, group_->app_cookie))) {
    add_cookies(cookies_, "AWSALBAPP-0", seal_mark(lane_.seal(), 'A', {target_->mark, now}), now, false);
  }
}

}  // namespace landfall::alb
