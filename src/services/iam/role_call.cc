#include "services/iam/role_call.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/identity.h"
#include "services/iam/authorize.h"
#include "services/iam/evaluate.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

std::optional<model::Role> role_of(const Deps& deps, const std::string& arn) {
  for (model::Role& role : store::all<model::Role>(deps.store)) {
    if (role.arn == arn) return std::move(role);
  }
  return std::nullopt;
}

}  // namespace

bool trusts_service(const Deps& deps, const std::string& role_arn, const std::string& service) {
  const auto role = role_of(deps, role_arn);
  if (!role) return false;
  const ResourceVerdict verdict = evaluate_resource(role->assume_role_policy, {.action = "sts:AssumeRole", .resource = role_arn, .keys = {}}, {.account = role->account, .arn = {}, .role_arn = {}, .service = service});
  return !verdict.is_denied && verdict.grant != Grant::none;
}

Result<void> authorize_role(const Deps& deps, const std::string& role_arn, const std::string& session, const std::string& action, const std::string& resource) {
  const auto role = role_of(deps, role_arn);
  if (!role) return fail("AccessDenied", fmt::format("role {} does not exist", role_arn));
  const aws::KeyOwner caller{.secret_key = {}, .account = role->account, .principal_arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role->account, role->name, session), .session_token = {}, .expires_at = {}, .role_arn = role_arn};
  return authorize_action(deps, {}, caller, action, resource);
}

}  // namespace landfall::services::iam
