#include <array>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/ids.h"
#include "base/text.h"
#include "services/iam/inline_policies.h"

/// Service-specific credentials of users: a name and a password for one service, told when they are made.
namespace landfall::services::iam {
namespace {

using model::ServiceCredential;

constexpr std::array kServices{"codecommit.amazonaws.com", "cassandra.amazonaws.com"};  // user guide; Bedrock's are keys, not passwords
constexpr size_t kMost = 2;  // IAM quotas: of one user and one service

Result<void> check_service(const std::string& service) {
  if (std::ranges::count(kServices, service) == 0) return fail("NoSuchEntity", fmt::format("No such service {} is supported for Service Specific Credentials", service));
  return {};
}

Result<ServiceCredential> credential_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& user_name, const std::optional<std::string>& id) {
  const model::User user = TRY(user_or_caller(tx, context, user_name));
  auto found = store::find<ServiceCredential>(tx, user.key() + "/" + text(id));
  if (!found) return fail("NoSuchEntity", fmt::format("No such credential {} exists", text(id)));
  return std::move(*found);
}

std::string new_password() { return base64_encode(secret_bytes(32)); }

shapes::ServiceSpecificCredential with_password(const ServiceCredential& c) {
  return {.create_date = c.created_at, .service_name = c.service, .service_password = new_password(), .service_specific_credential_id = c.id, .service_user_name = c.service_user_name, .status = c.status, .user_name = c.user_name};
}

Result<shapes::CreateServiceSpecificCredentialResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateServiceSpecificCredentialRequest& request) {
  return transact<shapes::CreateServiceSpecificCredentialResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceSpecificCredentialResponse> {
    const model::User user = TRY(user_named(tx, context, request.user_name));
    TRY(check_service(text(request.service_name)));
    const auto before = store::all<ServiceCredential>(tx, user.key() + "/");
    const auto of_service = static_cast<size_t>(std::ranges::count(before, *request.service_name, &ServiceCredential::service));
    if (of_service >= kMost) return fail("LimitExceeded", fmt::format("Cannot exceed quota for ServiceSpecificCredentialsPerUser: {}", kMost));
    const ServiceCredential made{.account = user.account, .user_name = user.name, .id = "ACCA" + deps.ids.upper_alnum(17), .service = *request.service_name,
                                 .service_user_name = fmt::format("{}{}-at-{}", user.name, of_service == 0 ? "" : fmt::format("+{}", of_service), user.account), .created_at = deps.clock.wall()};
    store::put(tx, made);
    return shapes::CreateServiceSpecificCredentialResponse{.service_specific_credential = with_password(made)};
  });
}

Result<shapes::ListServiceSpecificCredentialsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListServiceSpecificCredentialsRequest& request) {
  return transact<shapes::ListServiceSpecificCredentialsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListServiceSpecificCredentialsResponse> {
    const bool is_all = request.all_users.value_or(false);
    const std::string prefix = is_all ? context.account + "/" : TRY(user_or_caller(tx, context, request.user_name)).key() + "/";
    if (request.service_name) TRY(check_service(*request.service_name));
    std::vector<shapes::ServiceSpecificCredentialMetadata> found;
    for (const ServiceCredential& c : store::all<ServiceCredential>(tx, prefix)) {
      if (request.service_name.value_or(c.service) != c.service) continue;
      found.push_back({.create_date = c.created_at, .service_name = c.service, .service_specific_credential_id = c.id, .service_user_name = c.service_user_name, .status = c.status, .user_name = c.user_name});
    }
    return listed(shapes::ListServiceSpecificCredentialsResponse{}, &shapes::ListServiceSpecificCredentialsResponse::service_specific_credentials, std::move(found), request.max_items, request.marker);
  });
}

Result<shapes::UpdateServiceSpecificCredentialOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateServiceSpecificCredentialRequest& request) {
  return transact<shapes::UpdateServiceSpecificCredentialOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServiceSpecificCredentialOutput> {
    ServiceCredential credential = TRY(credential_of(tx, context, request.user_name, request.service_specific_credential_id));
    credential.status = text(request.status);
    store::put(tx, credential);
    return shapes::UpdateServiceSpecificCredentialOutput{};
  });
}

Result<shapes::ResetServiceSpecificCredentialResponse> reset(const Deps& deps, const CallContext& context, const shapes::ResetServiceSpecificCredentialRequest& request) {
  return transact<shapes::ResetServiceSpecificCredentialResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ResetServiceSpecificCredentialResponse> {
    return shapes::ResetServiceSpecificCredentialResponse{.service_specific_credential = with_password(TRY(credential_of(tx, context, request.user_name, request.service_specific_credential_id)))};
  });
}

Result<shapes::DeleteServiceSpecificCredentialOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceSpecificCredentialRequest& request) {
  return transact<shapes::DeleteServiceSpecificCredentialOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceSpecificCredentialOutput> {
    store::erase<ServiceCredential>(tx, TRY(credential_of(tx, context, request.user_name, request.service_specific_credential_id)).key());
    return shapes::DeleteServiceSpecificCredentialOutput{};
  });
}

}  // namespace

void register_service_credential(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateServiceSpecificCredentialRequest, shapes::CreateServiceSpecificCredentialResponse>("iam", "CreateServiceSpecificCredential", {"UserName", "ServiceName"}, bind(create));
  registry.add<shapes::ListServiceSpecificCredentialsRequest, shapes::ListServiceSpecificCredentialsResponse>("iam", "ListServiceSpecificCredentials", {"*"}, bind(list));
  registry.add<shapes::UpdateServiceSpecificCredentialRequest, shapes::UpdateServiceSpecificCredentialOutput>("iam", "UpdateServiceSpecificCredential", {"*"}, bind(update));
  registry.add<shapes::ResetServiceSpecificCredentialRequest, shapes::ResetServiceSpecificCredentialResponse>("iam", "ResetServiceSpecificCredential", {"*"}, bind(reset));
  registry.add<shapes::DeleteServiceSpecificCredentialRequest, shapes::DeleteServiceSpecificCredentialOutput>("iam", "DeleteServiceSpecificCredential", {"*"}, bind(remove));
}

}  // namespace landfall::services::iam
