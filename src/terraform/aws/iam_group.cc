#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/text.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

class Group final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("arn").read_only(), text("unique_id").read_only(), text("name").required().checked(check_iam_name), text("path").defaults("/")}};
    return schema;
  }

  /// The id is the name.
  Result<void> adjust(const Cloud&, const Planned& p) const override { return renamed(p); }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateGroupRequest request;
    request.group_name = planned.text("name");
    request.path = planned.text("path");
    TRY(cloud.call<iam::CreateGroupResponse>("iam", "CreateGroup", request));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetGroupRequest request;
    request.group_name = state.text("id");
    const auto found = TRY(look_up<iam::GetGroupResponse>(cloud, "iam", "GetGroup", request));
    if (!found || !found->group) return false;
    state.set("name", found->group->group_name.value_or(""));
    state.set("arn", found->group->arn.value_or(""));
    state.set("path", found->group->path.value_or("/"));
    state.set("unique_id", found->group->group_id.value_or(""));
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override {
    iam::UpdateGroupRequest request;
    request.group_name = prior.text("id");
    if (differs(prior, planned, "name")) request.new_group_name = planned.text("name");
    request.new_path = planned.text("path");
    TRY(cloud.call<iam::UpdateGroupOutput>("iam", "UpdateGroup", request));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteGroupRequest request;
    request.group_name = state.text("id");
    return delete_when_free(cloud, [&] { return ignore_gone(cloud.call<iam::DeleteGroupOutput>("iam", "DeleteGroup", request)); });
  }
};

Result<void> add_member(const Cloud& cloud, const std::string& group, const std::string& user) {
  iam::AddUserToGroupRequest request;
  request.group_name = group;
  request.user_name = user;
  TRY(cloud.call<iam::AddUserToGroupOutput>("iam", "AddUserToGroup", request));
  return {};
}

Result<void> remove_member(const Cloud& cloud, const std::string& group, const std::string& user) {
  iam::RemoveUserFromGroupRequest request;
  request.group_name = group;
  request.user_name = user;
  return ignore_gone(cloud.call<iam::RemoveUserFromGroupOutput>("iam", "RemoveUserFromGroup", request));
}

/// What one list has and the other lacks.
std::vector<std::string> without(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  std::vector<std::string> rest;
  std::ranges::copy_if(these, std::back_inserter(rest), [&](const std::string& one) { return std::ranges::count(those, one) == 0; });
  return rest;
}

/// aws_iam_group_membership: all users of a group, by one resource alone.
class GroupMembership final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").required().forces_new(), text("group").required().forces_new(), text_set("users").required()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", planned.text("name"));
    return change(cloud, Record(), planned, planned.text("group"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetGroupRequest request;
    request.group_name = state.text("group");
    std::vector<std::string> users;
    do {
      const auto found = TRY(look_up<iam::GetGroupResponse>(cloud, "iam", "GetGroup", request));
      if (!found) return false;
      for (const auto& user : found->users.value_or(std::vector<iam::User>{})) users.push_back(user.user_name.value_or(""));
      request.marker = found->marker;
    } while (request.marker);
    state.set("users", users);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return change(cloud, prior, planned, prior.text("group")); }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return change(cloud, state, Record(), state.text("group")); }
  Result<Record> import(const Cloud&, const std::string&) const override { return fail("Import.Unsupported", "resource aws_iam_group_membership doesn't support import"); }

 private:
  static Result<void> change(const Cloud& cloud, const Record& prior, const Record& planned, const std::string& group) {
    const auto before = prior.texts("users"), after = planned.texts("users");
    for (const std::string& user : without(before, after)) TRY(remove_member(cloud, group, user));
    for (const std::string& user : without(after, before)) TRY(add_member(cloud, group, user));
    return {};
  }
};

/// aws_iam_user_group_membership: some groups of a user; others may add more.
class UserGroupMembership final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("user").required().forces_new(), text_set("groups").required()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", "terraform-" + cloud.ids->hex(26));
    return change(cloud, Record(), planned, planned.text("user"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::ListGroupsForUserRequest request;
    request.user_name = state.text("user");
    std::vector<std::string> there;
    do {
      const auto found = TRY(look_up<iam::ListGroupsForUserResponse>(cloud, "iam", "ListGroupsForUser", request));
      if (!found) return false;
      for (const auto& group : found->groups.value_or(std::vector<iam::Group>{})) there.push_back(group.group_name.value_or(""));
      request.marker = found->marker;
    } while (request.marker);
    const auto own = state.texts("groups");
    state.set("groups", without(own, without(own, there)));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return change(cloud, prior, planned, prior.text("user")); }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return change(cloud, state, Record(), state.text("user")); }

  /// "USER/GROUP/GROUP…"
  Result<Record> import(const Cloud& cloud, const std::string& id) const override {
    const size_t slash = id.find('/');
    if (slash == std::string::npos || slash + 1 == id.size()) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected <user-name>/<group-name1>/...", id));
    Record record;
    record.set("user", id.substr(0, slash));
    record.set("groups", split(id.substr(slash + 1), '/'));
    record.set("id", "terraform-" + cloud.ids->hex(26));
    return record;
  }

 private:
  static Result<void> change(const Cloud& cloud, const Record& prior, const Record& planned, const std::string& user) {
    const auto before = prior.texts("groups"), after = planned.texts("groups");
    for (const std::string& group : without(before, after)) TRY(remove_member(cloud, group, user));
    for (const std::string& group : without(after, before)) TRY(add_member(cloud, group, user));
    return {};
  }
};

}  // namespace

void add_iam_group(Provider& provider) {
  provider.resources["aws_iam_group"] = std::make_unique<Group>();
  provider.resources["aws_iam_group_membership"] = std::make_unique<GroupMembership>();
  provider.resources["aws_iam_user_group_membership"] = std::make_unique<UserGroupMembership>();
}

}  // namespace landfall::terraform::aws_types
