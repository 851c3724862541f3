#include "why/own_answer.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "model/routing.h"

namespace landfall::why {
namespace {

using model::Action;
using model::Condition;
using model::Listener;
using model::Rule;

std::string who(const Listener& listener, const Rule* rule) {
  return rule == nullptr ? fmt::format("the default action of port {}", listener.port) : fmt::format("the rule with priority {} on port {}", rule->priority, listener.port);
}

bool is_of_address(const Condition& condition) { return condition.field == "host-header" || condition.field == "path-pattern"; }

/// "http-request-method POST": a condition that says more than where the request goes.
std::string told(const Condition& condition) {
  std::string text = condition.field == "http-header" ? fmt::format("header {}", condition.http_header_name) : condition.field;
  if (condition.field == "query-string") {
    for (const auto& pair : condition.query_strings) text += fmt::format(" {}={}", pair.key, pair.value);
    return text;
  }
  return fmt::format("{} {}", text, join(condition.values.empty() ? condition.regex_values : condition.values, ", "));
}

/// The first rule that would take the request if it asked for host and path alone.
std::pair<const Rule*, const Condition*> nearly(const Ground& ground, const Listener& listener, const Rule* taken, const model::RequestLine& request) {
  std::pair<const Rule*, const Condition*> best{};
  for (const Rule& rule : ground.rules) {
    if (rule.listener_arn != listener.arn || (taken != nullptr && rule.priority > taken->priority)) continue;
    const Condition* missed = nullptr;
    bool names_address = false, fits = true;
    for (const Condition& condition : rule.conditions) {
      const bool matches = model::matches(condition, request);
      names_address = names_address || is_of_address(condition);
      if (is_of_address(condition)) fits = fits && matches;
      else if (!matches) missed = &condition;
    }
    if (names_address && fits && missed != nullptr && (best.first == nullptr || rule.priority < best.first->priority)) best = {&rule, missed};
  }
  return best;
}

void tell_missed(const Ground& ground, const Rule& near, const Condition& missed, std::string_view seen, std::string_view purpose, Question& question) {
  question.findings.push_back(finding_at(ground, "Rule.ConditionMissed", near.arn, fmt::format("condition.{}", replace_all(missed.field, "-", "_")), fmt::format("{}: the rule with priority {} is for {}, and wants {} besides", seen, near.priority, purpose, told(missed)),
                                         "take the condition away, or send what it asks for"));
}

/// A rule for this host that no plain request passes, and the default action takes them: by method or source. (A header or a
/// query that sends some requests elsewhere is mostly meant.)
void judge_missed(const Ground& ground, const Listener& listener, const Url& url, Question& question) {
  const auto [near, missed] = nearly(ground, listener, nullptr, {.host = url.host, .path = url.path, .query = url.query});
  if (near == nullptr || (missed->field != "http-request-method" && missed->field != "source-ip")) return;
  const bool names_host = std::ranges::any_of(near->conditions, [](const Condition& condition) { return condition.field == "host-header"; });
  if (!names_host) return;
  tell_missed(ground, *near, *missed, fmt::format("{} takes {}", who(listener, nullptr), url.host), "this host", question);
}

/// A name that leads here and is answered with an error by order.
void judge_fixed(const Ground& ground, const Listener& listener, const Rule* rule, const Action& action, const Url& url, Question& question) {
  const std::string& status = action.fixed_response->status_code;
  if (std::atoi(status.c_str()) < 400) return;
  const auto [near, missed] = nearly(ground, listener, rule, {.host = url.host, .path = url.path, .query = url.query});
  if (near != nullptr) {
    tell_missed(ground, *near, *missed, fmt::format("{} answers {}", who(listener, rule), status), "this host and path", question);
  } else if (rule != nullptr) {
    question.findings.push_back(finding_at(ground, "Rule.FixedResponse", rule->arn, "action.fixed_response", fmt::format("{} answers {} itself", who(listener, rule), status), "forward to a target group, or give the rule conditions that leave this request out"));
  } else {
    question.findings.push_back(finding_at(ground, "Listener.NoRuleForHost", listener.arn, "default_action", fmt::format("no rule of the listener on port {} takes {}{}: its default action answers {}", listener.port, url.host, url.path, status),
                                           fmt::format("add a rule for {} that forwards, or forward by default", url.host)));
  }
}

std::optional<Onward> judge_redirect(const Ground& ground, const Listener& listener, const Rule* rule, const Action& action, const Url& url, Question& question) {
  const std::string location = model::redirect_location(*action.redirect, {.protocol = url.scheme, .host = url.host, .port = std::to_string(listener.port), .path = url.path, .query = url.query});
  const std::optional<Url> next = parse_url(location);
  if (!next) return std::nullopt;
  Onward onward{.to = *next, .cause = rule == nullptr ? listener.arn : rule->arn, .attribute = rule == nullptr ? "default_action.redirect" : "action.redirect"};
  question.checked.push_back(fmt::format("{} redirects to {}", who(listener, rule), location));
  if (*next != url) return onward;
  question.findings.push_back(finding_at(ground, "Listener.RedirectsToItself", onward.cause, onward.attribute,
                                         fmt::format("{} redirects {} to itself: a client goes round until it gives up", who(listener, rule), location), "forward to a target group there; let the listener of the other port redirect"));
  return std::nullopt;
}

}  // namespace

std::optional<Onward> judge_own_answer(const Ground& ground, const Listener& listener, const Rule* rule, const Url& url, Question& question) {
  const auto& actions = rule == nullptr ? listener.default_actions : rule->actions;
  if (actions.empty()) return std::nullopt;
  const Action& action = actions.back();
  if (action.redirect) return judge_redirect(ground, listener, rule, action, url, question);
  if (action.fixed_response) judge_fixed(ground, listener, rule, action, url, question);
  else if (rule == nullptr) judge_missed(ground, listener, url, question);
  const bool has_weight = std::ranges::any_of(action.target_groups, [](const auto& group) { return group.weight > 0; });
  if (!action.target_groups.empty() && !has_weight) {
    question.findings.push_back(finding_at(ground, "Rule.NoWeight", rule == nullptr ? listener.arn : rule->arn, fmt::format("{}.forward.target_group.weight", rule == nullptr ? "default_action" : "action"),
                                           fmt::format("{} forwards to target groups whose weights are all 0: the request is answered with 503", who(listener, rule)), "give one of the groups a weight above 0"));
  }
  return std::nullopt;
}

}  // namespace landfall::why
