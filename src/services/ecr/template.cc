#include "services/ecr/template.h"

namespace landfall::services::ecr {
namespace {

using model::RepositoryTemplate;

constexpr const char* kRoot = "ROOT";

Error no_template(const CallContext& context, const std::string& prefix) {
  return {.code = "TemplateNotFoundException", .what = fmt::format("The Template with prefix '{}' does not exist in the registry with id '{}'", prefix, context.account)};
}

Result<void> check(const shapes::RepositoryCreationTemplate& body) {
  if (body.encryption_configuration && body.encryption_configuration->encryption_type.value_or("AES256") != "AES256") return invalid_parameter("Landfall supports the encryption type AES256 only, so far.");
  TRY(check_mutability(body.image_tag_mutability, body.image_tag_mutability_exclusion_filters));
  TRY(read_tags(body.resource_tags));
  if (!text(body.repository_policy).empty()) TRY(check_repository_policy("repositoryPolicy", *body.repository_policy));
  if (!text(body.lifecycle_policy).empty()) (void)TRY(read_lifecycle(*body.lifecycle_policy));
  return {};
}

/// What both requests may set.
template <class Request>
void take(const Request& request, shapes::RepositoryCreationTemplate& body) {
  const auto take_one = [](auto& member, const auto& value) {
    if (value) member = value;
  };
  take_one(body.description, request.description);
  take_one(body.encryption_configuration, request.encryption_configuration);
  take_one(body.resource_tags, request.resource_tags);
  take_one(body.image_tag_mutability, request.image_tag_mutability);
  take_one(body.image_tag_mutability_exclusion_filters, request.image_tag_mutability_exclusion_filters);
  take_one(body.repository_policy, request.repository_policy);
  take_one(body.lifecycle_policy, request.lifecycle_policy);
  take_one(body.applied_for, request.applied_for);
  take_one(body.custom_role_arn, request.custom_role_arn);
}

Result<shapes::CreateRepositoryCreationTemplateResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateRepositoryCreationTemplateRequest& request) {
  shapes::RepositoryCreationTemplate body{.created_at = deps.clock.wall(), .encryption_configuration = shapes::EncryptionConfigurationForRepositoryCreationTemplate{.encryption_type = "AES256"}, .image_tag_mutability = "MUTABLE",
                                          .prefix = request.prefix, .updated_at = deps.clock.wall()};
  take(request, body);
  TRY(check(body));
  return transact<shapes::CreateRepositoryCreationTemplateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRepositoryCreationTemplateResponse> {
    const RepositoryTemplate made{.account = context.account, .region = context.region, .prefix = *request.prefix, .body = to_json(body)};
    if (store::find<RepositoryTemplate>(tx, made.key())) return fail("TemplateAlreadyExistsException", fmt::format("The template with prefix '{}' already exists in the registry with id '{}'", made.prefix, context.account));
    store::put(tx, made);
    return shapes::CreateRepositoryCreationTemplateResponse{.registry_id = context.account, .repository_creation_template = body};
  });
}

Result<shapes::UpdateRepositoryCreationTemplateResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateRepositoryCreationTemplateRequest& request) {
  return transact<shapes::UpdateRepositoryCreationTemplateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateRepositoryCreationTemplateResponse> {
    auto found = store::find<RepositoryTemplate>(tx, scope(context) + *request.prefix);
    if (!found) return fail(no_template(context, *request.prefix));
    auto body = from_json<shapes::RepositoryCreationTemplate>(found->body);
    if (request.image_tag_mutability) body.image_tag_mutability_exclusion_filters.reset();
    take(request, body);
    TRY(check(body));
    body.updated_at = deps.clock.wall();
    found->body = to_json(body);
    store::put(tx, *found);
    return shapes::UpdateRepositoryCreationTemplateResponse{.registry_id = context.account, .repository_creation_template = body};
  });
}

Result<shapes::DeleteRepositoryCreationTemplateResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRepositoryCreationTemplateRequest& request) {
  return transact<shapes::DeleteRepositoryCreationTemplateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRepositoryCreationTemplateResponse> {
    const auto found = store::find<RepositoryTemplate>(tx, scope(context) + *request.prefix);
    if (!found) return fail(no_template(context, *request.prefix));
    store::erase<RepositoryTemplate>(tx, found->key());
    return shapes::DeleteRepositoryCreationTemplateResponse{.registry_id = context.account, .repository_creation_template = from_json<shapes::RepositoryCreationTemplate>(found->body)};
  });
}

/// Prefixes that are not there are passed over.
Result<shapes::DescribeRepositoryCreationTemplatesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRepositoryCreationTemplatesRequest& request) {
  std::vector<shapes::RepositoryCreationTemplate> found;
  for (const auto& one : store::all<RepositoryTemplate>(deps.store, scope(context))) {
    if (!request.prefixes || request.prefixes->empty() || std::ranges::count(*request.prefixes, one.prefix) > 0) found.push_back(from_json<shapes::RepositoryCreationTemplate>(one.body));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::DescribeRepositoryCreationTemplatesResponse result{.registry_id = context.account, .repository_creation_templates = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// "team" is the prefix of "team/web", not of "teams/web".
bool fits(const std::string& prefix, const std::string& name) {
  return prefix == kRoot || name.starts_with(prefix.ends_with('/') ? prefix : prefix + "/");
}

}  // namespace

std::string arn_of_repository(const Wanted& wanted) { return fmt::format("arn:aws:ecr:{}:{}:repository/{}", wanted.region, wanted.account, wanted.name); }

std::optional<Repository> from_template(Transaction& tx, const Wanted& wanted, std::string_view cause, WallTime now) {
  std::optional<RepositoryTemplate> best;
  const auto rank = [](const RepositoryTemplate& one) { return one.prefix == kRoot ? 0 : one.prefix.size(); };
  for (auto& one : store::all<RepositoryTemplate>(tx, wanted.account + "/" + wanted.region + "/")) {
    if (fits(one.prefix, wanted.name) && (!best || rank(one) > rank(*best))) best = std::move(one);
  }
  if (!best) return std::nullopt;
  const auto body = from_json<shapes::RepositoryCreationTemplate>(best->body);
  if (!body.applied_for || std::ranges::count(*body.applied_for, cause) == 0) return std::nullopt;
  Repository made{.account = wanted.account, .region = wanted.region, .name = wanted.name, .arn = arn_of_repository(wanted), .created_at = now, .lifecycle_policy = text(body.lifecycle_policy), .policy = text(body.repository_policy)};
  put_mutability(tx, made, body.image_tag_mutability, body.image_tag_mutability_exclusion_filters);
  for (const auto& tag : body.resource_tags.value_or(std::vector<shapes::Tag>{})) made.tags[text(tag.key)] = text(tag.value);
  return made;
}

void register_template(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::CreateRepositoryCreationTemplateRequest, shapes::CreateRepositoryCreationTemplateResponse>("ecr", "CreateRepositoryCreationTemplate", {"*"}, bind(create));
  registry.add<shapes::UpdateRepositoryCreationTemplateRequest, shapes::UpdateRepositoryCreationTemplateResponse>("ecr", "UpdateRepositoryCreationTemplate", {"*"}, bind(update));
  registry.add<shapes::DeleteRepositoryCreationTemplateRequest, shapes::DeleteRepositoryCreationTemplateResponse>("ecr", "DeleteRepositoryCreationTemplate", {"*"}, bind(remove));
  registry.add<shapes::DescribeRepositoryCreationTemplatesRequest, shapes::DescribeRepositoryCreationTemplatesResponse>("ecr", "DescribeRepositoryCreationTemplates", {"*"}, bind(describe));
}

}  // namespace landfall::services::ecr
