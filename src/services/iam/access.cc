#include "services/iam/access.h"

namespace landfall::services::iam {
namespace {

Access refused(std::string why) { return {.is_allowed = false, .why = std::move(why)}; }
Access denied_in(const char* kind) { return refused(std::string("with an explicit deny in a") + kind); }
Access not_allowed_by(const char* kind, const Question& question) { return refused("because no " + std::string(kind) + " allows the " + question.action + " action"); }

}  // namespace

Access access_of(const Policies& policies, const Question& question, const Caller& caller) {
  const Verdict identity = evaluate(policies.identity, question);
  const Verdict boundary = policies.boundary ? evaluate({*policies.boundary}, question) : Verdict::allowed;
  const ResourceVerdict resource = policies.resource ? evaluate_resource(*policies.resource, question, caller) : ResourceVerdict{};
  if (identity == Verdict::denied) return denied_in("n identity-based policy");
  if (boundary == Verdict::denied) return denied_in(" permissions boundary");
  if (resource.is_denied) return denied_in(" resource-based policy");

  const bool by_identity = identity == Verdict::allowed && boundary == Verdict::allowed;
  const bool by_resource = resource.grant == Grant::to_caller || (resource.grant == Grant::to_role && boundary == Verdict::allowed);
  const bool is_elsewhere = !policies.resource_account.empty() && policies.resource_account != caller.account;
  if (is_elsewhere ? by_identity && resource.grant != Grant::none : by_resource) return {.is_allowed = true, .why = {}};
  if ((is_elsewhere || policies.is_trust) && resource.grant == Grant::none) return not_allowed_by("resource-based policy", question);
  if (by_identity && !is_elsewhere) return {.is_allowed = true, .why = {}};
  return identity == Verdict::allowed ? not_allowed_by("permissions boundary", question) : not_allowed_by("identity-based policy", question);
}

}  // namespace landfall::services::iam
