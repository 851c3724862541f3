#include <set>

#include "base/log.h"
#include "services/s3/s3.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {

size_t remove_orphans(const Deps& deps) {
  const std::filesystem::path folder = std::filesystem::path(deps.data_dir) / "objects";
  std::set<std::filesystem::path> named;
  for (const auto& object : store::all<model::Object>(deps.store)) named.insert(file_of(deps, object));
  for (const auto& version : store::all<model::ObjectVersion>(deps.store)) named.insert(file_of(deps, version.object));
  for (const auto& upload : store::all<model::Upload>(deps.store)) {
    for (const auto& part : upload.parts) named.insert(file_of(deps, model::Object{.file = part.file}));
  }
  std::set<std::filesystem::path> orphans;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && !named.contains(it->path())) orphans.insert(it->path());
  }
  for (const auto& orphan : orphans) std::filesystem::remove(orphan, error);
  if (!orphans.empty()) log_info("object files without a record removed", {{"count", std::to_string(orphans.size())}});
  return orphans.size();
}

}  // namespace landfall::services::s3
