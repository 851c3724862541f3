#include "services/ecr/expiry.h"

#include <algorithm>

#include "base/log.h"
#include "model/storage.h"
#include "services/ecr/lifecycle.h"
#include "services/ecr/support.h"
#include "store/table.h"

namespace landfall::services::ecr {
namespace {

/// Writes only if an image goes, or if the policy has never been looked at.
size_t expire_in(const Deps& deps, const std::string& key) {
  size_t gone = 0;
  const auto done = deps.store.transact([&](store::Transaction& tx) -> Result<void> {
    gone = 0;
    auto repository = store::find<Repository>(tx, key);
    if (!repository || repository->lifecycle_policy.empty()) return {};
    const auto rules = TRY(read_lifecycle(repository->lifecycle_policy));
    const auto expired = expired_images(rules, images_of(deps, tx, *repository), deps.clock.wall());
    if (expired.empty() && repository->lifecycle_evaluated_at) return {};
    for (const auto& [digest, priority] : expired) {
      std::erase_if(repository->image_tags, [&](const auto& tag) { return tag.second == digest; });
      store::erase<Manifest>(tx, repository->key() + "/" + digest);
      log_info("image expired", {{"repository", repository->name}, {"digest", digest}});
    }
    gone = expired.size();
    repository->lifecycle_evaluated_at = deps.clock.wall();
    store::put(tx, *repository);
    return {};
  });
  if (!done) log_error("lifecycle policy not carried out", {{"repository", key}, {"error", done.error().message()}});
  return done ? gone : 0;
}

}  // namespace

size_t expire_images(const Deps& deps) {
  size_t gone = 0;
  for (const Repository& repository : store::all<Repository>(deps.store)) {
    if (!repository.lifecycle_policy.empty()) gone += expire_in(deps, repository.key());
  }
  return gone;
}

}  // namespace landfall::services::ecr
