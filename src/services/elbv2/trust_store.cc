#include "services/elbv2/trust_store.h"

#include <fmt/format.h>

#include "services/elbv2/published.h"

namespace landfall::services::elbv2 {
namespace {

using model::Listener;
using model::TrustStore;

constexpr size_t kMaxStores = 20;  // per region: ALB quotas

const Error kNoBundle{.code = "CaCertificatesBundleNotFound", .what = "The specified ca certificate bundle does not exist."};
const Error kBadBundle{.code = "InvalidCaCertificatesBundle", .what = "The specified ca certificate bundle is in an invalid format, or corrupt."};

shapes::TrustStore render(const TrustStore& trusted) {
  int64_t revoked = 0;
  for (const auto& revocation : trusted.revocations) revoked += revocation.entries;
  return {.name = trusted.name, .number_of_ca_certificates = trusted.certificates, .status = "ACTIVE", .total_revoked_entries = revoked, .trust_store_arn = trusted.arn};
}

template <class Request>
Result<void> take_bundle(const Deps& deps, const Transaction& tx, const CallContext& context, const Request& request, TrustStore& trusted) {
  trusted.ca_pem = TRY(bytes_at(deps, tx, context, {request.ca_certificates_bundle_s3_bucket, request.ca_certificates_bundle_s3_key, request.ca_certificates_bundle_s3_object_version}, kNoBundle, kBadBundle));
  trusted.certificates = count_authorities(trusted.ca_pem);
  if (trusted.certificates == 0) return std::unexpected(kBadBundle);
  return {};
}

Result<void> check_store_name(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
  const bool fits = plain && !name.empty() && name.size() <= 32 && name.front() != '-' && name.back() != '-' && name.find("--") == std::string::npos;
  if (fits) return {};
  return fail("ValidationError", fmt::format("Trust store name '{}' must have 1 to 32 letters, digits and single hyphens, none at the ends", name));
}

Result<shapes::CreateTrustStoreOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateTrustStoreInput& request) {
  const model::Tags tags = TRY(tags_of(request.tags));
  TRY(check_store_name(text(request.name)));
  return transact<shapes::CreateTrustStoreOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTrustStoreOutput> {
    size_t known = 0;
    for (const auto& other : store::all<TrustStore>(tx)) {
      if (other.account != context.account || other.region != context.region) continue;
      if (other.name == text(request.name)) return fail("DuplicateTrustStoreName", "A trust store with the specified name already exists.");
      ++known;
    }
    if (known >= kMaxStores) return fail("TooManyTrustStores", "You've reached the limit on the number of trust stores for your Amazon Web Services account.");
    TrustStore trusted{.account = context.account, .region = context.region, .arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:truststore/{}/{}", context.region, context.account, text(request.name), deps.ids.hex(16)),
                       .name = text(request.name), .tags = tags};
    TRY(take_bundle(deps, tx, context, request, trusted));
    store::put(tx, trusted);
    return shapes::CreateTrustStoreOutput{.trust_stores = std::vector{render(trusted)}};
  });
}

Result<shapes::ModifyTrustStoreOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifyTrustStoreInput& request) {
  return transact<shapes::ModifyTrustStoreOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyTrustStoreOutput> {
    TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    TRY(take_bundle(deps, tx, context, request, trusted));
    store::put(tx, trusted);
    return shapes::ModifyTrustStoreOutput{.trust_stores = std::vector{render(trusted)}};
  });
}

std::vector<std::string> users_of(const std::vector<Listener>& listeners, const std::string& arn) {
  std::vector<std::string> users;
  for (const Listener& listener : listeners) {
    if (listener.mutual_authentication.trust_store_arn == arn) users.push_back(listener.arn);
  }
  return users;
}

Result<shapes::DeleteTrustStoreOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTrustStoreInput& request) {
  auto answer = transact<shapes::DeleteTrustStoreOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTrustStoreOutput> {
    const TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    if (!users_of(store::all<Listener>(tx), trusted.arn).empty()) return fail("TrustStoreInUse", "The specified trust store is currently in use.");
    store::erase<TrustStore>(tx, trusted.arn);
    return shapes::DeleteTrustStoreOutput{};
  });
  if (answer) unpublish(deps, text(request.trust_store_arn));
  return answer;
}

Result<shapes::DescribeTrustStoresOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTrustStoresInput& request) {
  auto all = own<TrustStore>(deps.store, context);
  const auto arns = list(request.trust_store_arns), names = list(request.names);
  if (!arns.empty() && !names.empty()) return fail("ValidationError", "Trust store names and trust store ARNs cannot be specified at the same time");
  for (const auto& [wanted, member] : {std::pair(arns, &TrustStore::arn), std::pair(names, &TrustStore::name)}) {
    for (const std::string& one : wanted) {
      if (std::ranges::count(all, one, member) == 0) return fail("TrustStoreNotFound", "One or more trust stores not found");
    }
    if (!wanted.empty()) std::erase_if(all, [&](const TrustStore& trusted) { return std::ranges::count(wanted, trusted.*member) == 0; });
  }
  auto answer = TRY(page(std::move(all), request.page_size, request.marker));
  shapes::DescribeTrustStoresOutput result{.trust_stores = std::vector<shapes::TrustStore>{}};
  for (const auto& trusted : answer.items) result.trust_stores->push_back(render(trusted));
  if (!answer.next.empty()) result.next_marker = answer.next;
  return result;
}

Result<shapes::DescribeTrustStoreAssociationsOutput> associations(const Deps& deps, const CallContext& context, const shapes::DescribeTrustStoreAssociationsInput& request) {
  return transact<shapes::DescribeTrustStoreAssociationsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTrustStoreAssociationsOutput> {
    const TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    auto answer = TRY(page(users_of(store::all<Listener>(tx), trusted.arn), request.page_size, request.marker));
    shapes::DescribeTrustStoreAssociationsOutput result{.trust_store_associations = std::vector<shapes::TrustStoreAssociation>{}};
    for (const std::string& arn : answer.items) result.trust_store_associations->push_back({.resource_arn = arn});
    if (!answer.next.empty()) result.next_marker = answer.next;
    return result;
  });
}

Result<shapes::GetTrustStoreCaCertificatesBundleOutput> bundle(const Deps& deps, const CallContext& context, const shapes::GetTrustStoreCaCertificatesBundleInput& request) {
  return transact<shapes::GetTrustStoreCaCertificatesBundleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetTrustStoreCaCertificatesBundleOutput> {
    const TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    return shapes::GetTrustStoreCaCertificatesBundleOutput{.location = TRY(publish(deps, tx, context, trusted.arn, trusted.ca_pem))};
  });
}

}  // namespace

void register_trust_store(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateTrustStoreInput, shapes::CreateTrustStoreOutput>("elbv2", "CreateTrustStore", {"*"}, bind(create));
  registry.add<shapes::ModifyTrustStoreInput, shapes::ModifyTrustStoreOutput>("elbv2", "ModifyTrustStore", {"*"}, bind(modify));
  registry.add<shapes::DeleteTrustStoreInput, shapes::DeleteTrustStoreOutput>("elbv2", "DeleteTrustStore", {"*"}, bind(remove));
  registry.add<shapes::DescribeTrustStoresInput, shapes::DescribeTrustStoresOutput>("elbv2", "DescribeTrustStores", {"*"}, bind(describe));
  registry.add<shapes::DescribeTrustStoreAssociationsInput, shapes::DescribeTrustStoreAssociationsOutput>("elbv2", "DescribeTrustStoreAssociations", {"*"}, bind(associations));
  registry.add<shapes::GetTrustStoreCaCertificatesBundleInput, shapes::GetTrustStoreCaCertificatesBundleOutput>("elbv2", "GetTrustStoreCaCertificatesBundle", {"*"}, bind(bundle));
}

}  // namespace landfall::services::elbv2
