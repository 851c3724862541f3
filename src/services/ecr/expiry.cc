#include "services/ecr/expiry.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "model/storage.h"
#include "services/ecr/lifecycle.h"
#include "store/table.h"

namespace landfall::services::ecr {
namespace {

using model::Manifest;
using model::Repository;

/// Digests that an index names; none of an image's manifest.
std::vector<std::string> parts_of(const Deps& deps, const Manifest& manifest) {
  std::vector<std::string> parts;
  if (manifest.media_type.find("index") == std::string::npos && manifest.media_type.find("manifest.list") == std::string::npos) return parts;
  const auto bytes = read_file(std::filesystem::path(deps.data_dir) / "registry/blobs/sha256" / manifest.digest.substr(7));
  const auto value = bytes ? parse_json(*bytes, "an index") : Result<json::value>(fail(bytes.error()));
  const json::array* named = value && value->is_object() ? array_member(value->get_object(), "manifests") : nullptr;
  for (const json::value& one : named == nullptr ? json::array{} : *named) {
    if (one.is_object()) parts.emplace_back(string_member(one.get_object(), "digest"));
  }
  return parts;
}

std::vector<LifecycleImage> images_of(const Deps& deps, const store::Transaction& tx, const Repository& repository) {
  std::vector<LifecycleImage> images;
  std::set<std::string> parts;
  for (const Manifest& manifest : store::all<Manifest>(tx, repository.key() + "/")) {
    LifecycleImage image{.digest = manifest.digest, .tags = {}, .pushed_at = manifest.pushed_at};
    for (const auto& [tag, digest] : repository.image_tags) {
      if (digest == manifest.digest) image.tags.push_back(tag);
    }
    parts.merge([&] { const auto named = parts_of(deps, manifest); return std::set<std::string>(named.begin(), named.end()); }());
    images.push_back(std::move(image));
  }
  for (LifecycleImage& image : images) image.is_part = parts.contains(image.digest);
  return images;
}

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
    for (const std::string& digest : expired) {
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
