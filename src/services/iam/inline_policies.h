#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/support.h"

/// What users, groups and roles have in common: policies of their own and attached ones. `Holder` is the record.
namespace landfall::services::iam {

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& marker) {
  return page_of(std::move(all), limit.value_or(100), marker, Error{.code = "ValidationError", .what = "Invalid Marker."});
}

/// A page in the three members that IAM's lists have.
template <class Answer, class T>
Result<Answer> listed(Answer answer, std::optional<std::vector<T>> Answer::*member, std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& marker) {
  auto found = TRY(page(std::move(all), limit, marker));
  answer.*member = std::move(found.items);
  answer.is_truncated = !found.next.empty();
  if (!found.next.empty()) answer.marker = found.next;
  return answer;
}

constexpr size_t kMaxAttached = 10;  // IAM quotas: managed policies of one user, group or role

/// Errors "ValidationError" (not the ARN of a policy), "NoSuchEntity".
Result<void> check_attachable(const Transaction& tx, const std::string& arn);
/// The same of a permissions boundary, which IAM tells in other words.
Result<void> check_boundary(const Transaction& tx, const std::string& arn);

inline Error no_inline_policy(std::string_view noun, std::string_view policy) {
  return {.code = "NoSuchEntity", .what = fmt::format("The {} policy with name {} cannot be found.", noun, policy)};
}

template <class Holder>
Result<std::string> inline_policy(const Holder& holder, std::string_view noun, const std::string& policy) {
  const auto found = holder.inline_policies.find(policy);
  if (found == holder.inline_policies.end()) return fail(no_inline_policy(noun, policy));
  return percent_encode(found->second);
}

/// `kind`  "User", "Group", "Role".
template <class Holder>
Result<void> attach(const Transaction& tx, Holder& holder, const std::string& arn, std::string_view kind) {
  TRY(check_attachable(tx, arn));
  if (std::ranges::count(holder.attached_policy_arns, arn) > 0) return {};
  if (holder.attached_policy_arns.size() >= kMaxAttached) return fail("LimitExceeded", fmt::format("Cannot exceed quota for PoliciesPer{}: {}", kind, kMaxAttached));
  holder.attached_policy_arns.push_back(arn);
  return {};
}

template <class Holder>
Result<void> detach(Holder& holder, const std::string& arn) {
  if (std::erase(holder.attached_policy_arns, arn) == 0) return fail("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
  return {};
}

template <class Holder>
std::vector<shapes::AttachedPolicy> attached(const Holder& holder) {
  std::vector<shapes::AttachedPolicy> all;
  for (const std::string& arn : holder.attached_policy_arns) all.push_back({.policy_arn = arn, .policy_name = arn.substr(arn.rfind('/') + 1)});
  return all;
}

/// "arn:aws:iam::1:policy/a/b/name" -> "/a/b/".
inline std::string path_of_policy(const std::string& arn) {
  const size_t at = arn.find(":policy/");
  return at == std::string::npos ? "/" : arn.substr(at + 7, arn.rfind('/') + 1 - (at + 7));
}

template <class Holder>
std::vector<std::string> inline_names(const Holder& holder) {
  std::vector<std::string> all;
  for (const auto& [name, document] : holder.inline_policies) all.push_back(name);
  return all;
}

/// Loads a holder in a transaction, lets `change` (Holder& -> Result<void>) at it, stores it.
template <class Answer, class Find, class Change>
Result<Answer> change_holder(const Deps& deps, Find find, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    auto holder = TRY(find(tx));
    TRY(change(tx, holder));
    store::put(tx, holder);
    return Answer{};
  });
}

}  // namespace landfall::services::iam
