#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/members.h"
#include "terraform/aws/role_tags.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// How a user gets in: a password for the console, SSH keys; and roles that are a service's own.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// aws_iam_user_login_profile. The id is the user's name; the password is made here and known to the state alone.
class LoginProfile final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("user").required().forces_new(), number("password_length").defaults(20).forces_new().checked(between(5, 128)), flag("password_reset_required").computed().forces_new(),
                                              text("password").read_only(), refused(text("pgp_key")), text("key_fingerprint").read_only(), text("encrypted_password").read_only()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateLoginProfileRequest request;
    request.user_name = planned.text("user");
    request.password = fresh_password(cloud, static_cast<size_t>(planned.number("password_length")));
    request.password_reset_required = planned.flag("password_reset_required");
    TRY(cloud.call<iam::CreateLoginProfileResponse>("iam", "CreateLoginProfile", request));
    state.set("id", planned.text("user"));
    state.set("password", *request.password);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetLoginProfileRequest request;
    request.user_name = state.text("id");
    const auto found = TRY(look_up<iam::GetLoginProfileResponse>(cloud, "iam", "GetLoginProfile", request));
    if (!found || !found->login_profile) return false;
    state.set("user", state.text("id"));
    state.set("password_reset_required", found->login_profile->password_reset_required.value_or(false));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteLoginProfileRequest request;
    request.user_name = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteLoginProfileOutput>("iam", "DeleteLoginProfile", request));
  }

 private:
  /// With one of each kind that a policy may ask for, then of all of them.
  static std::string fresh_password(const Cloud& cloud, size_t length) {
    static constexpr std::string_view kKinds[] = {"abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#$%^&*()_+-=[]{}|'"};
    std::string password;
    while (password.size() < length) {
      const std::string_view kind = kKinds[password.size() % 4];
      password += kind[std::stoul(cloud.ids->hex(6), nullptr, 16) % kind.size()];
    }
    return password;
  }
};

/// aws_iam_user_ssh_key. The id is IAM's.
class SshKey final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("ssh_public_key_id").read_only(), text("fingerprint").read_only(), text("username").required().forces_new(), text("public_key").required().forces_new().same_if(is_same_key),
                                              text("encoding").required().checked(one_of({"SSH", "PEM"})), text("status").computed().checked(one_of({"Active", "Inactive"}))}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::UploadSSHPublicKeyRequest request;
    request.user_name = planned.text("username");
    request.ssh_public_key_body = planned.text("public_key");
    const auto made = TRY(cloud.call<iam::UploadSSHPublicKeyResponse>("iam", "UploadSSHPublicKey", request));
    state.set("id", made.ssh_public_key->ssh_public_key_id.value_or(""));
    return planned.text("status") == "Inactive" ? set_status(cloud, planned.text("username"), state.text("id"), "Inactive") : Result<void>();
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetSSHPublicKeyRequest request;
    request.user_name = state.text("username");
    request.ssh_public_key_id = state.text("id");
    request.encoding = state.text("encoding");
    const auto found = TRY(look_up<iam::GetSSHPublicKeyResponse>(cloud, "iam", "GetSSHPublicKey", request));
    if (!found || !found->ssh_public_key) return false;
    state.set("ssh_public_key_id", state.text("id"));
    state.set("fingerprint", found->ssh_public_key->fingerprint.value_or(""));
    state.set("status", found->ssh_public_key->status.value_or(""));
    const Value key = Value::string(found->ssh_public_key->ssh_public_key_body.value_or(""));
    if (!is_same_key(key, state.value("public_key"))) state.set("public_key", key);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (!differs(prior, planned, "status")) return {};
    return set_status(cloud, prior.text("username"), prior.text("id"), planned.text("status"));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteSSHPublicKeyRequest request;
    request.user_name = state.text("username");
    request.ssh_public_key_id = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteSSHPublicKeyOutput>("iam", "DeleteSSHPublicKey", request));
  }

  /// "USER:KEY:ENCODING"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const auto parts = split(id, ':');
    if (parts.size() != 3) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected UserName:SSHPublicKeyId:Encoding", id));
    Record record;
    record.set("username", parts[0]);
    record.set("id", parts[1]);
    record.set("encoding", parts[2]);
    return record;
  }

 private:
  /// What stands after the key is a comment.
  static bool is_same_key(const Value& there, const Value& wanted) {
    if (!there.has_value() || !wanted.has_value()) return false;
    const auto words = [](const Value& value) {
      auto list = split(std::string(trim(value.as_string())), ' ');
      list.resize(std::min<size_t>(list.size(), 2));
      return list;
    };
    return words(there) == words(wanted);
  }

  static Result<void> set_status(const Cloud& cloud, const std::string& user, const std::string& id, const std::string& status) {
    iam::UpdateSSHPublicKeyRequest request;
    request.user_name = user;
    request.ssh_public_key_id = id;
    request.status = status;
    TRY(cloud.call<iam::UpdateSSHPublicKeyOutput>("iam", "UpdateSSHPublicKey", request));
    return {};
  }
};

/// aws_iam_service_linked_role. The id is the ARN.
class ServiceLinkedRole final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").read_only(), text("path").read_only(), text("unique_id").read_only(), text("create_date").read_only(), text("aws_service_name").required().forces_new(),
                                                        text("custom_suffix").forces_new(), text("description")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateServiceLinkedRoleRequest request;
    request.aws_service_name = planned.text("aws_service_name");
    set_text(planned, "custom_suffix", request.custom_suffix);
    set_text(planned, "description", request.description);
    const auto made = TRY(cloud.call<iam::CreateServiceLinkedRoleResponse>("iam", "CreateServiceLinkedRole", request));
    state.set("id", made.role->arn.value_or(""));
    return change_role_tags(cloud, made.role->role_name.value_or(""), Record(), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    iam::GetRoleRequest request;
    request.role_name = arn.substr(arn.rfind('/') + 1);
    const auto found = TRY(look_up<iam::GetRoleResponse>(cloud, "iam", "GetRole", request));
    if (!found || !found->role) return false;
    const iam::Role& role = *found->role;
    state.set("arn", arn);
    state.set("name", role.role_name.value_or(""));
    state.set("path", role.path.value_or(""));
    state.set("unique_id", role.role_id.value_or(""));
    state.set("create_date", role.create_date ? iso8601(*role.create_date) : "");
    state.set("description", role.description.value_or(""));
    const auto parts = split(role.path.value_or(""), '/');  // "/aws-service-role/SERVICE/"
    if (parts.size() > 2) state.set("aws_service_name", parts[2]);
    set_tags(cloud, state, from_tags(role.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "description")) {
      iam::UpdateRoleRequest request;
      request.role_name = prior.text("name");
      request.description = planned.text("description");
      TRY(cloud.call<iam::UpdateRoleResponse>("iam", "UpdateRole", request));
    }
    return change_role_tags(cloud, prior.text("name"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteServiceLinkedRoleRequest request;
    request.role_name = state.text("name");
    return ignore_gone(cloud.call<iam::DeleteServiceLinkedRoleResponse>("iam", "DeleteServiceLinkedRole", request));
  }
};

}  // namespace

void add_iam_user_access(Provider& provider) {
  provider.resources["aws_iam_user_login_profile"] = std::make_unique<LoginProfile>();
  provider.resources["aws_iam_user_ssh_key"] = std::make_unique<SshKey>();
  provider.resources["aws_iam_service_linked_role"] = std::make_unique<ServiceLinkedRole>();
}

}  // namespace landfall::terraform::aws_types
