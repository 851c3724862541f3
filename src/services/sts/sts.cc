#include "services/sts/sts.h"

#include <fmt/format.h>

#include "aws/shapes/sts.h"
#include "model/identity.h"
#include "store/table.h"

namespace landfall::services::sts {
namespace {

namespace shapes = landfall::aws::sts;
using aws::CallContext;

/// The account of the root, a user's id, a role's id with the session's name.
std::string user_id(const Deps& deps, const CallContext& context) {
  const auto key = store::find<model::AccessKey>(deps.store, context.access_key);
  if (!key || context.principal_arn.ends_with(":root")) return context.account;
  if (context.principal_arn.find(":federated-user/") != std::string::npos) return context.account + ":" + context.principal_arn.substr(context.principal_arn.rfind('/') + 1);
  if (const auto user = store::find<model::User>(deps.store, context.account + "/" + key->user_name); user && !key->user_name.empty()) return user->id;
  const auto role = store::find<model::Role>(deps.store, context.account + "/" + key->role_arn.substr(key->role_arn.rfind('/') + 1));
  return role ? role->id + ":" + context.principal_arn.substr(context.principal_arn.rfind('/') + 1) : context.access_key;
}

Result<shapes::GetCallerIdentityResponse> identity(const Deps& deps, const CallContext& context, const shapes::GetCallerIdentityRequest&) {
  return shapes::GetCallerIdentityResponse{.account = context.account, .arn = context.principal_arn, .user_id = user_id(deps, context)};
}

Result<shapes::GetAccessKeyInfoResponse> key_info(const Deps& deps, const CallContext&, const shapes::GetAccessKeyInfoRequest& request) {
  const auto key = store::find<model::AccessKey>(deps.store, request.access_key_id.value_or(""));
  if (!key) return fail("ValidationError", fmt::format("Invalid access key id: {}", request.access_key_id.value_or("")));
  return shapes::GetAccessKeyInfoResponse{.account = key->account};
}

/// Nothing here tells encoded messages: none can be decoded.
Result<shapes::DecodeAuthorizationMessageResponse> decode(const Deps&, const CallContext&, const shapes::DecodeAuthorizationMessageRequest&) {
  return fail("InvalidAuthorizationMessageException", "Message is not valid");
}

}  // namespace

void register_sts(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetCallerIdentityRequest, shapes::GetCallerIdentityResponse>("sts", "GetCallerIdentity", {}, bind(identity));
  registry.add<shapes::GetAccessKeyInfoRequest, shapes::GetAccessKeyInfoResponse>("sts", "GetAccessKeyInfo", {"*"}, bind(key_info));
  registry.add<shapes::DecodeAuthorizationMessageRequest, shapes::DecodeAuthorizationMessageResponse>("sts", "DecodeAuthorizationMessage", {"*"}, bind(decode));
  register_session(registry, deps);
}

}  // namespace landfall::services::sts
