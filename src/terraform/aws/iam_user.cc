#include <algorithm>

#include "aws/shapes/iam.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/members.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

class User final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("unique_id").read_only(), text("name").required().checked(check_iam_name), text("path").defaults("/"),
                                                        text("permissions_boundary"), flag("force_destroy").defaults(false)}});
    return schema;
  }

  /// The id is the name.
  Result<void> adjust(const Cloud&, const Planned& p) const override { return renamed(p); }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateUserRequest request;
    request.user_name = planned.text("name");
    request.path = planned.text("path");
    set_text(planned, "permissions_boundary", request.permissions_boundary);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    TRY(cloud.call<iam::CreateUserResponse>("iam", "CreateUser", request));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetUserRequest request;
    request.user_name = state.text("id");
    const auto found = TRY(look_up<iam::GetUserResponse>(cloud, "iam", "GetUser", request));
    if (!found || !found->user) return false;
    const iam::User& user = *found->user;
    state.set("name", user.user_name.value_or(""));
    state.set("arn", user.arn.value_or(""));
    state.set("path", user.path.value_or("/"));
    state.set("unique_id", user.user_id.value_or(""));
    if (user.permissions_boundary) state.set("permissions_boundary", user.permissions_boundary->permissions_boundary_arn.value_or(""));
    else state.clear("permissions_boundary");
    set_tags(cloud, state, from_tags(user.tags));
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override {
    const std::string name = planned.text("name");
    if (differs(prior, planned, "name") || differs(prior, planned, "path")) {
      iam::UpdateUserRequest request;
      request.user_name = prior.text("id");
      if (differs(prior, planned, "name")) request.new_user_name = name;
      request.new_path = planned.text("path");
      TRY(cloud.call<iam::UpdateUserOutput>("iam", "UpdateUser", request));
    }
    state.set("id", name);
    if (differs(prior, planned, "permissions_boundary")) TRY(set_boundary(cloud, name, planned.text("permissions_boundary")));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      iam::UntagUserRequest request;
      request.user_name = name;
      request.tag_keys = change.removed;
      TRY(cloud.call<iam::UntagUserOutput>("iam", "UntagUser", request));
    }
    if (!change.put.empty()) {
      iam::TagUserRequest request;
      request.user_name = name;
      request.tags = to_tags<iam::Tag>(change.put);
      TRY(cloud.call<iam::TagUserOutput>("iam", "TagUser", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    TRY(leave_groups(cloud, name));
    if (state.flag("force_destroy")) TRY(delete_access(cloud, name));
    iam::DeleteUserRequest request;
    request.user_name = name;
    return delete_when_free(cloud, [&] { return ignore_gone(cloud.call<iam::DeleteUserOutput>("iam", "DeleteUser", request)); });
  }

 private:
  static Result<void> set_boundary(const Cloud& cloud, const std::string& user, const std::string& arn) {
    if (arn.empty()) {
      iam::DeleteUserPermissionsBoundaryRequest request;
      request.user_name = user;
      return ignore_gone(cloud.call<iam::DeleteUserPermissionsBoundaryOutput>("iam", "DeleteUserPermissionsBoundary", request));
    }
    iam::PutUserPermissionsBoundaryRequest request;
    request.user_name = user;
    request.permissions_boundary = arn;
    TRY(cloud.call<iam::PutUserPermissionsBoundaryOutput>("iam", "PutUserPermissionsBoundary", request));
    return {};
  }

  static Result<void> leave_groups(const Cloud& cloud, const std::string& name) {
    iam::ListGroupsForUserRequest request;
    request.user_name = name;
    const auto found = TRY(look_up<iam::ListGroupsForUserResponse>(cloud, "iam", "ListGroupsForUser", request));
    if (!found) return {};
    for (const auto& group : found->groups.value_or(std::vector<iam::Group>{})) {
      iam::RemoveUserFromGroupRequest removal;
      removal.user_name = name;
      removal.group_name = group.group_name;
      TRY(ignore_gone(cloud.call<iam::RemoveUserFromGroupOutput>("iam", "RemoveUserFromGroup", removal)));
    }
    return {};
  }

  /// Access keys and the password that others made.
  static Result<void> delete_access(const Cloud& cloud, const std::string& name) {
    iam::ListAccessKeysRequest request;
    request.user_name = name;
    const auto found = TRY(look_up<iam::ListAccessKeysResponse>(cloud, "iam", "ListAccessKeys", request));
    if (!found) return {};
    for (const auto& key : found->access_key_metadata.value_or(std::vector<iam::AccessKeyMetadata>{})) {
      iam::DeleteAccessKeyRequest removal;
      removal.user_name = name;
      removal.access_key_id = key.access_key_id;
      TRY(ignore_gone(cloud.call<iam::DeleteAccessKeyOutput>("iam", "DeleteAccessKey", removal)));
    }
    iam::DeleteLoginProfileRequest profile;
    profile.user_name = name;
    return ignore_gone(cloud.call<iam::DeleteLoginProfileOutput>("iam", "DeleteLoginProfile", profile));
  }
};

}  // namespace

void add_iam_user(Provider& provider) { provider.resources["aws_iam_user"] = std::make_unique<User>(); }

}  // namespace landfall::terraform::aws_types
