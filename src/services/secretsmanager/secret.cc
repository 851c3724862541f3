#include <algorithm>

#include "services/secretsmanager/secretsmanager.h"
#include "services/secretsmanager/support.h"

namespace landfall::services::secretsmanager {
namespace {

constexpr int64_t kLongestWait = 30, kShortestWait = 7;  // days; API reference, DeleteSecret

Result<void> check_name(const std::string& name) {
  const bool right = !name.empty() && name.size() <= 512 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/_+=.@-").find(c) != std::string_view::npos; });
  if (!right) return fail("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!");
  return {};
}

Result<void> check_value(const std::optional<std::string>& string, const std::optional<std::string>& binary) {
  if (string && binary) return fail("InvalidParameterException", "You can't specify both SecretString and SecretBinary.");
  return {};
}

/// The same request again (API reference, CreateSecret: ClientRequestToken).
bool is_same(const Secret& secret, const shapes::CreateSecretRequest& request) {
  if (secret.deleted_at || secret.versions.empty()) return false;
  const SecretVersion& first = secret.versions.front();
  return first.id == text(request.client_request_token) && first.text == text(request.secret_string) && first.binary == (request.secret_binary ? base64_encode(*request.secret_binary) : "");
}

Result<shapes::CreateSecretResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateSecretRequest& request) {
  TRY(check_name(text(request.name)));
  TRY(check_value(request.secret_string, request.secret_binary));
  TRY(token_of(request.client_request_token));
  const model::Tags tags = TRY(read_tags(request.tags));
  return transact<shapes::CreateSecretResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateSecretResponse> {
    Secret secret{.account = context.account, .region = context.region, .name = text(request.name), .description = text(request.description), .kms_key_id = text(request.kms_key_id), .created_at = deps.clock.wall(), .changed_at = deps.clock.wall()};
    if (const auto old = store::find<Secret>(tx, secret.key())) {
      if (is_same(*old, request)) return shapes::CreateSecretResponse{.arn = old->arn, .name = old->name, .version_id = request.client_request_token};
      if (old->deleted_at) return fail("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.");
      return fail("ResourceExistsException", fmt::format("The operation failed because the secret {} already exists.", secret.name));
    }
    secret.arn = fmt::format("arn:aws:secretsmanager:{}:{}:secret:{}-{}", context.region, context.account, secret.name, deps.ids.upper_alnum(6));
    secret.tags = tags;
    secret.was_tagged = !tags.empty();
    shapes::CreateSecretResponse answer{.arn = secret.arn, .name = secret.name};
    if (request.secret_string || request.secret_binary) {
      answer.version_id = request.client_request_token;
      TRY(add_version(secret, *answer.version_id, request.secret_string, request.secret_binary, {"AWSCURRENT"}, deps.clock.wall()));
    }
    if (request.add_replica_regions) answer.replication_status = TRY(add_replicas(tx, secret, *request.add_replica_regions, request.force_overwrite_replica_secret.value_or(false)));
    else put_secret(tx, secret);
    return answer;
  });
}

Result<shapes::DescribeSecretResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeSecretRequest& request) {
  const Secret secret = TRY(secret_at(deps.store, context, request.secret_id));
  shapes::DescribeSecretResponse out{.arn = secret.arn, .created_date = secret.created_at, .last_changed_date = secret.changed_at, .name = secret.name, .tags = tags_of(secret), .version_ids_to_stages = stages_of(secret)};
  if (!secret.description.empty()) out.description = secret.description;
  if (!secret.kms_key_id.empty()) out.kms_key_id = secret.kms_key_id;
  if (secret.deleted_at) out.deleted_date = secret.deletion_date;
  if (secret.accessed_at) out.last_accessed_date = secret.accessed_at;
  if (!secret.replica_regions.empty()) out.primary_region = secret.region;
  if (!secret.primary_region.empty()) out.primary_region = secret.primary_region;
  out.replication_status = replication_of(secret);
  return out;
}

Result<shapes::UpdateSecretResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateSecretRequest& request) {
  TRY(check_value(request.secret_string, request.secret_binary));
  TRY(token_of(request.client_request_token));
  return transact<shapes::UpdateSecretResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateSecretResponse> {
    Secret secret = TRY(changeable_at(tx, context, request.secret_id));
    if (request.description) secret.description = *request.description;
    if (request.kms_key_id) secret.kms_key_id = *request.kms_key_id;
    secret.changed_at = deps.clock.wall();
    shapes::UpdateSecretResponse answer{.arn = secret.arn, .name = secret.name};
    if (request.secret_string || request.secret_binary) {
      answer.version_id = request.client_request_token;
      TRY(add_version(secret, *answer.version_id, request.secret_string, request.secret_binary, {"AWSCURRENT"}, deps.clock.wall()));
    }
    put_secret(tx, secret);
    return answer;
  });
}

Result<shapes::DeleteSecretResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteSecretRequest& request) {
  const bool at_once = request.force_delete_without_recovery.value_or(false);
  if (at_once && request.recovery_window_in_days) return fail("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  const int64_t days = request.recovery_window_in_days.value_or(kLongestWait);
  if (days < kShortestWait || days > kLongestWait) return fail("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  return transact<shapes::DeleteSecretResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteSecretResponse> {
    auto found = secret_at(tx, context, request.secret_id);
    const WallTime now = deps.clock.wall();
    if (!found) {
      if (!at_once || text(request.secret_id).starts_with("arn:")) return fail(found.error());
      return shapes::DeleteSecretResponse{.arn = fmt::format("arn:aws:secretsmanager:{}:{}:secret:{}-{}", context.region, context.account, text(request.secret_id), deps.ids.upper_alnum(6)), .deletion_date = now, .name = text(request.secret_id)};
    }
    Secret secret = *found;
    if (!secret.primary_region.empty()) return fail("InvalidRequestException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
    if (!secret.replica_regions.empty()) return fail("InvalidParameterException", fmt::format("You can't delete secret {} that still has replica regions [{}]", secret.name, join(secret.replica_regions, ", ")));
    if (secret.deleted_at && !at_once) return fail("InvalidRequestException", "You tried to perform the operation on a secret that's currently marked deleted.");
    if (at_once) {
      store::erase<Secret>(tx, secret.key());
      return shapes::DeleteSecretResponse{.arn = secret.arn, .deletion_date = now, .name = secret.name};
    }
    secret.deleted_at = now;
    secret.deletion_date = now + std::chrono::hours(24 * days);
    store::put(tx, secret);
    return shapes::DeleteSecretResponse{.arn = secret.arn, .deletion_date = secret.deletion_date, .name = secret.name};
  });
}

template <class Answer, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& id, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Secret secret = TRY(changeable_at(tx, context, id));
    TRY(apply(secret.tags));
    secret.was_tagged = secret.was_tagged || !secret.tags.empty();
    secret.changed_at = deps.clock.wall();
    put_secret(tx, secret);
    return Answer{};
  });
}

Result<shapes::RestoreSecretResponse> restore(const Deps& deps, const CallContext& context, const shapes::RestoreSecretRequest& request) {
  return transact<shapes::RestoreSecretResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RestoreSecretResponse> {
    Secret secret = TRY(secret_at(tx, context, request.secret_id));
    secret.deleted_at = secret.deletion_date = {};
    put_secret(tx, secret);
    return shapes::RestoreSecretResponse{.arn = secret.arn, .name = secret.name};
  });
}

}  // namespace

void register_secret(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "secretsmanager";
  registry.add<shapes::CreateSecretRequest, shapes::CreateSecretResponse>(service, "CreateSecret", {"Name", "ClientRequestToken", "Description", "KmsKeyId", "SecretBinary", "SecretString", "Tags.*", "AddReplicaRegions.*", "ForceOverwriteReplicaSecret"}, bind(create));
  registry.add<shapes::DescribeSecretRequest, shapes::DescribeSecretResponse>(service, "DescribeSecret", {"*"}, bind(describe));
  registry.add<shapes::UpdateSecretRequest, shapes::UpdateSecretResponse>(service, "UpdateSecret", {"SecretId", "ClientRequestToken", "Description", "KmsKeyId", "SecretBinary", "SecretString"}, bind(update));
  registry.add<shapes::DeleteSecretRequest, shapes::DeleteSecretResponse>(service, "DeleteSecret", {"*"}, bind(remove));
  registry.add<shapes::RestoreSecretRequest, shapes::RestoreSecretResponse>(service, "RestoreSecret", {"*"}, bind(restore));
  registry.add<shapes::TagResourceRequest, shapes::TagResourceOutput>(service, "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceOutput>(deps, c, r.secret_id, [&](model::Tags& tags) -> Result<void> {
      for (const auto& [key, value] : TRY(read_tags(r.tags))) tags[key] = value;
      if (tags.size() > 50) return fail("InvalidParameterException", fmt::format("A secret can have at most 50 tags; found {}", tags.size()));
      return {};
    });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceOutput>(service, "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceOutput>(deps, c, r.secret_id, [&](model::Tags& tags) -> Result<void> {
      for (const auto& key : *r.tag_keys) tags.erase(key);
      return {};
    });
  });
}

void register_secretsmanager(aws::Registry& registry, const Deps& deps) {
  register_secret(registry, deps);
  register_secret_value(registry, deps);
  register_secret_list(registry, deps);
  register_secret_policy(registry, deps);
  register_replica(registry, deps);
  register_rotation(registry, deps);
}

}  // namespace landfall::services::secretsmanager
