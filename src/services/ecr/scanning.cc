#include "services/ecr/scanning.h"

/// Scanning: what is set is kept and told. A scan knows no operating system and no package manager: it ends as AWS's of such an image.
namespace landfall::services::ecr {
namespace {

using model::RegistrySettings;

constexpr std::chrono::hours kBetweenScans{24};  // ECR guide, Image scanning: one a day and image

/// BASIC without rules is the default.
shapes::RegistryScanningConfiguration scanning_of(const std::optional<RegistrySettings>& settings) {
  auto configuration = from_json<shapes::RegistryScanningConfiguration>(settings ? settings->scanning : "");
  if (!configuration.scan_type) configuration.scan_type = "BASIC";
  if (!configuration.rules) configuration.rules.emplace();
  return configuration;
}

Result<shapes::GetRegistryScanningConfigurationResponse> get(const Deps& deps, const CallContext& context, const shapes::GetRegistryScanningConfigurationRequest&) {
  return shapes::GetRegistryScanningConfigurationResponse{.registry_id = context.account, .scanning_configuration = scanning_of(store::find<RegistrySettings>(deps.store, context.account + "/" + context.region))};
}

/// Source  ECR API, PutRegistryScanningConfiguration: two rules at most, of different frequencies; BASIC scans on push or by hand.
Result<shapes::PutRegistryScanningConfigurationResponse> put(const Deps& deps, const CallContext& context, const shapes::PutRegistryScanningConfigurationRequest& request) {
  constexpr size_t kMostRules = 2;
  if (request.scan_type.value_or("BASIC") == "ENHANCED") return invalid_parameter("Landfall does not support the scan type ENHANCED yet: there is no Amazon Inspector; wanted BASIC");
  const auto rules = request.rules.value_or(std::vector<shapes::RegistryScanningRule>{});
  if (rules.size() > kMostRules) return invalid_member("rules", fmt::format("Member must have length less than or equal to {}", kMostRules));
  if (rules.size() == 2 && rules[0].scan_frequency == rules[1].scan_frequency) return invalid_member("rules", "Scan frequencies of rules must be unique");
  for (const auto& rule : rules) {
    if (*rule.scan_frequency == "CONTINUOUS_SCAN") return invalid_member("scanFrequency", "CONTINUOUS_SCAN is not supported for BASIC scan type");
  }
  return transact<shapes::PutRegistryScanningConfigurationResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutRegistryScanningConfigurationResponse> {
    auto settings = store::find<RegistrySettings>(tx, context.account + "/" + context.region).value_or(RegistrySettings{.account = context.account, .region = context.region});
    settings.scanning = to_json(shapes::RegistryScanningConfiguration{.rules = rules, .scan_type = request.scan_type.value_or("BASIC")});
    store::put(tx, settings);
    return shapes::PutRegistryScanningConfigurationResponse{.registry_scanning_configuration = scanning_of(settings)};
  });
}

/// A repository's own wish, or the registry's rules whose filters fit.
shapes::RepositoryScanningConfiguration applied(const Repository& repository, const shapes::RegistryScanningConfiguration& scanning) {
  shapes::RepositoryScanningConfiguration out{.applied_scan_filters = std::vector<shapes::ScanningRepositoryFilter>{}, .repository_arn = repository.arn, .repository_name = repository.name, .scan_frequency = repository.scan_on_push ? "SCAN_ON_PUSH" : "MANUAL", .scan_on_push = repository.scan_on_push};
  for (const auto& rule : *scanning.rules) {
    for (const auto& filter : *rule.repository_filters) {
      const std::string pattern = text(filter.filter);
      if (!glob_match(pattern.find('*') == std::string::npos ? "*" + pattern + "*" : pattern, repository.name, false)) continue;
      out.applied_scan_filters->push_back(filter);
      if (*rule.scan_frequency == "SCAN_ON_PUSH") out.scan_on_push = true;
      if (*out.scan_on_push) out.scan_frequency = "SCAN_ON_PUSH";
    }
  }
  return out;
}

Result<shapes::BatchGetRepositoryScanningConfigurationResponse> of_repositories(const Deps& deps, const CallContext& context, const shapes::BatchGetRepositoryScanningConfigurationRequest& request) {
  shapes::BatchGetRepositoryScanningConfigurationResponse answer{.failures = std::vector<shapes::RepositoryScanningConfigurationFailure>{}, .scanning_configurations = std::vector<shapes::RepositoryScanningConfiguration>{}};
  const auto scanning = scanning_of(store::find<RegistrySettings>(deps.store, context.account + "/" + context.region));
  for (const std::string& name : *request.repository_names) {
    const auto repository = repository_named(deps.store, context, name);
    if (repository) answer.scanning_configurations->push_back(applied(*repository, scanning));
    else answer.failures->push_back({.failure_code = "REPOSITORY_NOT_FOUND", .failure_reason = "REPOSITORY_NOT_FOUND", .repository_name = name});
  }
  return answer;
}

/// The scan is over at once; the answer tells that it began, as AWS's does.
Result<shapes::StartImageScanResponse> start(const Deps& deps, const CallContext& context, const shapes::StartImageScanRequest& request) {
  return transact<shapes::StartImageScanResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StartImageScanResponse> {
    const Repository repository = TRY(repository_named(tx, context, request.repository_name));
    auto manifest = find_image(tx, repository, *request.image_id);
    if (!manifest) return fail(no_image(repository, request.image_id));
    const WallTime now = deps.clock.wall();
    if (manifest->scanned_at && manifest->scanned_at > now - kBetweenScans) return fail("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.");
    manifest->scanned_at = now;
    store::put(tx, *manifest);
    return shapes::StartImageScanResponse{.image_id = shapes::ImageIdentifier{.image_digest = manifest->digest, .image_tag = request.image_id->image_tag}, .image_scan_status = shapes::ImageScanStatus{.status = "IN_PROGRESS"},
                                          .registry_id = context.account, .repository_name = repository.name};
  });
}

Result<shapes::DescribeImageScanFindingsResponse> findings(const Deps& deps, const CallContext& context, const shapes::DescribeImageScanFindingsRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  const auto manifest = find_image(deps.store, repository, *request.image_id);
  if (!manifest) return fail(no_image(repository, request.image_id));
  if (auto status = scan_status_of(*manifest)) {
    return shapes::DescribeImageScanFindingsResponse{.image_id = shapes::ImageIdentifier{.image_digest = manifest->digest, .image_tag = request.image_id->image_tag}, .image_scan_status = std::move(status), .registry_id = context.account, .repository_name = repository.name};
  }
  const auto quoted = [](const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "'null'"; };
  return fail("ScanNotFoundException", fmt::format("Image scan does not exist for the image with '{{imageDigest:{}, imageTag:{}}}' in the repository with name '{}' in the registry with id '{}'", quoted(request.image_id->image_digest), quoted(request.image_id->image_tag), repository.name, repository.account));
}

}  // namespace

bool scans_on_push(const Transaction& tx, const Repository& repository) {
  return *applied(repository, scanning_of(store::find<RegistrySettings>(tx, repository.account + "/" + repository.region))).scan_on_push;
}

/// Source  ECR guide, Troubleshooting image scanning
std::optional<shapes::ImageScanStatus> scan_status_of(const Manifest& manifest) {
  if (!manifest.scanned_at) return std::nullopt;
  return shapes::ImageScanStatus{.description = "UnsupportedImageError: The operating system and/or package manager are not supported.", .status = "FAILED"};
}

void register_scanning(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::GetRegistryScanningConfigurationRequest, shapes::GetRegistryScanningConfigurationResponse>("ecr", "GetRegistryScanningConfiguration", {"*"}, bind(get));
  registry.add<shapes::PutRegistryScanningConfigurationRequest, shapes::PutRegistryScanningConfigurationResponse>("ecr", "PutRegistryScanningConfiguration", {"*"}, bind(put));
  registry.add<shapes::BatchGetRepositoryScanningConfigurationRequest, shapes::BatchGetRepositoryScanningConfigurationResponse>("ecr", "BatchGetRepositoryScanningConfiguration", {"*"}, bind(of_repositories));
  registry.add<shapes::StartImageScanRequest, shapes::StartImageScanResponse>("ecr", "StartImageScan", {"*"}, bind(start));
  registry.add<shapes::DescribeImageScanFindingsRequest, shapes::DescribeImageScanFindingsResponse>("ecr", "DescribeImageScanFindings", {"*"}, bind(findings));
}

}  // namespace landfall::services::ecr
