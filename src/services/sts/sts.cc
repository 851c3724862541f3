#include "services/sts/sts.h"

#include <fmt/format.h>

#include "aws/shapes/sts.h"
#include "base/digest.h"
#include "base/text.h"
#include "model/identity.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::sts {
namespace {

namespace shapes = landfall::aws::sts;
using aws::CallContext;
using store::Transaction;

constexpr int kDefault = 3600;

/// The account of the root, a user's id, a role's id with the session's name.
std::string user_id(const Deps& deps, const CallContext& context) {
  const auto key = store::find<model::AccessKey>(deps.store, context.access_key);
  if (!key || context.principal_arn.ends_with(":root")) return context.account;
  if (const auto user = store::find<model::User>(deps.store, context.account + "/" + key->user_name); user && !key->user_name.empty()) return user->id;
  const auto role = store::find<model::Role>(deps.store, context.account + "/" + key->role_arn.substr(key->role_arn.rfind('/') + 1));
  return role ? role->id + ":" + context.principal_arn.substr(context.principal_arn.rfind('/') + 1) : context.access_key;
}

Result<shapes::GetCallerIdentityResponse> identity(const Deps& deps, const CallContext& context, const shapes::GetCallerIdentityRequest&) {
  return shapes::GetCallerIdentityResponse{.account = context.account, .arn = context.principal_arn, .user_id = user_id(deps, context)};
}

/// Temporary keys of the caller itself (API reference, GetSessionToken).
Result<shapes::GetSessionTokenResponse> session_token(const Deps& deps, const CallContext& context, const shapes::GetSessionTokenRequest& request) {
  const auto own = store::find<model::AccessKey>(deps.store, context.access_key);
  if (!own || !own->session_token.empty()) return fail("AccessDenied", "Cannot call GetSessionToken with session credentials");
  const int seconds = request.duration_seconds.value_or(43'200);
  return transact<shapes::GetSessionTokenResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetSessionTokenResponse> {
    model::AccessKey key = *own;
    key.id = "ASIA" + deps.ids.upper_alnum(16);
    key.secret = base64_encode(secret_bytes(30));
    key.session_token = base64_encode(secret_bytes(96));
    key.expires_at = deps.clock.wall() + std::chrono::seconds(seconds);
    store::put(tx, key);
    return shapes::GetSessionTokenResponse{.credentials = shapes::Credentials{.access_key_id = key.id, .expiration = key.expires_at, .secret_access_key = key.secret, .session_token = key.session_token}};
  });
}

Result<shapes::GetAccessKeyInfoResponse> key_info(const Deps& deps, const CallContext&, const shapes::GetAccessKeyInfoRequest& request) {
  const auto key = store::find<model::AccessKey>(deps.store, request.access_key_id.value_or(""));
  if (!key) return fail("ValidationError", fmt::format("Invalid access key id: {}", request.access_key_id.value_or("")));
  return shapes::GetAccessKeyInfoResponse{.account = key->account};
}

/// "arn:aws:iam::ACCOUNT:role/PATH/NAME" -> {account, name}.
Result<std::pair<std::string, std::string>> read_role_arn(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() != 6 || parts[2] != "iam" || !parts[5].starts_with("role/")) return fail("ValidationError", fmt::format("{} is invalid", arn));
  return std::pair(parts[4], parts[5].substr(parts[5].rfind('/') + 1));
}

Result<shapes::AssumeRoleResponse> assume(const Deps& deps, const CallContext& context, const shapes::AssumeRoleRequest& request) {
  const auto [account, name] = TRY(read_role_arn(request.role_arn.value_or("")));
  const std::string session = request.role_session_name.value_or("");
  return transact<shapes::AssumeRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::AssumeRoleResponse> {
    const auto role = store::find<model::Role>(tx, account + "/" + name);
    if (!role) {
      return fail("AccessDenied", fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}", context.principal_arn, *request.role_arn));
    }
    const int seconds = request.duration_seconds.value_or(std::min(kDefault, role->max_session_duration));
    if (seconds > role->max_session_duration) return fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    const model::AccessKey key{.id = "ASIA" + deps.ids.upper_alnum(16), .secret = base64_encode(secret_bytes(30)), .account = account,
                               .principal_arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account, role->name, session),
                               .session_token = base64_encode(secret_bytes(96)), .role_arn = role->arn, .expires_at = deps.clock.wall() + std::chrono::seconds(seconds)};
    store::put(tx, key);
    return shapes::AssumeRoleResponse{
        .assumed_role_user = shapes::AssumedRoleUser{.arn = key.principal_arn, .assumed_role_id = role->id + ":" + session},
        .credentials = shapes::Credentials{.access_key_id = key.id, .expiration = key.expires_at, .secret_access_key = key.secret, .session_token = key.session_token}};
  });
}

}  // namespace

void register_sts(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetCallerIdentityRequest, shapes::GetCallerIdentityResponse>("sts", "GetCallerIdentity", {}, bind(identity));
  registry.add<shapes::GetSessionTokenRequest, shapes::GetSessionTokenResponse>("sts", "GetSessionToken", {"DurationSeconds"}, bind(session_token));
  registry.add<shapes::GetAccessKeyInfoRequest, shapes::GetAccessKeyInfoResponse>("sts", "GetAccessKeyInfo", {"*"}, bind(key_info));
  registry.add<shapes::AssumeRoleRequest, shapes::AssumeRoleResponse>("sts", "AssumeRole", {"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"}, bind(assume));
}

}  // namespace landfall::services::sts
