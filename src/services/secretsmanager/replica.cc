#include <algorithm>

#include "services/secretsmanager/support.h"

/// Replicas: the same secret in other regions, kept like the primary one with each change (put_secret).
namespace landfall::services::secretsmanager {
namespace {

std::unexpected<Error> marked() { return fail("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion."); }

Result<shapes::ReplicateSecretToRegionsResponse> replicate(const Deps& deps, const CallContext& context, const shapes::ReplicateSecretToRegionsRequest& request) {
  return transact<shapes::ReplicateSecretToRegionsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ReplicateSecretToRegionsResponse> {
    Secret secret = TRY(changeable_at(tx, context, request.secret_id));
    auto all = TRY(add_replicas(tx, secret, *request.add_replica_regions, request.force_overwrite_replica_secret.value_or(false)));
    return shapes::ReplicateSecretToRegionsResponse{.arn = secret.arn, .replication_status = std::move(all)};
  });
}

Result<shapes::RemoveRegionsFromReplicationResponse> remove(const Deps& deps, const CallContext& context, const shapes::RemoveRegionsFromReplicationRequest& request) {
  return transact<shapes::RemoveRegionsFromReplicationResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RemoveRegionsFromReplicationResponse> {
    Secret secret = TRY(changeable_at(tx, context, request.secret_id));
    for (const std::string& region : *request.remove_replica_regions) {
      if (std::erase(secret.replica_regions, region) > 0) store::erase<Secret>(tx, secret.account + "/" + region + "/" + secret.name);
    }
    put_secret(tx, secret);
    return shapes::RemoveRegionsFromReplicationResponse{.arn = secret.arn, .replication_status = replication_of(secret).value_or(std::vector<shapes::ReplicationStatusType>{})};
  });
}

/// The replica becomes a secret of its own.
Result<shapes::StopReplicationToReplicaResponse> stop(const Deps& deps, const CallContext& context, const shapes::StopReplicationToReplicaRequest& request) {
  return transact<shapes::StopReplicationToReplicaResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StopReplicationToReplicaResponse> {
    Secret secret = TRY(secret_at(tx, context, request.secret_id));
    if (secret.deleted_at) return marked();
    if (secret.primary_region.empty()) return fail("InvalidParameterException", "The secret is not a replica secret.");
    store::update<Secret>(tx, secret.account + "/" + secret.primary_region + "/" + secret.name, [&](Secret& primary) { std::erase(primary.replica_regions, secret.region); });
    secret.primary_region.clear();
    store::put(tx, secret);
    return shapes::StopReplicationToReplicaResponse{.arn = secret.arn};
  });
}

}  // namespace

Result<std::vector<shapes::ReplicationStatusType>> add_replicas(Transaction& tx, Secret& secret, const std::vector<shapes::ReplicaRegionType>& regions, bool overwrites) {
  std::vector<shapes::ReplicationStatusType> failed;
  for (const auto& wanted : regions) {
    const std::string region = text(wanted.region);
    if (region.empty() || region == secret.region) return fail("InvalidParameterException", "Invalid replica region.");
    if (!text(wanted.kms_key_id).empty() && *wanted.kms_key_id != "alias/aws/secretsmanager") return fail("InvalidParameterException", "Landfall does not support keys of KMS for replicas yet; wanted alias/aws/secretsmanager");
    if (std::ranges::count(secret.replica_regions, region) > 0) continue;
    const bool is_taken = store::find<Secret>(tx, secret.account + "/" + region + "/" + secret.name).has_value();
    if (is_taken && !overwrites) {
      failed.push_back({.region = region, .status = "Failed", .status_message = fmt::format("Replication failed: Secret name {} already exists in region {}.", secret.name, region)});
    } else {
      secret.replica_regions.push_back(region);
    }
  }
  put_secret(tx, secret);
  auto all = replication_of(secret).value_or(std::vector<shapes::ReplicationStatusType>{});
  all.insert(all.end(), failed.begin(), failed.end());
  return all;
}

void register_replica(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "secretsmanager";
  registry.add<shapes::ReplicateSecretToRegionsRequest, shapes::ReplicateSecretToRegionsResponse>(service, "ReplicateSecretToRegions", {"*"}, bind(replicate));
  registry.add<shapes::RemoveRegionsFromReplicationRequest, shapes::RemoveRegionsFromReplicationResponse>(service, "RemoveRegionsFromReplication", {"*"}, bind(remove));
  registry.add<shapes::StopReplicationToReplicaRequest, shapes::StopReplicationToReplicaResponse>(service, "StopReplicationToReplica", {"*"}, bind(stop));
}

}  // namespace landfall::services::secretsmanager
