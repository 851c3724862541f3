#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/name_filter.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Data sources of IAM.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

const Names kRole{"arn", "assume_role_policy", "create_date", "description", "max_session_duration", "path", "permissions_boundary", "unique_id", "tags"};
const Names kUser{"arn", "path", "permissions_boundary", "tags"};
const Names kPolicy{"arn", "attachment_count", "description", "name", "path", "policy", "policy_id", "tags"};

/// What `list` asks for with a marker, page by page.
template <class Answer, class Request, class Add>
Result<void> list_all(const Cloud& cloud, const char* operation, Request request, Add add) {
  do {
    const Answer page = TRY(cloud.call<Answer>("iam", operation, request));
    add(page);
    request.marker = page.marker;
  } while (request.marker);
  return {};
}

Result<void> read_role(const ResourceType& type, const Cloud& cloud, Record& state) {
  // Version 1 called the name role_name, and the id role_id.
  const std::string name = state.text("name").empty() ? state.text("role_name") : state.text("name");
  if (name.empty()) return fail("Config.Missing", "the argument \"name\" is required");
  Record there;
  there.set("id", name);
  if (!TRY(tell(type, cloud, std::move(there), kRole, state))) return fail("NotFound", fmt::format("the IAM Role ({}) was not found", name));
  state.set("id", name);
  state.set("name", name);
  state.set("role_id", state.text("unique_id"));
  state.set("assume_role_policy_document", state.text("assume_role_policy"));
  return {};
}

Result<void> read_user(const ResourceType& type, const Cloud& cloud, Record& state) {
  const std::string name = state.text("user_name");
  Record there;
  there.set("id", name);
  if (!TRY(tell(type, cloud, there, kUser, state))) return fail("NotFound", fmt::format("the IAM User ({}) was not found", name));
  Record id;
  TRY(tell(type, cloud, std::move(there), {"unique_id"}, id));
  state.set("id", id.text("unique_id"));
  state.set("user_id", id.text("unique_id"));
  return {};
}

Result<void> read_group(const Cloud& cloud, Record& state) {
  iam::GetGroupRequest request;
  request.group_name = state.text("group_name");
  std::vector<Record> users;
  TRY(list_all<iam::GetGroupResponse>(cloud, "GetGroup", std::move(request), [&](const iam::GetGroupResponse& page) {
    state.set("id", page.group->group_id.value_or(""));
    state.set("group_id", page.group->group_id.value_or(""));
    state.set("arn", page.group->arn.value_or(""));
    state.set("path", page.group->path.value_or(""));
    for (const auto& user : page.users.value_or(std::vector<iam::User>{})) {
      Record& one = users.emplace_back();
      one.set("arn", user.arn.value_or(""));
      one.set("path", user.path.value_or(""));
      one.set("user_id", user.user_id.value_or(""));
      one.set("user_name", user.user_name.value_or(""));
    }
  }));
  state.set("users", users);
  return {};
}

Result<void> read_profile(const Cloud& cloud, Record& state) {
  iam::GetInstanceProfileRequest request;
  request.instance_profile_name = state.text("name");
  const auto found = TRY(cloud.call<iam::GetInstanceProfileResponse>("iam", "GetInstanceProfile", request));
  const iam::InstanceProfile& profile = *found.instance_profile;
  const iam::Role role = profile.roles && !profile.roles->empty() ? profile.roles->front() : iam::Role{};
  state.set("id", profile.instance_profile_id.value_or(""));
  state.set("arn", profile.arn.value_or(""));
  state.set("path", profile.path.value_or(""));
  state.set("create_date", profile.create_date ? iso8601(*profile.create_date) : "");
  state.set("role_arn", role.arn.value_or(""));
  state.set("role_id", role.role_id.value_or(""));
  state.set("role_name", role.role_name.value_or(""));
  return {};
}

Result<std::string> arn_of_policy(const Cloud& cloud, const std::string& name, const std::string& prefix) {
  iam::ListPoliciesRequest request;
  if (!prefix.empty()) request.path_prefix = prefix;
  std::vector<std::string> arns;
  TRY(list_all<iam::ListPoliciesResponse>(cloud, "ListPolicies", std::move(request), [&](const iam::ListPoliciesResponse& page) {
    for (const auto& policy : page.policies.value_or(std::vector<iam::Policy>{})) {
      if (policy.policy_name == name) arns.push_back(policy.arn.value_or(""));
    }
  }));
  if (arns.size() != 1) return fail(found_not_one(arns.size(), "IAM Policy"));
  return arns[0];
}

Result<void> read_policy(const ResourceType& type, const Cloud& cloud, Record& state) {
  const std::string name = state.text("name"), prefix = state.text("path_prefix"), given = state.text("arn");
  if (given.empty() && name.empty()) return fail("Config.Missing", "one of `arn` and `name` must be specified");
  if (!given.empty() && (!name.empty() || !prefix.empty())) return fail("Config.Conflict", "\"arn\": conflicts with name and path_prefix");
  std::string arn = given;
  if (given.empty()) arn = TRY(arn_of_policy(cloud, name, prefix));
  Record there;
  there.set("id", arn);
  if (!TRY(tell(type, cloud, std::move(there), kPolicy, state))) return fail(found_not_one(0, "IAM Policy"));
  state.set("id", arn);
  return {};
}

/// aws_iam_roles, aws_iam_users: those whose path and name fit.
template <class Item, class Answer, class Request>
Result<void> read_names(const Cloud& cloud, const char* operation, Record& state, std::optional<std::vector<Item>> Answer::*items, std::optional<std::string> Item::*name) {
  Request request;
  if (!state.text("path_prefix").empty()) request.path_prefix = state.text("path_prefix");
  const auto fits = TRY(name_filter(state));
  std::vector<std::string> names, arns;
  TRY(list_all<Answer>(cloud, operation, std::move(request), [&](const Answer& page) {
    for (const Item& item : (page.*items).value_or(std::vector<Item>{})) {
      if (!fits((item.*name).value_or(""))) continue;
      names.push_back((item.*name).value_or(""));
      arns.push_back(item.arn.value_or(""));
    }
  }));
  state.set("id", cloud.region);
  state.set("names", names);
  state.set("arns", arns);
  return {};
}

Result<void> read_alias(const Cloud& cloud, Record& state) {
  const auto found = TRY(cloud.call<iam::ListAccountAliasesResponse>("iam", "ListAccountAliases", iam::ListAccountAliasesRequest{}));
  if (!found.account_aliases || found.account_aliases->empty()) return fail(found_not_one(0, "IAM Account Alias"));
  state.set("id", found.account_aliases->front());
  state.set("account_alias", found.account_aliases->front());
  return {};
}

}  // namespace

void add_iam_sources(Provider& provider) {
  const ResourceType &role = *provider.resource("aws_iam_role"), &user = *provider.resource("aws_iam_user"), &policy = *provider.resource("aws_iam_policy");
  const Type member = Type::object({{.name = "arn", .type = Type::string()}, {.name = "path", .type = Type::string()}, {.name = "user_id", .type = Type::string()}, {.name = "user_name", .type = Type::string()}});
  const auto names = [] { return Schema{.attributes = {text("id").read_only(), text("name_regex").checked(check_pattern), text("path_prefix"), text_set("names").read_only(), text_set("arns").read_only()}}; };
  add_source(provider, "aws_iam_role", telling(role, kRole, {text("id").read_only(), text("name").computed(), text("role_name"), text("role_id").read_only(), text("assume_role_policy_document").read_only()}),
             [&role](const Cloud& cloud, Record& state) { return read_role(role, cloud, state); });
  add_source(provider, "aws_iam_user", telling(user, kUser, {text("id").read_only(), text("user_name").required(), text("user_id").read_only()}), [&user](const Cloud& cloud, Record& state) { return read_user(user, cloud, state); });
  Schema of_policy = telling(policy, {"attachment_count", "description", "path", "policy", "policy_id", "tags"}, {text("id").read_only(), text("arn").computed(), text("name").computed(), text("path_prefix")});
  add_source(provider, "aws_iam_policy", std::move(of_policy), [&policy](const Cloud& cloud, Record& state) { return read_policy(policy, cloud, state); });
  add_source(provider, "aws_iam_group", {.attributes = {text("id").read_only(), text("group_name").required(), text("group_id").read_only(), text("arn").read_only(), text("path").read_only(), of_type("users", Type::list(member)).read_only()}}, read_group);
  add_source(provider, "aws_iam_instance_profile", {.attributes = {text("id").read_only(), text("name").required(), text("arn").read_only(), text("path").read_only(), text("create_date").read_only(), text("role_arn").read_only(), text("role_id").read_only(),
                                                                   text("role_name").read_only()}}, read_profile);
  add_source(provider, "aws_iam_roles", names(), [](const Cloud& cloud, Record& state) {
    return read_names<iam::Role, iam::ListRolesResponse, iam::ListRolesRequest>(cloud, "ListRoles", state, &iam::ListRolesResponse::roles, &iam::Role::role_name);
  });
  add_source(provider, "aws_iam_users", names(), [](const Cloud& cloud, Record& state) {
    return read_names<iam::User, iam::ListUsersResponse, iam::ListUsersRequest>(cloud, "ListUsers", state, &iam::ListUsersResponse::users, &iam::User::user_name);
  });
  add_source(provider, "aws_iam_account_alias", {.attributes = {text("id").read_only(), text("account_alias").read_only()}}, read_alias);
}

}  // namespace landfall::terraform::aws_types
