#include <algorithm>

#include "services/secretsmanager/support.h"

namespace landfall::services::secretsmanager {
namespace {

/// Each word that is wanted begins a word of the text, whatever the case.
bool has_words(const std::string& text, const std::string& wanted) {
  const std::vector<std::string> words = split(lower(text), ' '), asked = split(lower(wanted), ' ');
  return std::ranges::all_of(asked, [&](const std::string& one) { return std::ranges::any_of(words, [&](const std::string& word) { return !word.empty() && word.starts_with(one); }); });
}

/// One filter: its values are alternatives, matched from the beginning (names: case counts; others not); "!" negates.
Result<bool> fits(const Secret& secret, const shapes::Filter& filter) {
  const std::string key = text(filter.key);
  const auto starts = [&](const std::string& value, const std::string& prefix, bool exact_case) { return exact_case ? value.starts_with(prefix) : lower(value).starts_with(lower(prefix)); };
  for (std::string wanted : filter.values.value_or(std::vector<std::string>{})) {
    const bool is_negated = wanted.starts_with("!");
    if (is_negated) wanted.erase(0, 1);
    bool one = false;
    if (key == "primary-region") one = wanted == (!secret.primary_region.empty() ? secret.primary_region : secret.replica_regions.empty() ? "" : secret.region);
    if (key == "all" || key == "name") one = one || starts(secret.name, wanted, key == "name");
    if (key == "all" || key == "description") one = one || has_words(secret.description, wanted);
    for (const auto& [tag, value] : secret.tags) {
      if (key == "all" || key == "tag-key") one = one || starts(tag, wanted, key == "tag-key");
      if (key == "all" || key == "tag-value") one = one || starts(value, wanted, key == "tag-value");
    }
    if (one != is_negated) return true;
  }
  return false;
}

Result<void> check_filters(const std::optional<std::vector<shapes::Filter>>& filters) {
  for (const auto& filter : filters.value_or(std::vector<shapes::Filter>{})) {
    if (!filter.key) return fail("InvalidParameterException", "Invalid filter key");
    if (!filter.values) return fail("InvalidParameterException", "Invalid filter values for key: " + *filter.key);
  }
  return {};
}

Result<std::vector<Secret>> filtered(const Deps& deps, const CallContext& context, const std::optional<std::vector<shapes::Filter>>& filters) {
  TRY(check_filters(filters));
  std::vector<Secret> found;
  for (Secret& secret : store::all<Secret>(deps.store, scope(context))) {
    bool all = true;
    for (const auto& filter : filters.value_or(std::vector<shapes::Filter>{})) all = TRY(fits(secret, filter)) && all;
    if (all) found.push_back(std::move(secret));
  }
  return found;
}

Result<shapes::ListSecretsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListSecretsRequest& request) {
  std::vector<Secret> secrets = TRY(filtered(deps, context, request.filters));
  std::erase_if(secrets, [&](const Secret& secret) { return secret.deleted_at && !request.include_planned_deletion.value_or(false); });
  if (request.max_results && (*request.max_results < 1 || *request.max_results > 100)) return fail("InvalidParameterException", fmt::format("1 validation error detected: Value '{}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100", *request.max_results));
  const std::string by = request.sort_by.value_or("created-date");
  std::ranges::stable_sort(secrets, {}, [&](const Secret& secret) {
    const WallTime at = by == "last-changed-date" ? secret.changed_at : by == "last-accessed-date" ? secret.accessed_at : by == "name" ? WallTime{} : secret.created_at;
    return std::pair(at, secret.name);
  });
  if (text(request.sort_order) == "desc") std::ranges::reverse(secrets);
  std::vector<shapes::SecretListEntry> found;
  for (const Secret& secret : secrets) {
    shapes::SecretListEntry out{.arn = secret.arn, .created_date = secret.created_at, .last_changed_date = secret.changed_at, .name = secret.name, .secret_versions_to_stages = stages_of(secret), .tags = tags_of(secret)};
    if (!secret.description.empty()) out.description = secret.description;
    if (!secret.kms_key_id.empty()) out.kms_key_id = secret.kms_key_id;
    if (secret.deleted_at) out.deleted_date = secret.deleted_at;
    if (secret.accessed_at) out.last_accessed_date = secret.accessed_at;
    if (!secret.replica_regions.empty()) out.primary_region = secret.region;
    if (!secret.primary_region.empty()) out.primary_region = secret.primary_region;
    found.push_back(std::move(out));
  }
  auto page = TRY(page_of(std::move(found), request.max_results.value_or(100), request.next_token, Error{.code = "InvalidNextTokenException", .what = "The NextToken value is invalid."}));
  shapes::ListSecretsResponse answer{.secret_list = std::move(page.items)};
  if (!page.next.empty()) answer.next_token = page.next;
  return answer;
}

Result<shapes::BatchGetSecretValueResponse> values(const Deps& deps, const CallContext& context, const shapes::BatchGetSecretValueRequest& request) {
  if (!request.secret_id_list && !request.filters) return fail("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided.");
  if (request.max_results && !request.filters) return fail("InvalidParameterException", "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  if (request.secret_id_list && request.filters) return fail("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  shapes::BatchGetSecretValueResponse answer{.errors = std::vector<shapes::APIErrorType>{}, .secret_values = std::vector<shapes::SecretValueEntry>{}};
  std::vector<std::string> ids = request.secret_id_list.value_or(std::vector<std::string>{});
  if (!request.secret_id_list) {
    for (const Secret& secret : TRY(filtered(deps, context, request.filters))) {
      if (!secret.deleted_at) ids.push_back(secret.arn);
    }
  }
  auto chosen = TRY(page_of(std::move(ids), request.max_results.value_or(20), request.next_token, Error{.code = "InvalidNextTokenException", .what = "The NextToken value is invalid."}));
  if (!chosen.next.empty()) answer.next_token = chosen.next;
  for (const std::string& id : chosen.items) {
    const auto secret = secret_at(deps.store, context, id);
    if (secret && secret->deleted_at) {
      answer.errors->push_back({.error_code = "InvalidRequestException", .message = "You can't perform this operation on the secret because it was marked for deletion.", .secret_id = id});
      continue;
    }
    const auto version = secret ? version_of(*secret, std::nullopt, std::nullopt) : Result<const SecretVersion*>(std::unexpected(secret.error()));
    if (!version) {
      answer.errors->push_back({.error_code = version.error().code, .message = version.error().what, .secret_id = id});
      continue;
    }
    shapes::SecretValueEntry entry{.arn = secret->arn, .created_date = (*version)->created_at, .name = secret->name, .version_id = (*version)->id, .version_stages = (*version)->stages};
    if (!(*version)->binary.empty()) entry.secret_binary = TRY(base64_decode((*version)->binary));
    else entry.secret_string = (*version)->text;
    answer.secret_values->push_back(std::move(entry));
  }
  return answer;
}

}  // namespace

void register_secret_list(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ListSecretsRequest, shapes::ListSecretsResponse>("secretsmanager", "ListSecrets", {"Filters.*", "IncludePlannedDeletion", "MaxResults", "NextToken", "SortOrder", "SortBy"}, bind(list));
  registry.add<shapes::BatchGetSecretValueRequest, shapes::BatchGetSecretValueResponse>("secretsmanager", "BatchGetSecretValue", {"*"}, bind(values));
}

}  // namespace landfall::services::secretsmanager
