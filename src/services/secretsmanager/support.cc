#include "services/secretsmanager/support.h"

#include <algorithm>

namespace landfall::services::secretsmanager {

Error no_secret() { return {.code = "ResourceNotFoundException", .what = "Secrets Manager can't find the specified secret."}; }

Error is_deleted(std::string_view action) {
  return {.code = "InvalidRequestException", .what = fmt::format("You can't {} a secret that was marked for deletion.", action)};
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags) {
  std::vector<shapes::Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

std::map<std::string, std::vector<std::string>> stages_of(const Secret& secret) {
  std::map<std::string, std::vector<std::string>> stages;
  for (const SecretVersion& version : secret.versions) {
    if (!version.stages.empty()) stages[version.id] = version.stages;
  }
  return stages;
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
    }
  }
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
