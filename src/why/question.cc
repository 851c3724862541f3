#include "why/question.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "why/request.h"

namespace landfall::why {
namespace {

void name_service(const Ground& ground, const model::Service& service, Question& question) {
  const auto near = around(ground, service);
  question.ids.insert(near.begin(), near.end());
  const auto* primary = service.deployments.empty() ? nullptr : &service.deployments[0];
  question.checked.push_back(fmt::format("service {}: {} of {} running", service.name, primary == nullptr ? 0 : primary->running_count, service.desired_count));
  if (primary != nullptr && primary->rollout_state == "IN_PROGRESS") question.checked.push_back(fmt::format("deployment {} is in progress", primary->id));
}

/// Ids that a word names: service, task, target group, load balancer, Terraform address or the id itself.
void name_ids(const Ground& ground, const std::string& name, Question& question) {
  for (const model::Service& service : ground.services) {
    if (service.status != "INACTIVE" && (service.name == name || service.arn == name || name_of(ground, service.arn) == name)) name_service(ground, service, question);
  }
  for (const model::Task& task : ground.tasks) {
    if (task.id != name && task.arn != name) continue;
    question.ids.insert(task.arn);
    question.checked.push_back(fmt::format("task {}: {}", task.id, task.last_status));
  }
  const auto take = [&](const auto& records) {
    for (const auto& record : records) {
      if (record.name == name || record.arn == name) question.ids.insert(record.arn);
    }
  };
  take(ground.groups);
  take(ground.balancers);
  for (const auto& [id, origin] : ground.origins) {
    if (origin.address != name && id != name) continue;
    question.ids.insert(id);
    question.causes.insert(id);
  }
  for (const model::Because& reason : ground.reasons) {
    if (reason.subject != name && reason.cause != name && tail_of(reason.subject) != name) continue;
    question.ids.insert(name);
    question.causes.insert(name);
  }
}

}  // namespace

Finding finding_at(const Ground& ground, std::string code, const std::string& cause, std::string attribute, std::string sentence, std::string remedy) {
  Finding found{.code = std::move(code), .sentence = std::move(sentence), .subject = cause, .cause = cause, .address = {}, .attribute = std::move(attribute), .file = {}, .line = 0,
                .remedy = std::move(remedy), .evidence = {}, .path = {}, .related = {}};
  if (const auto origin = ground.origins.find(cause); origin != ground.origins.end()) {
    found.address = origin->second.address;
    found.file = origin->second.file;
    found.line = origin->second.line;
  }
  found.path.push_back(found.sentence);
  return found;
}

std::set<std::string> around(const Ground& ground, const model::Service& service) {
  std::set<std::string> ids{service.arn}, groups;
  for (const model::Task& task : ground.tasks) {
    if (task.service_arn == service.arn) ids.insert(task.arn);
  }
  for (const model::Deployment& deployment : service.deployments) {
    for (const auto& balancer : deployment.load_balancers) groups.insert(balancer.target_group_arn);
  }
  for (const model::Rule& rule : ground.rules) {
    for (const model::Action& action : rule.actions) {
      for (const auto& group : action.target_groups) {
        if (groups.contains(group.arn)) ids.insert(rule.arn);
      }
    }
  }
  ids.insert(groups.begin(), groups.end());
  return ids;
}

Question read(const Ground& ground, std::string_view thing) {
  Question question;
  std::string_view word = trim(thing);
  if (word.empty() || word == "apply" || word == "deploy" || word == "plan") {
    question.is_everything = word.empty() || word == "deploy";
    question.wants_failures = true;
    for (const model::Because& reason : ground.reasons) {
      // Why a certificate is not issued is what an apply waits for.
      if (word == "apply" && reason.code.starts_with("Certificate.Not")) question.ids.insert(reason.subject);
      if (word == "apply" && (reason.code.starts_with("Ownership.") || reason.code.starts_with("NatGateway."))) question.ids.insert(reason.subject);
    }
    for (const model::Service& service : ground.services) {
      const bool is_rolling = !service.deployments.empty() && service.deployments[0].rollout_state == "IN_PROGRESS";
      if (is_rolling) question.checked.push_back(fmt::format("service {}: deployment {} is in progress", service.name, service.deployments[0].id));
    }
    return question;
  }
  if (const auto url = parse_url(word)) {
    follow_request(ground, *url, question);
    return question;
  }
  for (const std::string_view prefix : {"service/", "service ", "task/", "task "}) {
    if (word.starts_with(prefix)) word = trim(word.substr(prefix.size()));
  }
  name_ids(ground, std::string(word), question);
  for (const model::ApplyFailure& failure : ground.failures) {
    if (failure.address == word || failure.address.ends_with("." + std::string(word))) question.ids.insert(failure.address);
  }
  question.is_known = !question.ids.empty();
  return question;
}

bool concerns(const Question& question, const model::Because& reason) {
  const std::string& cause = reason.cause.empty() ? reason.subject : reason.cause;
  return question.is_everything || question.ids.contains(reason.subject) || question.causes.contains(cause) || question.ids.contains(tail_of(reason.subject));
}

}  // namespace landfall::why
