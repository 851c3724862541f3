#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

namespace landfall::services::iam {
namespace {

using model::AccessKey;

constexpr size_t kMaxKeys = 2;  // IAM quotas

Result<AccessKey> key_named(const Transaction& tx, const model::User& user, const std::optional<std::string>& id) {
  auto key = store::find<AccessKey>(tx, text(id));
  if (!key || key->account != user.account || key->user_name != user.name) return fail("NoSuchEntity", fmt::format("The Access Key with id {} cannot be found.", text(id)));
  return std::move(*key);
}

Result<shapes::CreateAccessKeyResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateAccessKeyRequest& request) {
  return transact<shapes::CreateAccessKeyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateAccessKeyResponse> {
    const model::User user = TRY(user_or_caller(tx, context, request.user_name));
    if (keys_of(tx, context, user.name).size() >= kMaxKeys) return fail("LimitExceeded", fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", kMaxKeys));
    const AccessKey key{.id = "AKIA" + deps.ids.upper_alnum(16), .secret = base64_encode(secret_bytes(30)), .account = context.account, .principal_arn = user.arn, .user_name = user.name, .created_at = deps.clock.wall()};
    store::put(tx, key);
    return shapes::CreateAccessKeyResponse{.access_key = shapes::AccessKey{.access_key_id = key.id, .create_date = key.created_at, .secret_access_key = key.secret, .status = key.status, .user_name = user.name}};
  });
}

Result<shapes::UpdateAccessKeyOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateAccessKeyRequest& request) {
  return transact<shapes::UpdateAccessKeyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateAccessKeyOutput> {
    AccessKey key = TRY(key_named(tx, TRY(user_or_caller(tx, context, request.user_name)), request.access_key_id));
    key.status = text(request.status);
    store::put(tx, key);
    return shapes::UpdateAccessKeyOutput{};
  });
}

Result<shapes::DeleteAccessKeyOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteAccessKeyRequest& request) {
  return transact<shapes::DeleteAccessKeyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAccessKeyOutput> {
    store::erase<AccessKey>(tx, TRY(key_named(tx, TRY(user_or_caller(tx, context, request.user_name)), request.access_key_id)).key());
    return shapes::DeleteAccessKeyOutput{};
  });
}

Result<shapes::ListAccessKeysResponse> list(const Deps& deps, const CallContext& context, const shapes::ListAccessKeysRequest& request) {
  return transact<shapes::ListAccessKeysResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListAccessKeysResponse> {
    const model::User user = TRY(user_or_caller(tx, context, request.user_name));
    std::vector<shapes::AccessKeyMetadata> found;
    for (const AccessKey& key : keys_of(tx, context, user.name)) found.push_back({.access_key_id = key.id, .create_date = key.created_at, .status = key.status, .user_name = user.name});
    return listed(shapes::ListAccessKeysResponse{}, &shapes::ListAccessKeysResponse::access_key_metadata, std::move(found), request.max_items, request.marker);
  });
}

/// Use of keys is not recorded, which AWS tells as N/A for keys that were never used.
Result<shapes::GetAccessKeyLastUsedResponse> last_used(const Deps& deps, const CallContext& context, const shapes::GetAccessKeyLastUsedRequest& request) {
  const auto key = store::find<AccessKey>(deps.store, text(request.access_key_id));
  if (!key || key->account != context.account) return fail("AccessDenied", fmt::format("User: {} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {}", context.principal_arn, text(request.access_key_id)));
  shapes::GetAccessKeyLastUsedResponse answer{.access_key_last_used = shapes::AccessKeyLastUsed{.region = "N/A", .service_name = "N/A"}};
  if (!key->user_name.empty()) answer.user_name = key->user_name;
  return answer;
}

}  // namespace

std::vector<AccessKey> keys_of(const Transaction& tx, const CallContext& context, const std::string& user_name) {
  std::vector<AccessKey> found;
  for (AccessKey& key : store::all<AccessKey>(tx)) {
    if (key.account == context.account && key.user_name == user_name && !user_name.empty() && key.session_token.empty()) found.push_back(std::move(key));
  }
  return found;
}

void register_access_key(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateAccessKeyRequest, shapes::CreateAccessKeyResponse>("iam", "CreateAccessKey", {"*"}, bind(create));
  registry.add<shapes::UpdateAccessKeyRequest, shapes::UpdateAccessKeyOutput>("iam", "UpdateAccessKey", {"*"}, bind(update));
  registry.add<shapes::DeleteAccessKeyRequest, shapes::DeleteAccessKeyOutput>("iam", "DeleteAccessKey", {"*"}, bind(remove));
  registry.add<shapes::ListAccessKeysRequest, shapes::ListAccessKeysResponse>("iam", "ListAccessKeys", {"*"}, bind(list));
  registry.add<shapes::GetAccessKeyLastUsedRequest, shapes::GetAccessKeyLastUsedResponse>("iam", "GetAccessKeyLastUsed", {"*"}, bind(last_used));
}

}  // namespace landfall::services::iam
