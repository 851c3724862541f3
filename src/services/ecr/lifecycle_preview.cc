#include "services/ecr/support.h"

/// Previews: what a lifecycle policy lets go, by the same rules as expiry.cc, without letting it go.
namespace landfall::services::ecr {
namespace {

using model::LifecyclePreview;

Result<shapes::StartLifecyclePolicyPreviewResponse> start(const Deps& deps, const CallContext& context, const shapes::StartLifecyclePolicyPreviewRequest& request) {
  return transact<shapes::StartLifecyclePolicyPreviewResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StartLifecyclePolicyPreviewResponse> {
    const Repository repository = TRY(repository_named(tx, context, request.repository_name));
    if (!request.lifecycle_policy_text && repository.lifecycle_policy.empty()) {
      return fail("LifecyclePolicyNotFoundException", fmt::format("Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'", repository.name, repository.account));
    }
    LifecyclePreview preview{.repository_key = repository.key(), .policy = request.lifecycle_policy_text.value_or(repository.lifecycle_policy)};
    const auto rules = TRY(read_lifecycle(preview.policy));
    const auto images = images_of(deps, tx, repository);
    for (const Expiry& one : expired_images(rules, images, deps.clock.wall())) {
      const auto image = std::ranges::find(images, one.digest, &LifecycleImage::digest);
      preview.images.push_back({.digest = one.digest, .tags = image->tags, .priority = one.priority, .pushed_at = image->pushed_at});
    }
    store::put(tx, preview);
    return shapes::StartLifecyclePolicyPreviewResponse{.lifecycle_policy_text = preview.policy, .registry_id = context.account, .repository_name = repository.name, .status = "IN_PROGRESS"};
  });
}

bool fits(const shapes::GetLifecyclePolicyPreviewRequest& request, const model::PreviewedImage& image) {
  const std::string wanted = request.filter ? request.filter->tag_status.value_or("ANY") : "ANY";
  if (wanted != "ANY" && (wanted == "TAGGED") == image.tags.empty()) return false;
  if (!request.image_ids || request.image_ids->empty()) return true;
  return std::ranges::any_of(*request.image_ids, [&](const auto& id) { return id.image_digest.value_or(image.digest) == image.digest && (!id.image_tag || std::ranges::count(image.tags, *id.image_tag) > 0); });
}

Result<shapes::GetLifecyclePolicyPreviewResponse> get(const Deps& deps, const CallContext& context, const shapes::GetLifecyclePolicyPreviewRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  const auto preview = store::find<LifecyclePreview>(deps.store, repository.key());
  if (!preview) return fail("LifecyclePolicyPreviewNotFoundException", fmt::format("Lifecycle policy preview not found for repository with name '{}' in the registry with id '{}'", repository.name, repository.account));
  std::vector<shapes::LifecyclePolicyPreviewResult> found;
  for (const auto& image : preview->images) {
    if (fits(request, image)) found.push_back({.action = shapes::LifecyclePolicyRuleAction{.type = "EXPIRE"}, .applied_rule_priority = image.priority, .image_digest = image.digest, .image_pushed_at = image.pushed_at, .image_tags = image.tags});
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::GetLifecyclePolicyPreviewResponse result{.lifecycle_policy_text = preview->policy, .preview_results = std::move(answer.items), .registry_id = context.account, .repository_name = repository.name, .status = "COMPLETE",
                                                   .summary = shapes::LifecyclePolicyPreviewSummary{.expiring_image_total_count = static_cast<int32_t>(preview->images.size())}};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_lifecycle_preview(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::StartLifecyclePolicyPreviewRequest, shapes::StartLifecyclePolicyPreviewResponse>("ecr", "StartLifecyclePolicyPreview", {"*"}, bind(start));
  registry.add<shapes::GetLifecyclePolicyPreviewRequest, shapes::GetLifecyclePolicyPreviewResponse>("ecr", "GetLifecyclePolicyPreview", {"*"}, bind(get));
}

}  // namespace landfall::services::ecr
