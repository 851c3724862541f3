#include "why/explain.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "model/container_service.h"
#include "model/load_balancing.h"
#include "model/routing.h"
#include "store/table.h"

namespace landfall::why {
namespace {

using model::ApplyFailure;
using model::Because;
using model::Origin;

/// Everything that is asked about lies in records of one moment.
struct Ground {
  std::vector<Because> reasons;
  std::map<std::string, Origin> origins;
  std::vector<ApplyFailure> failures;
  std::vector<model::Service> services;
  std::vector<model::Task> tasks;
  std::vector<model::TargetGroup> groups;
  std::vector<model::LoadBalancer> balancers;
  std::vector<model::Listener> listeners;
  std::vector<model::Rule> rules;
};

Ground ground_of(const store::Store& store) {
  Ground ground{.reasons = store::all<Because>(store),
                .failures = store::all<ApplyFailure>(store),
                .services = store::all<model::Service>(store),
                .tasks = store::all<model::Task>(store),
                .groups = store::all<model::TargetGroup>(store),
                .balancers = store::all<model::LoadBalancer>(store),
                .listeners = store::all<model::Listener>(store),
                .rules = store::all<model::Rule>(store)};
  for (Origin& origin : store::all<Origin>(store)) {
    std::string id = origin.id;
    ground.origins.emplace(std::move(id), std::move(origin));
  }
  return ground;
}

const std::string& cause_of(const Because& reason) { return reason.cause.empty() ? reason.subject : reason.cause; }

/// The first broken link: as long as the cause is itself held up by something else, that is the thing to look at.
const Because& follow(const Ground& ground, const Because& start, std::vector<std::string>& path) {
  const Because* at = &start;
  std::set<std::string> seen;
  for (;;) {
    path.push_back(at->sentence);
    seen.insert(at->key());
    const Because* next = nullptr;
    for (const Because& other : ground.reasons) {
      if (other.subject == cause_of(*at) && !seen.contains(other.key())) next = &other;
    }
    if (next == nullptr) return *at;
    at = next;
  }
}

void locate(const Ground& ground, Finding& finding) {
  const auto origin = ground.origins.find(finding.cause);
  if (origin == ground.origins.end()) return;
  finding.address = origin->second.address;
  finding.file = origin->second.file;
  finding.line = origin->second.line;
}

Finding finding_of(const Ground& ground, const Because& reason) {
  Finding finding;
  const Because& root = follow(ground, reason, finding.path);
  finding.code = root.code;
  finding.sentence = root.sentence;
  finding.subject = reason.subject;
  finding.cause = cause_of(root);
  finding.attribute = root.attribute;
  finding.remedy = root.remedy;
  for (const auto& [name, value] : root.evidence) finding.evidence.push_back(name + ": " + value);
  locate(ground, finding);
  return finding;
}

/// A refused call. If the API recorded why it refused, that names the thing to change better than the caller does.
Finding finding_of(const Ground& ground, const ApplyFailure& failure) {
  for (const Because& reason : ground.reasons) {
    const auto message = reason.evidence.find("message");
    if (message == reason.evidence.end() || message->second != failure.message) continue;
    Finding finding = finding_of(ground, reason);
    finding.path.insert(finding.path.begin(), fmt::format("{} was refused: {}", failure.operation, failure.message));
    if (finding.address.empty() || finding.cause == finding.subject) {
      finding.address = failure.address;
      finding.file = failure.file;
      finding.line = failure.line;
    }
    return finding;
  }
  return {.code = failure.code,
          .sentence = failure.message,
          .subject = failure.address,
          .cause = failure.address,
          .address = failure.address,
          .file = failure.file,
          .line = failure.line,
          .path = {fmt::format("{} was refused", failure.operation)}};
}

/// How early in a stack's life a reason bites: configuration, start, health, traffic. Smaller is more fundamental.
int rank_of(const Finding& finding) {
  static const std::vector<std::string> order{"Apply", "RouteTable", "Nat", "SecurityGroup", "Subnet", "Address", "Network",
                                              "Image", "Task", "Service", "Target", "Certificate", "Rule", "Host"};
  for (size_t i = 0; i < order.size(); ++i) {
    if (finding.code.starts_with(order[i])) return static_cast<int>(i);
  }
  return static_cast<int>(order.size());
}

/// Ids that belong to a question about a service: itself, its tasks, target groups and their load balancers' rules.
std::set<std::string> around(const Ground& ground, const model::Service& service) {
  std::set<std::string> ids{service.arn};
  for (const model::Task& task : ground.tasks) {
    if (task.service_arn == service.arn) ids.insert(task.arn);
  }
  for (const model::Deployment& deployment : service.deployments) {
    for (const auto& balancer : deployment.load_balancers) ids.insert(balancer.target_group_arn);
  }
  for (const model::Rule& rule : ground.rules) {
    for (const model::Action& action : rule.actions) {
      for (const auto& group : action.target_groups) {
        if (ids.contains(group.arn)) ids.insert(rule.arn);
      }
    }
  }
  return ids;
}

std::string tail_of(std::string_view arn) { return std::string(arn.substr(arn.rfind('/') + 1)); }

struct Url {
  std::string scheme, host, path;
  int port = 0;
};

std::optional<Url> parse_url(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url{.scheme = lower(text.substr(0, colon))};
  std::string_view rest = text.substr(colon + 3);
  const size_t slash = rest.find('/');
  url.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash, rest.find('?') - slash));
  std::string_view authority = rest.substr(0, slash);
  const size_t port = authority.find(':');
  url.port = url.scheme == "https" ? 443 : 80;
  if (port != std::string_view::npos) url.port = std::atoi(std::string(authority.substr(port + 1)).c_str());
  url.host = lower(authority.substr(0, port));
  return url;
}

/// Ids that a request to the URL touches, in order; each step is also said in `checked`.
std::set<std::string> around(const Ground& ground, const Url& url, std::vector<std::string>& checked) {
  std::set<std::string> ids{url.scheme + "://" + url.host};
  for (const model::Listener& listener : ground.listeners) {
    if (listener.port != url.port) continue;
    ids.insert(listener.arn);
    ids.insert(listener.load_balancer_arn);
    const model::Rule* rule = model::first_match(listener, ground.rules, {.host = url.host, .path = url.path});
    checked.push_back(fmt::format("listener on port {}: {}", listener.port,
                                  rule == nullptr ? std::string("no rule matches, the default action answers")
                                                  : fmt::format("rule with priority {} answers", rule->priority)));
    for (const model::Rule& other : ground.rules) {
      if (other.listener_arn == listener.arn && model::matches(other, {.host = url.host, .path = url.path})) ids.insert(other.arn);
    }
    const auto& actions = rule == nullptr ? listener.default_actions : rule->actions;
    for (const model::Action& action : actions) {
      for (const auto& group : action.target_groups) {
        ids.insert(group.arn);
        checked.push_back(fmt::format("target group {}", group.arn));
        for (const model::Service& service : ground.services) {
          const auto near = around(ground, service);
          if (near.contains(group.arn)) ids.insert(near.begin(), near.end());
        }
      }
    }
  }
  return ids;
}

struct Question {
  bool is_everything = false;
  bool wants_failures = false;
  std::set<std::string> ids;
  bool is_known = true;
  std::vector<std::string> checked;
};

/// Ids that a word names: service, target group, load balancer, task, Terraform address or the id itself.
void name_ids(const Ground& ground, std::string_view word, Question& question) {
  const std::string name(word);
  for (const model::Service& service : ground.services) {
    if (service.name != name && service.arn != name) continue;
    const auto near = around(ground, service);
    question.ids.insert(near.begin(), near.end());
    question.checked.push_back(fmt::format("service {}: {} of {} running", service.name,
                                           service.deployments.empty() ? 0 : service.deployments[0].running_count,
                                           service.desired_count));
  }
  for (const model::Task& task : ground.tasks) {
    if (task.id == name || task.arn == name) {
      question.ids.insert(task.arn);
      question.checked.push_back(fmt::format("task {}: {}", task.id, task.last_status));
    }
  }
  for (const model::TargetGroup& group : ground.groups) {
    if (group.name == name || group.arn == name) question.ids.insert(group.arn);
  }
  for (const model::LoadBalancer& balancer : ground.balancers) {
    if (balancer.name == name || balancer.arn == name) question.ids.insert(balancer.arn);
  }
  for (const auto& [id, origin] : ground.origins) {
    if (origin.address == name) question.ids.insert(id);
  }
  const bool is_id = ground.origins.contains(name) || std::ranges::any_of(ground.reasons, [&](const Because& reason) {
    return reason.subject == name || reason.cause == name || tail_of(reason.subject) == name;
  });
  if (is_id) question.ids.insert(name);
}

Question read(const Ground& ground, std::string_view thing) {
  Question question;
  std::string_view word = trim(thing);
  if (word.empty() || word == "apply" || word == "deploy") {
    question.is_everything = word != "apply";
    question.wants_failures = true;
    return question;
  }
  if (const auto url = parse_url(word)) {
    question.ids = around(ground, *url, question.checked);
    question.wants_failures = false;
    return question;
  }
  for (const std::string_view prefix : {"service/", "service ", "task/", "task "}) {
    if (word.starts_with(prefix)) word = trim(word.substr(prefix.size()));
  }
  name_ids(ground, word, question);
  question.is_known = !question.ids.empty();
  for (const ApplyFailure& failure : ground.failures) {
    if (failure.address == word || failure.address.ends_with("." + std::string(word))) {
      question.is_known = true;
      question.ids.insert(failure.address);
    }
  }
  return question;
}

bool concerns(const Question& question, const Because& reason) {
  return question.is_everything || question.ids.contains(reason.subject) || question.ids.contains(cause_of(reason)) ||
         question.ids.contains(tail_of(reason.subject));
}

void add_once(std::vector<Finding>& findings, Finding finding) {
  const bool is_told = std::ranges::any_of(findings, [&](const Finding& told) {
    return told.code == finding.code && told.cause == finding.cause && told.attribute == finding.attribute;
  });
  if (!is_told) findings.push_back(std::move(finding));
}

std::vector<std::string> known_names(const Ground& ground) {
  std::vector<std::string> names;
  for (const model::Service& service : ground.services) names.push_back("service/" + service.name);
  for (const auto& group : ground.groups) names.push_back(group.name);
  return names;
}

}  // namespace

Explanation explain(const store::Store& store, std::string_view thing) {
  const Ground ground = ground_of(store);
  const Question question = read(ground, thing);
  Explanation explanation{.checked = question.checked, .is_known = question.is_known};
  if (!question.is_known) {
    explanation.checked = known_names(ground);
    return explanation;
  }
  for (const ApplyFailure& failure : ground.failures) {
    if (question.wants_failures || question.ids.contains(failure.address)) {
      add_once(explanation.findings, finding_of(ground, failure));
    }
  }
  for (const Because& reason : ground.reasons) {
    if (concerns(question, reason)) add_once(explanation.findings, finding_of(ground, reason));
  }
  std::ranges::stable_sort(explanation.findings, {}, rank_of);
  if (explanation.findings.empty()) {
    explanation.checked.push_back(fmt::format("{} services, {} tasks, {} target groups, {} rules: no reason is recorded",
                                              ground.services.size(), ground.tasks.size(), ground.groups.size(),
                                              ground.rules.size()));
  }
  return explanation;
}

}  // namespace landfall::why
