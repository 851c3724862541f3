#include "daemon/credentials.h"

#include "model/identity.h"
#include "store/table.h"

namespace landfall::daemon {

using model::AccessKey;

Result<void> store_admin_key(store::Store& store, const aws::AdminKey& key, const std::string& account) {
  const AccessKey wanted{.id = key.access_key, .secret = key.secret_key, .account = account, .principal_arn = "arn:aws:iam::" + account + ":root"};
  const auto stored = store::find<AccessKey>(store, wanted.key());
  if (stored && encode(*stored) == encode(wanted)) return {};
  TRY(store.transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, wanted);
    return {};
  }));
  return {};
}

std::optional<aws::KeyOwner> find_key(const store::Store& store, std::string_view access_key) {
  const auto key = store::find<AccessKey>(store, access_key);
  if (!key) return std::nullopt;
  return aws::KeyOwner{.secret_key = key->secret, .account = key->account, .principal_arn = key->principal_arn,
                       .session_token = key->session_token, .expires_at = key->expires_at, .role_arn = key->role_arn, .user_name = key->user_name, .is_active = key->status == "Active"};
}

}  // namespace landfall::daemon
