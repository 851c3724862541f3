#include "fargate/task_credentials.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "model/identity.h"
#include "model/session.h"
#include "store/table.h"

namespace landfall::fargate {
namespace {

constexpr Duration kLife = std::chrono::hours(6), kMargin = std::chrono::minutes(15);

std::string render(const model::AccessKey& key) {
  return json::serialize(json::object{{"RoleArn", key.role_arn}, {"AccessKeyId", key.id}, {"SecretAccessKey", key.secret}, {"Token", key.session_token}, {"Expiration", iso8601(key.expires_at)}});
}

}  // namespace

std::string TaskCredentials::path_of(const model::Task& task) {
  const std::string hex = to_hex(sha256("credentials of " + task.arn));
  return fmt::format("/v2/credentials/{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20, 12));
}

Result<std::string> TaskCredentials::answer(store::Store& store, const Clock& clock, IdSource& ids, const model::Task& task, const std::string& role_arn) {
  const std::lock_guard lock(mutex_);
  const WallTime now = clock.wall();
  if (const auto known = store::find<model::AccessKey>(store, key_id_); known && known->expires_at > now + kMargin) return render(*known);
  const std::string name = role_arn.substr(role_arn.rfind('/') + 1);
  if (!store::find<model::Role>(store, task.account + "/" + name)) return fail("Role.Missing", fmt::format("there is no role {}", role_arn));
  const model::AccessKey key{.id = "ASIA" + ids.upper_alnum(16), .secret = base64_encode(secret_bytes(30)), .account = task.account, .principal_arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", task.account, name, task.id),
                             .session_token = base64_encode(secret_bytes(96)), .role_arn = role_arn, .expires_at = now + kLife, .created_at = now};
  TRY(store.transact([&](store::Transaction& tx) -> Result<void> {
    for (const auto& old : store::all<model::AccessKey>(tx)) {
      if (!old.expires_at || now <= old.expires_at) continue;
      store::erase<model::AccessKey>(tx, old.key());
      store::erase<model::Session>(tx, old.id);
    }
    store::put(tx, key);
    return {};
  }));
  key_id_ = key.id;
  return render(key);
}

}  // namespace landfall::fargate
