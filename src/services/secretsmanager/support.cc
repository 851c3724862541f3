#include "services/secretsmanager/support.h"

#include <algorithm>

namespace landfall::services::secretsmanager {

Error no_secret() { return {.code = "ResourceNotFoundException", .what = "Secrets Manager can't find the specified secret."}; }

std::string arn_in(const Secret& secret, const std::string& region) {
  std::vector<std::string> parts = split(secret.arn, ':');
  parts[3] = region;
  return join(parts, ":");
}

void put_secret(Transaction& tx, const Secret& secret) {
  store::put(tx, secret);
  for (const std::string& region : secret.replica_regions) {
    Secret replica = secret;
    replica.region = region;
    replica.arn = arn_in(secret, region);
    replica.primary_region = secret.region;
    replica.replica_regions.clear();
    if (const auto before = store::find<Secret>(tx, replica.key())) replica.policy = before->policy;
    store::put(tx, replica);
  }
}

std::optional<std::vector<shapes::ReplicationStatusType>> replication_of(const Secret& secret) {
  if (secret.replica_regions.empty()) return std::nullopt;
  std::vector<shapes::ReplicationStatusType> all;
  for (const std::string& region : secret.replica_regions) all.push_back({.kms_key_id = "alias/aws/secretsmanager", .region = region, .status = "InSync", .status_message = "Replication succeeded"});
  return all;
}

Result<std::string> token_of(const std::optional<std::string>& token, const char* code) {
  constexpr size_t kShortest = 32, kLongest = 64;
  if (!token) return fail(code, "You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  if (token->size() < kShortest || token->size() > kLongest) return fail("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.");
  return *token;
}

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given) {
  constexpr size_t kMostTags = 50;
  model::Tags tags;
  for (const auto& tag : given.value_or(std::vector<shapes::Tag>{})) {
    if (text(tag.key).starts_with("aws:")) return fail("InvalidParameterException", fmt::format("Invalid tag key: {}; keys that begin with aws: are reserved", text(tag.key)));
    tags[text(tag.key)] = text(tag.value);
  }
  if (tags.size() > kMostTags) return fail("InvalidParameterException", fmt::format("A secret can have at most {} tags; found {}", kMostTags, tags.size()));
  return tags;
}

std::optional<std::vector<shapes::Tag>> tags_of(const Secret& secret) {
  if (secret.tags.empty() && !secret.was_tagged) return std::nullopt;
  std::vector<shapes::Tag> list;
  for (const auto& [key, value] : secret.tags) list.push_back({.key = key, .value = value});
  return list;
}

std::optional<std::map<std::string, std::vector<std::string>>> stages_of(const Secret& secret) {
  std::map<std::string, std::vector<std::string>> stages;
  for (const SecretVersion& version : secret.versions) {
    if (!version.stages.empty()) stages[version.id] = version.stages;
  }
  return stages.empty() ? std::nullopt : std::optional(stages);
}

Result<const SecretVersion*> version_of(const Secret& secret, const std::optional<std::string>& id, const std::optional<std::string>& stage) {
  const std::string wanted = stage.value_or("AWSCURRENT");
  for (const SecretVersion& version : secret.versions) {
    const bool has_stage = std::ranges::count(version.stages, wanted) > 0;
    if (id && version.id != *id) continue;
    if (id && stage && !has_stage) return fail("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.");
    if (id || has_stage) return &version;
  }
  return fail("ResourceNotFoundException", id ? fmt::format("Secrets Manager can't find the specified secret value for VersionId: {}", *id) : fmt::format("Secrets Manager can't find the specified secret value for staging label: {}", wanted));
}

Result<void> add_version(Secret& secret, const std::string& token, const std::optional<std::string>& string, const std::optional<std::string>& binary, std::vector<std::string> stages, WallTime now) {
  const std::string kept = binary ? base64_encode(*binary) : "";
  for (const SecretVersion& version : secret.versions) {
    if (version.id != token) continue;
    if (version.text == text(string) && version.binary == kept) return {};
    return fail("ResourceExistsException", fmt::format("You can't use ClientRequestToken {} because that value is already in use for a version of secret {}.", token, secret.arn));
  }
  for (const std::string& stage : stages) {
    for (SecretVersion& version : secret.versions) {
      const bool had = std::erase(version.stages, stage) > 0;
      if (!had || stage != "AWSCURRENT") continue;
      for (SecretVersion& other : secret.versions) std::erase(other.stages, "AWSPREVIOUS");
      version.stages.push_back("AWSPREVIOUS");
      std::ranges::sort(version.stages);
    }
  }
  std::ranges::sort(stages);
  secret.versions.push_back({.id = token, .text = text(string), .binary = kept, .stages = std::move(stages), .created_at = now});
  secret.changed_at = now;
  constexpr size_t kMostVersions = 100;  // Secrets Manager quotas: those without stages go first
  while (secret.versions.size() > kMostVersions) {
    const auto unstaged = std::ranges::find_if(secret.versions, [](const SecretVersion& v) { return v.stages.empty(); });
    if (unstaged == secret.versions.end()) return fail("LimitExceededException", fmt::format("A secret keeps up to {} versions with stages", kMostVersions));
    secret.versions.erase(unstaged);
  }
  return {};
}

}  // namespace landfall::services::secretsmanager
