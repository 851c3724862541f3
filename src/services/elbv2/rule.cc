#include <charconv>

#include <fmt/format.h>

#include "services/elbv2/login.h"
#include "services/elbv2/nodes.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Listener;
using model::Rule;

constexpr int kMaxPriority = 50'000;

shapes::Rule render(const Rule& rule) {
  return {.actions = render_actions(rule.actions), .conditions = render_conditions(rule.conditions), .is_default = false, .priority = std::to_string(rule.priority), .rule_arn = rule.arn, .transforms = render_transforms(rule.transforms)};
}

shapes::Rule render_default(const Listener& listener) {
  return {.actions = render_actions(listener.default_actions), .conditions = std::vector<shapes::RuleCondition>{}, .is_default = true, .priority = "default", .rule_arn = listener.default_rule_arn};
}

Result<void> check_priority(const Transaction& tx, const Rule& rule) {
  if (rule.priority < 1 || rule.priority > kMaxPriority) return fail("ValidationError", fmt::format("Priority '{}' must be between 1 and {}", rule.priority, kMaxPriority));
  for (const auto& other : store::all<Rule>(tx)) {
    if (other.arn != rule.arn && other.listener_arn == rule.listener_arn && other.priority == rule.priority) return fail("PriorityInUse", fmt::format("Priority '{}' is currently in use", rule.priority));
  }
  return {};
}

/// A listener's default rule changes with its listener only.
Result<void> check_not_default(const Transaction& tx, const std::string& arn, std::string_view participle) {
  for (const auto& listener : store::all<Listener>(tx)) {
    if (listener.default_rule_arn == arn) return fail("OperationNotPermitted", fmt::format("Default rule '{}' cannot be {}", arn, participle));
  }
  return {};
}

Result<shapes::CreateRuleOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateRuleInput& request) {
  const model::Tags tags = TRY(tags_of(request.tags));
  return transact<shapes::CreateRuleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRuleOutput> {
    const Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    if (model::is_of_flows(listener.protocol)) return fail("OperationNotPermitted", "Rules are unsupported for Network Load Balancer listeners");
    const std::string tail = arn_tail(listener.arn);
    Rule rule{.account = context.account, .region = context.region, .arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:listener-rule/{}/{}", context.region, context.account, tail, deps.ids.hex(16)),
              .listener_arn = listener.arn, .priority = request.priority.value_or(0), .tags = tags};
    TRY(check_priority(tx, rule));
    rule.conditions = TRY(read_conditions(list(request.conditions)));
    rule.actions = TRY(read_actions(tx, context, list(request.actions), listener));
    TRY(ensure_claims_key(deps, tx, context.region, rule.actions));
    rule.transforms = TRY(read_transforms(list(request.transforms)));
    const auto balancer = TRY(balancer_at(tx, context, listener.load_balancer_arn));
    TRY(check_association(tx, balancer, rule.actions));
    TRY(quotas::check_rules(tx, balancer));
    store::put(tx, rule);
    TRY(quotas::check_use(tx, balancer.arn));
    return shapes::CreateRuleOutput{.rules = std::vector{render(rule)}};
  });
}

Result<shapes::DeleteRuleOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRuleInput& request) {
  return transact<shapes::DeleteRuleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRuleOutput> {
    TRY(check_not_default(tx, text(request.rule_arn), "deleted"));
    store::erase<Rule>(tx, TRY(rule_at(tx, context, request.rule_arn)).arn);
    return shapes::DeleteRuleOutput{};
  });
}

Result<shapes::DescribeRulesOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRulesInput& request) {
  const bool names_rules = !list(request.rule_arns).empty();
  if (!request.listener_arn && !names_rules) return fail("ValidationError", "You must specify either listener rule ARNs or a listener ARN");
  if (request.listener_arn && names_rules) return fail("ValidationError", "You cannot specify both listener rule ARNs and a listener ARN");
  auto rules = own<Rule>(deps.store, context);
  const auto listeners = own<Listener>(deps.store, context);
  std::ranges::sort(rules, {}, &Rule::priority);
  std::vector<shapes::Rule> chosen;
  if (request.listener_arn) {
    const auto listener = std::ranges::find(listeners, *request.listener_arn, &Listener::arn);
    if (listener == listeners.end()) return fail("ListenerNotFound", "One or more listeners not found");
    for (const Rule& rule : rules) {
      if (rule.listener_arn == listener->arn) chosen.push_back(render(rule));
    }
    chosen.push_back(render_default(*listener));
  }
  for (const std::string& arn : list(request.rule_arns)) {
    const auto rule = std::ranges::find(rules, arn, &Rule::arn);
    const auto listener = std::ranges::find(listeners, arn, &Listener::default_rule_arn);
    if (rule == rules.end() && listener == listeners.end()) return fail("RuleNotFound", "One or more rules not found");
    chosen.push_back(rule != rules.end() ? render(*rule) : render_default(*listener));
  }
  auto answer = TRY(page(std::move(chosen), request.page_size, request.marker));
  shapes::DescribeRulesOutput result{.rules = answer.items};
  if (!answer.next.empty()) result.next_marker = answer.next;
  return result;
}

Result<shapes::ModifyRuleOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifyRuleInput& request) {
  return transact<shapes::ModifyRuleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyRuleOutput> {
    TRY(check_not_default(tx, text(request.rule_arn), "modified"));
    Rule rule = TRY(rule_at(tx, context, request.rule_arn));
    const Listener listener = TRY(listener_at(tx, context, rule.listener_arn));
    if (request.conditions) rule.conditions = TRY(read_conditions(*request.conditions));
    if (request.actions) rule.actions = TRY(read_actions(tx, context, *request.actions, listener, rule.actions));
    TRY(ensure_claims_key(deps, tx, context.region, rule.actions));
    if (request.reset_transforms.value_or(false) && request.transforms) return fail("ValidationError", "You cannot specify both transforms and ResetTransforms");
    if (request.transforms) rule.transforms = TRY(read_transforms(*request.transforms));
    if (request.reset_transforms.value_or(false)) rule.transforms.clear();
    TRY(check_association(tx, TRY(balancer_at(tx, context, listener.load_balancer_arn)), rule.actions));
    store::put(tx, rule);
    TRY(quotas::check_use(tx, listener.load_balancer_arn));
    return shapes::ModifyRuleOutput{.rules = std::vector{render(rule)}};
  });
}

/// All at once: the priorities are checked when every one is set.
Result<shapes::SetRulePrioritiesOutput> set_priorities(const Deps& deps, const CallContext& context, const shapes::SetRulePrioritiesInput& request) {
  return transact<shapes::SetRulePrioritiesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetRulePrioritiesOutput> {
    std::vector<Rule> changed;
    for (const auto& pair : list(request.rule_priorities)) {
      TRY(check_not_default(tx, text(pair.rule_arn), "modified"));
      Rule rule = TRY(rule_at(tx, context, pair.rule_arn));
      rule.priority = pair.priority.value_or(0);
      store::put(tx, rule);
      changed.push_back(rule);
    }
    shapes::SetRulePrioritiesOutput result{.rules = std::vector<shapes::Rule>{}};
    for (const Rule& rule : changed) {
      TRY(check_priority(tx, rule));
      result.rules->push_back(render(rule));
    }
    return result;
  });
}

}  // namespace

void register_rule(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateRuleInput, shapes::CreateRuleOutput>("elbv2", "CreateRule", {"ListenerArn", "Priority", "Conditions.*", "Actions.*", "Transforms.*", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteRuleInput, shapes::DeleteRuleOutput>("elbv2", "DeleteRule", {"RuleArn"}, bind(remove));
  registry.add<shapes::DescribeRulesInput, shapes::DescribeRulesOutput>("elbv2", "DescribeRules", {"*"}, bind(describe));
  registry.add<shapes::ModifyRuleInput, shapes::ModifyRuleOutput>("elbv2", "ModifyRule", {"RuleArn", "Conditions.*", "Actions.*", "Transforms.*", "ResetTransforms"}, bind(modify));
  registry.add<shapes::SetRulePrioritiesInput, shapes::SetRulePrioritiesOutput>("elbv2", "SetRulePriorities", {"RulePriorities.*"}, bind(set_priorities));
}

}  // namespace landfall::services::elbv2
