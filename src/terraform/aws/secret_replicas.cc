#include "terraform/aws/secret_replicas.h"

#include <algorithm>

#include "base/clock.h"
#include "terraform/aws/members.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {

namespace sm = aws::secretsmanager;

Block replica_block() {
  return set_block("replica", {.attributes = {text("region").required(), text("kms_key_id").computed(), text("last_accessed_date").read_only(), text("status").read_only(), text("status_message").read_only()}}).computed();
}

std::vector<sm::ReplicaRegionType> replicas_of(const Record& secret) {
  std::vector<sm::ReplicaRegionType> replicas;
  for (const Record& written : secret.blocks("replica")) {
    auto& one = replicas.emplace_back();
    one.region = written.text("region");
    set_text(written, "kms_key_id", one.kms_key_id);
  }
  return replicas;
}

std::vector<Record> replica_records(const std::optional<std::vector<sm::ReplicationStatusType>>& replicas) {
  std::vector<Record> rows;
  for (const auto& replica : replicas.value_or(std::vector<sm::ReplicationStatusType>{})) {
    Record& row = rows.emplace_back();
    row.set("region", replica.region.value_or(""));
    row.set("kms_key_id", replica.kms_key_id.value_or(""));
    row.set("status", replica.status.value_or(""));
    row.set("status_message", replica.status_message.value_or(""));
    row.set("last_accessed_date", replica.last_accessed_date ? iso8601(*replica.last_accessed_date) : "");
  }
  return rows;
}

Result<void> change_replicas(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned) {
  const auto before = replicas_of(prior);
  auto after = replicas_of(planned);
  const auto is_in = [](const std::vector<sm::ReplicaRegionType>& list, const sm::ReplicaRegionType& wanted) { return std::ranges::any_of(list, [&](const auto& one) { return one.region == wanted.region; }); };
  std::vector<std::string> gone;
  for (const auto& one : before) {
    if (!is_in(after, one)) gone.push_back(one.region.value_or(""));
  }
  std::erase_if(after, [&](const auto& one) { return is_in(before, one); });
  if (!gone.empty()) TRY(ignore_gone(cloud.call<sm::RemoveRegionsFromReplicationResponse>("secretsmanager", "RemoveRegionsFromReplication", sm::RemoveRegionsFromReplicationRequest{.remove_replica_regions = gone, .secret_id = id})));
  if (after.empty()) return {};
  const sm::ReplicateSecretToRegionsRequest request{.add_replica_regions = std::move(after), .force_overwrite_replica_secret = planned.flag("force_overwrite_replica_secret"), .secret_id = id};
  TRY(cloud.call<sm::ReplicateSecretToRegionsResponse>("secretsmanager", "ReplicateSecretToRegions", request));
  return {};
}

}  // namespace landfall::terraform::aws_types
