#include "services/s3/configuration.h"

#include "services/support/pages.h"

/// Source: S3 API reference, PutBucketInventoryConfiguration and its siblings. Inventories and
/// analyses are written by inventory.cc, metrics counted by request_metrics.cc; tiers are kept and told: nothing costs less here.
namespace landfall::services::s3 {
namespace {

constexpr int kPage = 100;
constexpr size_t kMostOfKind = 1000;

Error no_configuration() { return {.code = "NoSuchConfiguration", .what = "The specified configuration does not exist."}; }

template <class Answer, class Request, class Shape>
Result<Answer> put(const Deps& deps, const CallContext& context, const Request& request, const char* kind, const Shape& shape) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    const std::string name = kind + text(request.id);
    if (!bucket.settings.contains(name) && configurations<Shape>(bucket, kind).size() >= kMostOfKind) return fail("TooManyConfigurations", "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.");
    bucket.settings[name] = kept(shape);
    store::put(tx, bucket);
    return Answer{};
  });
}

template <class Shape, class Request>
Result<Shape> get(const Deps& deps, const CallContext& context, const Request& request, const char* kind) {
  const std::string found = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), (kind + text(request.id)).c_str());
  if (found.empty()) return fail(no_configuration());
  return told<Shape>(found);
}

template <class Answer, class Request>
Result<Answer> remove(const Deps& deps, const CallContext& context, const Request& request, const char* kind) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    if (bucket.settings.erase(kind + text(request.id)) == 0) return fail(no_configuration());
    store::put(tx, bucket);
    return Answer{};
  });
}

template <class Answer, class Shape, class Request>
Result<Answer> list(const Deps& deps, const CallContext& context, const Request& request, const char* kind, std::optional<std::vector<Shape>> Answer::* into) {
  const model::Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const Error bad_token = bad_argument(context, "continuation-token", std::nullopt, "The continuation token provided is incorrect");
  auto page = TRY(page_of(configurations<Shape>(bucket, kind), kPage, request.continuation_token, bad_token));
  Answer answer;
  answer.is_truncated = !page.next.empty();
  answer.continuation_token = request.continuation_token;
  answer.next_continuation_token = unless_empty(page.next);
  if (!page.items.empty()) answer.*into = std::move(page.items);
  return answer;
}

/// Whose document has another id than the request.
Result<void> check_id(const std::optional<std::string>& of_request, const std::optional<std::string>& of_document, bool tells_mismatch) {
  if (text(of_request) == text(of_document)) return {};
  return tells_mismatch ? fail("IdMismatch", "Document ID does not match the specified configuration ID.") : fail(malformed_xml());
}

Result<void> check_inventory(const std::optional<std::string>& id, const shapes::InventoryConfiguration& given) {
  TRY(check_id(id, given.id, true));
  const auto& destination = given.destination->s3_bucket_destination;
  if (!destination) return fail(malformed_xml());
  if (!text(destination->bucket).starts_with("arn:aws:s3:::")) return fail("InvalidS3DestinationBucket", "Invalid bucket ARN.");
  if (text(destination->format) != "CSV") return fail("NotImplemented", "Landfall does not support inventories as " + text(destination->format) + " yet; wanted CSV");
  if (destination->encryption && destination->encryption->ssekms) return fail("NotImplemented", "Landfall does not support encryption of inventories with KMS keys yet");
  return {};
}

template <class Request, class Answer>
void add(aws::Registry& registry, const char* operation, const std::vector<std::string>& own, std::function<Result<Answer>(const CallContext&, const Request&)> handler) {
  std::vector<std::string> members{"Bucket", "ExpectedBucketOwner"};
  members.insert(members.end(), own.begin(), own.end());
  registry.add<Request, Answer>("s3", operation, members, std::move(handler));
}

void add_inventory(aws::Registry& registry, const Deps& deps) {
  using namespace shapes;
  add<PutBucketInventoryConfigurationRequest, PutBucketInventoryConfigurationOutput>(registry, "PutBucketInventoryConfiguration", {"Id", "InventoryConfiguration.*"}, [&deps](const CallContext& c, const auto& r) -> Result<PutBucketInventoryConfigurationOutput> {
    TRY(check_inventory(r.id, *r.inventory_configuration));
    return put<PutBucketInventoryConfigurationOutput>(deps, c, r, kInventory, *r.inventory_configuration);
  });
  add<GetBucketInventoryConfigurationRequest, GetBucketInventoryConfigurationOutput>(registry, "GetBucketInventoryConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) -> Result<GetBucketInventoryConfigurationOutput> {
    return GetBucketInventoryConfigurationOutput{.inventory_configuration = TRY(get<InventoryConfiguration>(deps, c, r, kInventory))};
  });
  add<DeleteBucketInventoryConfigurationRequest, DeleteBucketInventoryConfigurationOutput>(registry, "DeleteBucketInventoryConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) { return remove<DeleteBucketInventoryConfigurationOutput>(deps, c, r, kInventory); });
  add<ListBucketInventoryConfigurationsRequest, ListBucketInventoryConfigurationsOutput>(registry, "ListBucketInventoryConfigurations", {"ContinuationToken"}, [&deps](const CallContext& c, const auto& r) { return list<ListBucketInventoryConfigurationsOutput>(deps, c, r, kInventory, &ListBucketInventoryConfigurationsOutput::inventory_configuration_list); });
}

void add_analytics(aws::Registry& registry, const Deps& deps) {
  using namespace shapes;
  add<PutBucketAnalyticsConfigurationRequest, PutBucketAnalyticsConfigurationOutput>(registry, "PutBucketAnalyticsConfiguration", {"Id", "AnalyticsConfiguration.*"}, [&deps](const CallContext& c, const auto& r) -> Result<PutBucketAnalyticsConfigurationOutput> {
    TRY(check_id(r.id, r.analytics_configuration->id, false));
    return put<PutBucketAnalyticsConfigurationOutput>(deps, c, r, kAnalytics, *r.analytics_configuration);
  });
  add<GetBucketAnalyticsConfigurationRequest, GetBucketAnalyticsConfigurationOutput>(registry, "GetBucketAnalyticsConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) -> Result<GetBucketAnalyticsConfigurationOutput> {
    return GetBucketAnalyticsConfigurationOutput{.analytics_configuration = TRY(get<AnalyticsConfiguration>(deps, c, r, kAnalytics))};
  });
  add<DeleteBucketAnalyticsConfigurationRequest, DeleteBucketAnalyticsConfigurationOutput>(registry, "DeleteBucketAnalyticsConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) { return remove<DeleteBucketAnalyticsConfigurationOutput>(deps, c, r, kAnalytics); });
  add<ListBucketAnalyticsConfigurationsRequest, ListBucketAnalyticsConfigurationsOutput>(registry, "ListBucketAnalyticsConfigurations", {"ContinuationToken"}, [&deps](const CallContext& c, const auto& r) { return list<ListBucketAnalyticsConfigurationsOutput>(deps, c, r, kAnalytics, &ListBucketAnalyticsConfigurationsOutput::analytics_configuration_list); });
}

void add_tiering(aws::Registry& registry, const Deps& deps) {
  using namespace shapes;
  add<PutBucketIntelligentTieringConfigurationRequest, PutBucketIntelligentTieringConfigurationOutput>(registry, "PutBucketIntelligentTieringConfiguration", {"Id", "IntelligentTieringConfiguration.*"}, [&deps](const CallContext& c, const auto& r) -> Result<PutBucketIntelligentTieringConfigurationOutput> {
    TRY(check_id(r.id, r.intelligent_tiering_configuration->id, false));
    return put<PutBucketIntelligentTieringConfigurationOutput>(deps, c, r, kTiering, *r.intelligent_tiering_configuration);
  });
  add<GetBucketIntelligentTieringConfigurationRequest, GetBucketIntelligentTieringConfigurationOutput>(registry, "GetBucketIntelligentTieringConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) -> Result<GetBucketIntelligentTieringConfigurationOutput> {
    return GetBucketIntelligentTieringConfigurationOutput{.intelligent_tiering_configuration = TRY(get<IntelligentTieringConfiguration>(deps, c, r, kTiering))};
  });
  add<DeleteBucketIntelligentTieringConfigurationRequest, DeleteBucketIntelligentTieringConfigurationOutput>(registry, "DeleteBucketIntelligentTieringConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) { return remove<DeleteBucketIntelligentTieringConfigurationOutput>(deps, c, r, kTiering); });
  add<ListBucketIntelligentTieringConfigurationsRequest, ListBucketIntelligentTieringConfigurationsOutput>(registry, "ListBucketIntelligentTieringConfigurations", {"ContinuationToken"}, [&deps](const CallContext& c, const auto& r) { return list<ListBucketIntelligentTieringConfigurationsOutput>(deps, c, r, kTiering, &ListBucketIntelligentTieringConfigurationsOutput::intelligent_tiering_configuration_list); });
}

void add_metrics(aws::Registry& registry, const Deps& deps) {
  using namespace shapes;
  add<PutBucketMetricsConfigurationRequest, PutBucketMetricsConfigurationOutput>(registry, "PutBucketMetricsConfiguration", {"Id", "MetricsConfiguration.*"}, [&deps](const CallContext& c, const auto& r) -> Result<PutBucketMetricsConfigurationOutput> {
    TRY(check_id(r.id, r.metrics_configuration->id, true));
    return put<PutBucketMetricsConfigurationOutput>(deps, c, r, kMetrics, *r.metrics_configuration);
  });
  add<GetBucketMetricsConfigurationRequest, GetBucketMetricsConfigurationOutput>(registry, "GetBucketMetricsConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) -> Result<GetBucketMetricsConfigurationOutput> {
    return GetBucketMetricsConfigurationOutput{.metrics_configuration = TRY(get<MetricsConfiguration>(deps, c, r, kMetrics))};
  });
  add<DeleteBucketMetricsConfigurationRequest, DeleteBucketMetricsConfigurationOutput>(registry, "DeleteBucketMetricsConfiguration", {"Id"}, [&deps](const CallContext& c, const auto& r) { return remove<DeleteBucketMetricsConfigurationOutput>(deps, c, r, kMetrics); });
  add<ListBucketMetricsConfigurationsRequest, ListBucketMetricsConfigurationsOutput>(registry, "ListBucketMetricsConfigurations", {"ContinuationToken"}, [&deps](const CallContext& c, const auto& r) { return list<ListBucketMetricsConfigurationsOutput>(deps, c, r, kMetrics, &ListBucketMetricsConfigurationsOutput::metrics_configuration_list); });
}

}  // namespace

void register_configurations(aws::Registry& registry, const Deps& deps) {
  add_inventory(registry, deps);
  add_analytics(registry, deps);
  add_tiering(registry, deps);
  add_metrics(registry, deps);
}

}  // namespace landfall::services::s3
