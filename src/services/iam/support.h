#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/iam.h"
#include "model/identity.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::iam {

namespace shapes = landfall::aws::iam;
using aws::CallContext;
using store::Transaction;


/// Errors "ValidationError" unless the name has only characters that IAM allows.
Result<void> check_name(std::string_view member, const std::string& name);

/// Errors "ValidationError" unless the path, if there is one, begins and ends with a slash.
Result<void> check_path(const std::optional<std::string>& path);

Error no_role(const std::optional<std::string>& name);
Error no_user(const std::optional<std::string>& name);

template <class From>
Result<model::Role> role_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto role = store::find<model::Role>(from, context.account + "/" + text(name));
  if (!role) return fail(no_role(name));
  return std::move(*role);
}

template <class From>
Result<model::User> user_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto user = store::find<model::User>(from, context.account + "/" + text(name));
  if (!user) return fail(no_user(name));
  return std::move(*user);
}

/// The user that a call without UserName means: the caller.
template <class From>
Result<model::User> user_or_caller(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  if (name) return user_named(from, context, *name);
  if (context.principal_arn.find(":user/") == std::string::npos) return fail("ValidationError", "Must specify userName when calling with non-User credentials");
  return user_named(from, context, context.principal_arn.substr(context.principal_arn.rfind('/') + 1));
}

/// As GetRole tells a role; the other calls tell less.
shapes::Role render_role(const model::Role& role);
/// What a role is within other answers: those of CreateRole and of instance profiles.
shapes::Role role_in_short(const model::Role& role);
/// Error "UnmodifiableEntity" for a role that belongs to a service.
Result<void> check_unprotected(const model::Role& role);
/// The keys of a user.
std::vector<model::AccessKey> keys_of(const Transaction& tx, const CallContext& context, const std::string& user_name);

/// Whether two keys of tags that differ in case alone are the same: for users and roles, not for policies.
enum class TagKeys : unsigned char { of_any_case, as_written };
/// Errors "InvalidInput" (a key twice), "LimitExceeded" (over 50).
Result<model::Tags> checked_tags(const std::optional<std::vector<shapes::Tag>>& tags, TagKeys keys = TagKeys::of_any_case);
Result<void> add_tags(model::Tags& to, const std::optional<std::vector<shapes::Tag>>& tags, TagKeys keys = TagKeys::of_any_case);
std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags);
/// As given; nothing where none were given: what answers of Create… calls have.
std::optional<std::vector<shapes::Tag>> tags_if_any(const std::optional<std::vector<shapes::Tag>>& tags);

/// A policy that AWS manages ("arn:aws:iam::aws:policy/…"), if it is one of those that Landfall knows.
struct ManagedPolicy {
  std::string_view path_and_name;
  std::string_view document{};  ///< empty: Landfall knows the name alone, and what it allows is nothing
};
const ManagedPolicy* aws_managed(std::string_view arn);
std::span<const ManagedPolicy> aws_managed_policies();
model::Policy managed_record(const ManagedPolicy& managed);
/// How many users, groups and roles have the policy.
int attachments_of(const Transaction& tx, const CallContext& context, const std::string& arn);
/// How many users and roles have it as their boundary.
int boundaries_of(const Transaction& tx, const CallContext& context, const std::string& arn);

void register_role(aws::Registry&, const Deps&);
void register_role_policy(aws::Registry&, const Deps&);
void register_policy(aws::Registry&, const Deps&);
void register_user(aws::Registry&, const Deps&);
void register_group(aws::Registry&, const Deps&);
void register_access_key(aws::Registry&, const Deps&);
void register_instance_profile(aws::Registry&, const Deps&);
void register_account(aws::Registry&, const Deps&);
void register_password(aws::Registry&, const Deps&);
void register_identity_provider(aws::Registry&, const Deps&);
void register_server_certificate(aws::Registry&, const Deps&);
void register_user_credential(aws::Registry&, const Deps&);
void register_mfa(aws::Registry&, const Deps&);
void register_account_details(aws::Registry&, const Deps&);
void register_credential_report(aws::Registry&, const Deps&);
void register_service_credential(aws::Registry&, const Deps&);
void register_linked_role(aws::Registry&, const Deps&);
void register_simulate(aws::Registry&, const Deps&);

}  // namespace landfall::services::iam
