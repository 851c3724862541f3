#include "why/follow.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "why/parts.h"
#include "why/refusal.h"

namespace landfall::why {
namespace {

using model::Because;
using model::Origin;

const std::string& cause_of(const Because& reason) { return reason.cause.empty() ? reason.subject : reason.cause; }

/// As long as the cause is itself held up by something else, that is the thing to look at.
const Because& follow(const Ground& ground, const Because& start, std::vector<std::string>& path) {
  const Because* at = &start;
  std::set<std::string> seen;
  for (;;) {
    path.push_back(at->sentence);
    seen.insert(at->key());
    const Because* next = nullptr;
    for (const Because& other : ground.reasons) {
      if (at->cause.empty() || at->cause == at->subject || other.subject != at->cause || seen.contains(other.key())) continue;
      // A thing held up for another reason than the one followed does not explain it: only what has a cause of its own does.
      if (other.cause != at->cause) next = &other;
    }
    if (next == nullptr) return *at;
    at = next;
  }
}

void take_place(Finding& finding, const Origin& origin) {
  finding.address = origin.address;
  finding.file = origin.file;
  finding.line = origin.line;
}

/// A rule, a route or an association may be a resource of its own: then that one is to be changed, if it is the only one.
const Origin* part_to_change(const Ground& ground, const Finding& finding) {
  const std::string kind = finding.attribute.substr(0, finding.attribute.find(' '));
  if (kind != "ingress" && kind != "egress" && kind != "route" && kind != "route_table_association") return nullptr;
  if (kind == "route_table_association") {
    const auto gone = parts_of(ground.origin_list, finding.cause, kind, true);
    return gone.empty() ? nullptr : gone.back();
  }
  const auto whole = ground.origins.find(finding.cause);
  if (whole != ground.origins.end() && std::ranges::find(whole->second.blocks, kind) != whole->second.blocks.end()) return nullptr;
  const auto parts = parts_of(ground.origin_list, finding.cause, kind);
  return parts.size() == 1 ? parts[0] : nullptr;
}

void locate(const Ground& ground, Finding& finding) {
  const auto origin = ground.origins.find(finding.cause);
  if (origin != ground.origins.end()) take_place(finding, origin->second);
  const Origin* part = part_to_change(ground, finding);
  if (part == nullptr) return;
  if (!finding.address.empty()) finding.related.push_back(finding.address);
  if (part->is_gone) finding.evidence.push_back(fmt::format("gone: {} was at {}:{}", part->address, part->file, part->line));
  take_place(finding, *part);
}

}  // namespace

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

Finding finding_of(const Ground& ground, const model::ApplyFailure& failure) {
  for (const Because& reason : ground.reasons) {
    const auto message = reason.evidence.find("message");
    if (message == reason.evidence.end() || message->second != failure.message) continue;
    Finding finding = finding_of(ground, reason);
    finding.path.insert(finding.path.begin(), fmt::format("{} was refused: {}", failure.address, failure.message));
    // The thing that was to be made has no origin yet; its address is the caller's.
    if (finding.address.empty() || finding.cause == finding.subject) {
      finding.address = failure.address;
      finding.file = failure.file;
      finding.line = failure.line;
    }
    reconsider(ground, failure, finding);
    return finding;
  }
  return finding_of_refusal(ground, failure);
}

int rank_of(const Finding& finding) {
  static const std::vector<std::string_view> order{
      "Plan.", "Apply.", "TargetGroup.", "Service.Container", "Service.Before", "Ownership.", "Vpc.", "RouteTable.", "NatGateway.", "Task.CannotReach", "Task.CannotResolve",
      "Task.", "Image.", "Container.", "Service.", "Target.SecurityGroup", "Target.NetworkAcl", "Target.NotRouted", "Target.WrongPort", "Target.Listens", "Target.NotListening", "Target.Path",
      "Target.", "Requests.", "LoadBalancer.", "SecurityGroup.", "Listener.", "Certificate.", "Rule.Shadowed", "Rule.", "Dns."};
  for (size_t i = 0; i < order.size(); ++i) {
    if (finding.code.starts_with(order[i])) return static_cast<int>(i);
  }
  return static_cast<int>(order.size());
}

}  // namespace landfall::why
