#include <fmt/format.h>

#include "services/elbv2/published.h"
#include "services/elbv2/trust_store.h"

namespace landfall::services::elbv2 {
namespace {

using model::Revocation;
using model::TrustStore;

constexpr int64_t kMaxEntries = 500'000;  // of a trust store: ALB quotas

const Error kNoContent{.code = "RevocationContentNotFound", .what = "The specified revocation file does not exist."};
const Error kBadContent{.code = "InvalidRevocationContent", .what = "The provided revocation file is an invalid format, or uses an incorrect algorithm."};
const Error kNoRevocation{.code = "RevocationIdNotFound", .what = "The specified revocation ID does not exist."};

template <class Shape>
Shape render(const TrustStore& trusted, const Revocation& revocation) {
  return {.number_of_revoked_entries = revocation.entries, .revocation_id = revocation.id, .revocation_type = "CRL", .trust_store_arn = trusted.arn};
}

Result<shapes::AddTrustStoreRevocationsOutput> add(const Deps& deps, const CallContext& context, const shapes::AddTrustStoreRevocationsInput& request) {
  return transact<shapes::AddTrustStoreRevocationsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AddTrustStoreRevocationsOutput> {
    TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    shapes::AddTrustStoreRevocationsOutput result{.trust_store_revocations = std::vector<shapes::TrustStoreRevocation>{}};
    int64_t entries = 0;
    for (const auto& content : list(request.revocation_contents)) {
      const std::string type = content.revocation_type.value_or("CRL");
      if (type != "CRL") return fail("ValidationError", fmt::format("Revocation type '{}' must be 'CRL'", type));
      Revocation made{.id = trusted.next_revocation_id++};
      made.crl_pem = TRY(bytes_at(deps, tx, context, {content.s3_bucket, content.s3_key, content.s3_object_version}, kNoContent, kBadContent));
      const auto revoked = count_revoked(made.crl_pem);
      if (!revoked) return std::unexpected(kBadContent);
      made.entries = *revoked;
      result.trust_store_revocations->push_back(render<shapes::TrustStoreRevocation>(trusted, made));
      trusted.revocations.push_back(std::move(made));
    }
    if (result.trust_store_revocations->empty()) return fail("ValidationError", "At least one revocation file must be specified");
    for (const Revocation& one : trusted.revocations) entries += one.entries;
    if (entries > kMaxEntries) return fail("TooManyTrustStoreRevocationEntries", "The specified trust store has too many revocation entries.");
    store::put(tx, trusted);
    return result;
  });
}

Result<shapes::RemoveTrustStoreRevocationsOutput> remove(const Deps& deps, const CallContext& context, const shapes::RemoveTrustStoreRevocationsInput& request) {
  return transact<shapes::RemoveTrustStoreRevocationsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RemoveTrustStoreRevocationsOutput> {
    TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    for (const int64_t id : list(request.revocation_ids)) {
      if (std::erase_if(trusted.revocations, [&](const Revocation& one) { return one.id == id; }) == 0) return std::unexpected(kNoRevocation);
    }
    store::put(tx, trusted);
    return shapes::RemoveTrustStoreRevocationsOutput{};
  });
}

Result<shapes::DescribeTrustStoreRevocationsOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTrustStoreRevocationsInput& request) {
  return transact<shapes::DescribeTrustStoreRevocationsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTrustStoreRevocationsOutput> {
    const TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    const auto wanted = list(request.revocation_ids);
    for (const int64_t id : wanted) {
      if (std::ranges::count(trusted.revocations, id, &Revocation::id) == 0) return std::unexpected(kNoRevocation);
    }
    std::vector<shapes::DescribeTrustStoreRevocation> told;
    for (const Revocation& one : trusted.revocations) {
      if (wanted.empty() || std::ranges::count(wanted, one.id) > 0) told.push_back(render<shapes::DescribeTrustStoreRevocation>(trusted, one));
    }
    auto answer = TRY(page(std::move(told), request.page_size, request.marker));
    shapes::DescribeTrustStoreRevocationsOutput result{.trust_store_revocations = answer.items};
    if (!answer.next.empty()) result.next_marker = answer.next;
    return result;
  });
}

Result<shapes::GetTrustStoreRevocationContentOutput> content(const Deps& deps, const CallContext& context, const shapes::GetTrustStoreRevocationContentInput& request) {
  return transact<shapes::GetTrustStoreRevocationContentOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetTrustStoreRevocationContentOutput> {
    const TrustStore trusted = TRY(trust_store_at(tx, context, request.trust_store_arn));
    const auto found = std::ranges::find(trusted.revocations, request.revocation_id.value_or(0), &Revocation::id);
    if (found == trusted.revocations.end()) return std::unexpected(kNoRevocation);
    return shapes::GetTrustStoreRevocationContentOutput{.location = TRY(publish(deps, tx, context, trusted.arn, found->crl_pem))};
  });
}

}  // namespace

void register_trust_store_revocation(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AddTrustStoreRevocationsInput, shapes::AddTrustStoreRevocationsOutput>("elbv2", "AddTrustStoreRevocations", {"*"}, bind(add));
  registry.add<shapes::RemoveTrustStoreRevocationsInput, shapes::RemoveTrustStoreRevocationsOutput>("elbv2", "RemoveTrustStoreRevocations", {"*"}, bind(remove));
  registry.add<shapes::DescribeTrustStoreRevocationsInput, shapes::DescribeTrustStoreRevocationsOutput>("elbv2", "DescribeTrustStoreRevocations", {"*"}, bind(describe));
  registry.add<shapes::GetTrustStoreRevocationContentInput, shapes::GetTrustStoreRevocationContentOutput>("elbv2", "GetTrustStoreRevocationContent", {"*"}, bind(content));
}

}  // namespace landfall::services::elbv2
