#include <algorithm>

#include "base/ids.h"
#include "services/secretsmanager/support.h"

namespace landfall::services::secretsmanager {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

/// Secret and version know the day on which somebody last looked (API reference, DescribeSecret: LastAccessedDate).
void note_access(const Deps& deps, const Secret& secret, const std::string& version_id) {
  const int64_t day = std::chrono::duration_cast<std::chrono::milliseconds>(kDay).count();
  const WallTime today{deps.clock.wall().ms / day * day};
  const auto seen = std::ranges::find(secret.versions, version_id, &SecretVersion::id);
  if (seen->accessed_at == today) return;
  (void)deps.store.transact([&](Transaction& tx) -> Result<void> {
    store::update<Secret>(tx, secret.key(), [&](Secret& now) {
      now.accessed_at = today;
      for (SecretVersion& version : now.versions) {
        if (version.id == version_id) version.accessed_at = today;
      }
    });
    return {};
  });
}

Result<shapes::GetSecretValueResponse> get(const Deps& deps, const CallContext& context, const shapes::GetSecretValueRequest& request) {
  const Secret secret = TRY(secret_at(deps.store, context, request.secret_id));
  if (secret.deleted_at) return fail("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");
  const SecretVersion* version = TRY(version_of(secret, request.version_id, request.version_stage));
  shapes::GetSecretValueResponse answer{.arn = secret.arn, .created_date = version->created_at, .name = secret.name, .version_id = version->id};
  if (!version->stages.empty()) answer.version_stages = version->stages;
  if (!version->binary.empty()) answer.secret_binary = TRY(base64_decode(version->binary));
  else answer.secret_string = version->text;
  note_access(deps, secret, version->id);
  return answer;
}

Result<shapes::PutSecretValueResponse> put(const Deps& deps, const CallContext& context, const shapes::PutSecretValueRequest& request) {
  if (!request.secret_string && !request.secret_binary) return fail("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
  if (request.secret_string && request.secret_binary) return fail("InvalidParameterException", "You can't specify both SecretString and SecretBinary.");
  const std::string token = TRY(token_of(request.client_request_token));
  if (request.version_stages && request.version_stages->empty()) return fail("InvalidParameterException", "VersionStages must have 1 to 20 elements");
  return transact<shapes::PutSecretValueResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutSecretValueResponse> {
    Secret secret = TRY(changeable_at(tx, context, request.secret_id));
    std::vector<std::string> stages = request.version_stages.value_or(std::vector<std::string>{"AWSCURRENT"});
    if (secret.versions.empty() && std::ranges::count(stages, "AWSCURRENT") == 0) stages.push_back("AWSCURRENT");
    TRY(add_version(secret, token, request.secret_string, request.secret_binary, stages, deps.clock.wall()));
    std::ranges::sort(stages);
    put_secret(tx, secret);
    return shapes::PutSecretValueResponse{.arn = secret.arn, .name = secret.name, .version_id = token, .version_stages = stages};
  });
}

Result<shapes::UpdateSecretVersionStageResponse> move_stage(const Deps& deps, const CallContext& context, const shapes::UpdateSecretVersionStageRequest& request) {
  return transact<shapes::UpdateSecretVersionStageResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateSecretVersionStageResponse> {
    Secret secret = TRY(changeable_at(tx, context, request.secret_id));
    const std::string stage = text(request.version_stage);
    const auto named = [&](const std::string& id) { return std::ranges::find(secret.versions, id, &SecretVersion::id); };
    const auto holder = std::ranges::find_if(secret.versions, [&](const SecretVersion& v) { return std::ranges::count(v.stages, stage) > 0; });
    if (request.remove_from_version_id) {
      const auto from = named(*request.remove_from_version_id);
      if (from == secret.versions.end()) return fail("InvalidParameterException", fmt::format("Not a valid version: {}", *request.remove_from_version_id));
      if (std::erase(from->stages, stage) == 0) return fail("InvalidParameterException", fmt::format("Version stage {} not found in version {}", stage, from->id));
      if (stage == "AWSCURRENT" && request.move_to_version_id) {
        for (SecretVersion& version : secret.versions) std::erase(version.stages, "AWSPREVIOUS");
        from->stages.push_back("AWSPREVIOUS");
      }
    } else if (holder != secret.versions.end() && request.move_to_version_id && holder->id != *request.move_to_version_id) {
      return fail("InvalidParameterException", fmt::format("The parameter RemoveFromVersionId can't be empty. Staging label {} is currently attached to version {}, so you must explicitly reference that version in RemoveFromVersionId.", stage, holder->id));
    }
    if (request.move_to_version_id) {
      const auto to = named(*request.move_to_version_id);
      if (to == secret.versions.end()) return fail("ResourceNotFoundException", fmt::format("Secrets Manager can't find the specified secret version: {}", *request.move_to_version_id));
      if (std::ranges::count(to->stages, stage) == 0) to->stages.push_back(stage);
      std::erase(to->stages, stage == "AWSCURRENT" ? "AWSPREVIOUS" : "");
    }
    for (SecretVersion& version : secret.versions) std::ranges::sort(version.stages);
    secret.changed_at = deps.clock.wall();
    put_secret(tx, secret);
    return shapes::UpdateSecretVersionStageResponse{.arn = secret.arn, .name = secret.name};
  });
}

Result<shapes::GetRandomPasswordResponse> random_password(const Deps& deps, const CallContext&, const shapes::GetRandomPasswordRequest& request) {
  const int64_t length = request.password_length.value_or(32);
  if (length < 1) return fail("InvalidParameterException", fmt::format("1 validation error detected: Value '{}' at 'passwordLength' failed to satisfy constraint: Member must have value greater than or equal to 1", length));
  if (length > 4096) return fail("InvalidParameterException", fmt::format("1 validation error detected: Value '{}' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096", length));
  std::vector<std::string> kinds;
  const auto add = [&](bool excluded, std::string characters) {
    if (excluded) return;
    std::erase_if(characters, [&](char c) { return text(request.exclude_characters).find(c) != std::string::npos; });
    if (!characters.empty()) kinds.push_back(std::move(characters));
  };
  add(request.exclude_lowercase.value_or(false), "abcdefghijklmnopqrstuvwxyz");
  add(request.exclude_uppercase.value_or(false), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  add(request.exclude_numbers.value_or(false), "0123456789");
  add(request.exclude_punctuation.value_or(false), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  add(!request.include_space.value_or(false), " ");
  if (kinds.empty()) return fail("InvalidParameterException", "There are no characters left to make a password of.");
  const bool each = request.require_each_included_type.value_or(true);
  if (each && length < static_cast<int64_t>(kinds.size())) return fail("InvalidParameterException", "Password length is too short based on the required types.");
  const std::string all = join(kinds, "");
  std::string password;
  // Rejection keeps every character equally likely.
  const auto draw = [&](const std::string& from) {
    const unsigned bound = 256 - 256 % static_cast<unsigned>(from.size());
    for (;;) {
      const auto byte = static_cast<unsigned char>(secret_bytes(1)[0]);
      if (byte < bound) return from[byte % from.size()];
    }
  };
  if (each) for (const std::string& kind : kinds) password += draw(kind);
  while (static_cast<int64_t>(password.size()) < length) password += draw(all);
  for (size_t i = password.size() - 1; i > 0; --i) std::swap(password[i], password[deps.ids.below(i + 1)]);
  return shapes::GetRandomPasswordResponse{.random_password = password};
}

Result<shapes::ListSecretVersionIdsResponse> versions(const Deps& deps, const CallContext& context, const shapes::ListSecretVersionIdsRequest& request) {
  const Secret secret = TRY(secret_at(deps.store, context, request.secret_id));
  std::vector<shapes::SecretVersionsListEntry> found;
  for (const SecretVersion& version : secret.versions) {
    if (version.stages.empty() && !request.include_deprecated.value_or(false)) continue;
    shapes::SecretVersionsListEntry entry{.created_date = version.created_at, .kms_key_ids = std::vector<std::string>{secret.kms_key_id.empty() ? "DefaultEncryptionKey" : secret.kms_key_id}, .version_id = version.id};
    if (version.accessed_at) entry.last_accessed_date = version.accessed_at;
    if (!version.stages.empty()) entry.version_stages = version.stages;
    found.push_back(std::move(entry));
  }
  auto page = TRY(page_of(std::move(found), request.max_results.value_or(100), request.next_token, Error{.code = "InvalidNextTokenException", .what = "The NextToken value is invalid."}));
  shapes::ListSecretVersionIdsResponse answer{.arn = secret.arn, .name = secret.name, .versions = std::move(page.items)};
  if (!page.next.empty()) answer.next_token = page.next;
  return answer;
}

}  // namespace

void register_secret_value(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "secretsmanager";
  registry.add<shapes::GetSecretValueRequest, shapes::GetSecretValueResponse>(service, "GetSecretValue", {"*"}, bind(get));
  registry.add<shapes::PutSecretValueRequest, shapes::PutSecretValueResponse>(service, "PutSecretValue", {"SecretId", "ClientRequestToken", "SecretBinary", "SecretString", "VersionStages.*"}, bind(put));
  registry.add<shapes::UpdateSecretVersionStageRequest, shapes::UpdateSecretVersionStageResponse>(service, "UpdateSecretVersionStage", {"*"}, bind(move_stage));
  registry.add<shapes::GetRandomPasswordRequest, shapes::GetRandomPasswordResponse>(service, "GetRandomPassword", {"*"}, bind(random_password));
  registry.add<shapes::ListSecretVersionIdsRequest, shapes::ListSecretVersionIdsResponse>(service, "ListSecretVersionIds", {"*"}, bind(versions));
}

}  // namespace landfall::services::secretsmanager
