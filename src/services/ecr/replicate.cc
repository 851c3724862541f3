#include "services/ecr/replicate.h"

#include <set>

#include "services/ecr/template.h"

namespace landfall::services::ecr {

std::vector<std::string> replicas_of(const std::string& replication, const Repository& repository) {
  std::set<std::string> regions;
  for (const auto& rule : from_json<shapes::ReplicationConfiguration>(replication).rules.value_or(std::vector<shapes::ReplicationRule>{})) {
    const auto filters = rule.repository_filters.value_or(std::vector<shapes::RepositoryFilter>{});
    if (!filters.empty() && std::ranges::none_of(filters, [&](const auto& filter) { return repository.name.starts_with(text(filter.filter)); })) continue;
    for (const auto& destination : *rule.destinations) regions.insert(text(destination.region));
  }
  return {regions.begin(), regions.end()};
}

void replicate(const Deps& deps, Transaction& tx, const Repository& repository, const Manifest& manifest, const std::optional<std::string>& tag) {
  const auto settings = store::find<model::RegistrySettings>(tx, repository.account + "/" + repository.region);
  if (!settings || settings->replication.empty()) return;
  for (const std::string& region : replicas_of(settings->replication, repository)) {
    const Wanted wanted{.account = repository.account, .region = region, .name = repository.name};
    auto replica = store::find<Repository>(tx, wanted.account + "/" + region + "/" + wanted.name);
    if (!replica) replica = from_template(tx, wanted, "REPLICATION", deps.clock.wall());
    if (!replica) replica = Repository{.account = wanted.account, .region = region, .name = wanted.name, .arn = arn_of_repository(wanted), .created_at = deps.clock.wall()};
    const bool may_move = tag && (!replica->image_tags.contains(*tag) || is_mutable(tx, *replica, *tag));
    if (may_move) replica->image_tags[*tag] = manifest.digest;
    store::put(tx, *replica);
    std::vector<std::string> digests = parts_of(deps, manifest);
    digests.push_back(manifest.digest);
    for (const std::string& digest : digests) {
      auto copy = digest == manifest.digest ? std::optional(manifest) : store::find<Manifest>(tx, repository.key() + "/" + digest);
      if (!copy) continue;
      copy->repository_key = replica->key();
      store::put(tx, *copy);
    }
  }
}

}  // namespace landfall::services::ecr
