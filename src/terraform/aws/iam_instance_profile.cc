#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

class InstanceProfile final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("unique_id").read_only(), text("create_date").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
                                                        text("path").defaults("/").forces_new(), text("role"),
                                                        text_set("roles").checked([](const Value& roles) -> std::string { return roles.length() <= 1 ? "" : "to have at most one element"; })}});  // before version 2: one role in a set
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateInstanceProfileRequest request;
    request.instance_profile_name = generated_name(cloud, planned);
    request.path = planned.text("path");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    TRY(cloud.call<iam::CreateInstanceProfileResponse>("iam", "CreateInstanceProfile", request));
    state.set("id", *request.instance_profile_name);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return change_role(cloud, *request.instance_profile_name, "", role_of(planned));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetInstanceProfileRequest request;
    request.instance_profile_name = state.text("id");
    const auto found = TRY(look_up<iam::GetInstanceProfileResponse>(cloud, "iam", "GetInstanceProfile", request));
    if (!found || !found->instance_profile) return false;
    const iam::InstanceProfile& profile = *found->instance_profile;
    state.set("name", state.text("id"));
    set_prefix(state, state.text("id"));
    state.set("arn", profile.arn.value_or(""));
    state.set("path", profile.path.value_or("/"));
    state.set("unique_id", profile.instance_profile_id.value_or(""));
    state.set("create_date", profile.create_date ? iso8601(*profile.create_date) : "");
    const std::string role = profile.roles && !profile.roles->empty() ? profile.roles->front().role_name.value_or("") : "";
    if (!state.texts("roles").empty()) state.set("roles", role.empty() ? std::vector<std::string>{} : std::vector{role});
    else state.set("role", role);
    set_tags(cloud, state, from_tags(profile.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string name = prior.text("id");
    TRY(change_role(cloud, name, role_of(prior), role_of(planned)));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      iam::UntagInstanceProfileRequest request;
      request.instance_profile_name = name;
      request.tag_keys = change.removed;
      TRY(cloud.call<iam::UntagInstanceProfileOutput>("iam", "UntagInstanceProfile", request));
    }
    if (!change.put.empty()) {
      iam::TagInstanceProfileRequest request;
      request.instance_profile_name = name;
      request.tags = to_tags<iam::Tag>(change.put);
      TRY(cloud.call<iam::TagInstanceProfileOutput>("iam", "TagInstanceProfile", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    TRY(change_role(cloud, name, role_of(state), ""));
    iam::DeleteInstanceProfileRequest request;
    request.instance_profile_name = name;
    return ignore_gone(cloud.call<iam::DeleteInstanceProfileOutput>("iam", "DeleteInstanceProfile", request));
  }

 private:
  static std::string role_of(const Record& record) {
    const auto roles = record.texts("roles");
    return roles.empty() ? record.text("role") : roles[0];
  }

  static Result<void> change_role(const Cloud& cloud, const std::string& name, const std::string& before, const std::string& after) {
    if (before == after) return {};
    if (!before.empty()) {
      iam::RemoveRoleFromInstanceProfileRequest request;
      request.instance_profile_name = name;
      request.role_name = before;
      TRY(ignore_gone(cloud.call<iam::RemoveRoleFromInstanceProfileOutput>("iam", "RemoveRoleFromInstanceProfile", request)));
    }
    if (!after.empty()) {
      iam::AddRoleToInstanceProfileRequest request;
      request.instance_profile_name = name;
      request.role_name = after;
      TRY(cloud.call<iam::AddRoleToInstanceProfileOutput>("iam", "AddRoleToInstanceProfile", request));
    }
    return {};
  }
};

}  // namespace

void add_iam_instance_profile(Provider& provider) { provider.resources["aws_iam_instance_profile"] = std::make_unique<InstanceProfile>(); }

}  // namespace landfall::terraform::aws_types
