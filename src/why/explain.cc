#include "why/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "why/follow.h"
#include "why/ground.h"
#include "why/question.h"
#include "why/scaling.h"

namespace landfall::why {
namespace {

void add_once(std::vector<Finding>& findings, Finding finding) {
  const bool is_told = std::ranges::any_of(findings, [&](const Finding& told) { return told.address == finding.address && told.cause == finding.cause && told.attribute == finding.attribute; });
  if (!is_told) findings.push_back(std::move(finding));
}

std::vector<std::string> known_names(const Ground& ground) {
  std::vector<std::string> names;
  for (const model::Service& service : ground.services) names.push_back("service/" + service.name);
  for (const auto& group : ground.groups) names.push_back(group.name);
  for (const auto& balancer : ground.balancers) names.push_back(balancer.name);
  return names;
}

/// A refused call told its reason already, with the caller's address.
bool is_of_refusal(const Ground& ground, const model::Because& reason) {
  const auto message = reason.evidence.find("message");
  return message != reason.evidence.end() && std::ranges::any_of(ground.failures, [&](const auto& failure) { return failure.message == message->second; });
}

}  // namespace

Explanation explain(const store::Store& store, std::string_view thing) {
  const Ground ground = ground_of(store);
  Question question = read(ground, thing);
  Explanation explanation{.findings = {}, .checked = std::move(question.checked), .is_known = question.is_known};
  if (!question.is_known) {
    explanation.checked = known_names(ground);
    return explanation;
  }
  judge_scaling(store, ground, question);
  for (const model::ApplyFailure& failure : ground.failures) {
    Finding finding = finding_of(ground, failure);
    const bool is_asked = question.wants_failures || question.ids.contains(failure.address) || question.ids.contains(finding.cause) || question.ids.contains(finding.subject);
    if (is_asked) add_once(explanation.findings, std::move(finding));
  }
  for (const model::Because& reason : ground.reasons) {
    if (concerns(question, reason) && !is_of_refusal(ground, reason)) add_once(explanation.findings, finding_of(ground, reason));
  }
  for (Finding& finding : question.findings) add_once(explanation.findings, std::move(finding));
  std::ranges::stable_sort(explanation.findings, {}, rank_of);
  if (explanation.findings.empty()) {
    explanation.checked.push_back(fmt::format("{} services, {} tasks, {} target groups, {} rules: no reason is recorded", ground.services.size(), ground.tasks.size(), ground.groups.size(), ground.rules.size()));
  }
  return explanation;
}

}  // namespace landfall::why
