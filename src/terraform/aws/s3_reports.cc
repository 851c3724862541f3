#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/tags.h"

/// What a bucket reports of itself, each by its name: metrics, analyses, inventories, tiers. The ids are "BUCKET:NAME".
namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

struct Metrics {
  static constexpr const char* call = "BucketMetricsConfiguration";
  using Configuration = s3::MetricsConfiguration;
  using Put = s3::PutBucketMetricsConfigurationRequest;
  using PutAnswer = s3::PutBucketMetricsConfigurationOutput;
  using Get = s3::GetBucketMetricsConfigurationRequest;
  using GetAnswer = s3::GetBucketMetricsConfigurationOutput;
  using Delete = s3::DeleteBucketMetricsConfigurationRequest;
  using DeleteAnswer = s3::DeleteBucketMetricsConfigurationOutput;
  static auto& body(auto& message) { return message.metrics_configuration; }
  static Schema parts() { return {.blocks = {one_block("filter", {.attributes = {refused(text("access_point")), text("prefix"), text_map("tags")}})}}; }
};
struct Analytics {
  static constexpr const char* call = "BucketAnalyticsConfiguration";
  using Configuration = s3::AnalyticsConfiguration;
  using Put = s3::PutBucketAnalyticsConfigurationRequest;
  using PutAnswer = s3::PutBucketAnalyticsConfigurationOutput;
  using Get = s3::GetBucketAnalyticsConfigurationRequest;
  using GetAnswer = s3::GetBucketAnalyticsConfigurationOutput;
  using Delete = s3::DeleteBucketAnalyticsConfigurationRequest;
  using DeleteAnswer = s3::DeleteBucketAnalyticsConfigurationOutput;
  static auto& body(auto& message) { return message.analytics_configuration; }
  static Schema parts() {
    const Schema destination{.attributes = {text("bucket_account_id"), text("bucket_arn").required(), text("format").defaults("CSV").checked(one_of({"CSV"})), text("prefix")}};
    return {.blocks = {one_block("filter", {.attributes = {text("prefix"), text_map("tags")}}),
                       one_block("storage_class_analysis", {.blocks = {one_block("data_export", {.attributes = {text("output_schema_version").defaults("V_1").checked(one_of({"V_1"}))},
                                                                                                 .blocks = {one_block("destination", {.blocks = {one_block("s3_bucket_destination", destination).required()}}).required()}}).required()}})}};
  }
};
struct Tiers {
  static constexpr const char* call = "BucketIntelligentTieringConfiguration";
  using Configuration = s3::IntelligentTieringConfiguration;
  using Put = s3::PutBucketIntelligentTieringConfigurationRequest;
  using PutAnswer = s3::PutBucketIntelligentTieringConfigurationOutput;
  using Get = s3::GetBucketIntelligentTieringConfigurationRequest;
  using GetAnswer = s3::GetBucketIntelligentTieringConfigurationOutput;
  using Delete = s3::DeleteBucketIntelligentTieringConfigurationRequest;
  using DeleteAnswer = s3::DeleteBucketIntelligentTieringConfigurationOutput;
  static auto& body(auto& message) { return message.intelligent_tiering_configuration; }
  static Schema parts() {
    return {.attributes = {text("status").defaults("Enabled").checked(one_of({"Enabled", "Disabled"}))},
            .blocks = {one_block("filter", {.attributes = {text("prefix"), text_map("tags")}}), set_block("tiering", {.attributes = {text("access_tier").required().checked(one_of({"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})), number("days").required()}}).required()}};
  }
};
struct Inventories {
  static constexpr const char* call = "BucketInventoryConfiguration";
  using Configuration = s3::InventoryConfiguration;
  using Put = s3::PutBucketInventoryConfigurationRequest;
  using PutAnswer = s3::PutBucketInventoryConfigurationOutput;
  using Get = s3::GetBucketInventoryConfigurationRequest;
  using GetAnswer = s3::GetBucketInventoryConfigurationOutput;
  using Delete = s3::DeleteBucketInventoryConfigurationRequest;
  using DeleteAnswer = s3::DeleteBucketInventoryConfigurationOutput;
  static auto& body(auto& message) { return message.inventory_configuration; }
  static std::string check_format(const Value& format) { return format.as_string() == "CSV" ? "" : "to be \"CSV\": Landfall does not support inventories as " + format.as_string() + " yet"; }
  static Schema parts() {
    const Schema encryption{.blocks = {one_block("sse_s3", {}), one_block("sse_kms", {.attributes = {refused(text("key_id"))}})}};
    const Schema destination{.attributes = {text("account_id"), text("bucket_arn").required(), text("format").required().checked(check_format), text("prefix")}, .blocks = {one_block("encryption", encryption)}};
    return {.attributes = {flag("enabled").defaults(true), text("included_object_versions").required().checked(one_of({"All", "Current"})), text_set("optional_fields")},
            .blocks = {one_block("destination", {.blocks = {one_block("bucket", destination).required()}}).required(), one_block("filter", {.attributes = {text("prefix")}}),
                       one_block("schedule", {.attributes = {text("frequency").required().checked(one_of({"Daily", "Weekly"}))}}).required()}};
  }
};

const Renamed& report_names() {
  static const Renamed names{{"bucket_arn", "Bucket"}, {"bucket", "S3BucketDestination"}, {"enabled", "IsEnabled"}, {"sse_s3", "SSES3"}, {"sse_kms", "SSEKMS"}};
  return names;
}

/// Prefix and tags as S3 wants them: one alone, or all of several.
template <class Filter>
void narrow(const Record& written, Filter& filter) {
  const Pairs tags = written.pairs("tags");
  const std::string prefix = written.text("prefix");
  filter = Filter{};
  if (tags.size() + !prefix.empty() > 1) {
    auto& all = filter.and_.emplace();
    if (!prefix.empty()) all.prefix = prefix;
    all.tags = to_tags<s3::Tag>(tags);
  } else if (!tags.empty()) {
    filter.tag = to_tags<s3::Tag>(tags).front();
  } else {
    filter.prefix = prefix;
  }
}
void narrow(const Record& written, s3::InventoryFilter& filter) { filter.prefix = written.text("prefix"); }

template <class Filter>
Record told_filter(const Filter& filter) {
  Record record;
  record.set("prefix", filter.and_ ? filter.and_->prefix.value_or("") : filter.prefix.value_or(""));
  Pairs tags = filter.and_ ? from_tags(filter.and_->tags) : Pairs{};
  if (filter.tag) tags[filter.tag->key.value_or("")] = filter.tag->value.value_or("");
  record.set("tags", tags);
  return record;
}
Record told_filter(const s3::InventoryFilter& filter) {
  Record record;
  record.set("prefix", filter.prefix.value_or(""));
  return record;
}

template <class Of>
class Report final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = Of::parts();
      for (Attribute attribute : {text("id").read_only(), text("bucket").required().forces_new(), text("name").required().forces_new()}) made.attributes.push_back(std::move(attribute));
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(update(cloud, Record(), planned));
    state.set("id", planned.text("bucket") + ":" + planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    const size_t colon = id.find(':');
    if (colon == std::string::npos) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected BUCKET:NAME", id));
    typename Of::Get request{.bucket = id.substr(0, colon)};
    request.id = id.substr(colon + 1);
    const auto found = TRY(look_up_setting<typename Of::GetAnswer>(cloud, std::string("Get") + Of::call, request, "NoSuchConfiguration"));
    if (!found || !Of::body(*found)) return false;
    const auto& configuration = *Of::body(*found);
    tell_structure(Of::Configuration::shape(), Of::parts(), &configuration, report_names(), state);
    std::vector<Record> filters;
    if (configuration.filter) filters.push_back(told_filter(*configuration.filter));
    state.set("filter", filters);
    state.set("bucket", *request.bucket);
    state.set("name", *request.id);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    auto configuration = TRY(filled<typename Of::Configuration>(Of::parts(), planned, report_names()));
    configuration.id = planned.text("name");
    for (const Record& filter : planned.blocks("filter")) narrow(filter, configuration.filter.emplace());
    typename Of::Put request{.bucket = planned.text("bucket")};
    request.id = planned.text("name");
    Of::body(request) = std::move(configuration);
    TRY(cloud.call<typename Of::PutAnswer>("s3", std::string("Put") + Of::call, request));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    typename Of::Delete request{.bucket = state.text("bucket")};
    request.id = state.text("name");
    return take_away_setting<typename Of::DeleteAnswer>(cloud, std::string("Delete") + Of::call, request);
  }
};

}  // namespace

void add_s3_reports(Provider& provider) {
  provider.resources["aws_s3_bucket_metric"] = std::make_unique<Report<Metrics>>();
  provider.resources["aws_s3_bucket_analytics_configuration"] = std::make_unique<Report<Analytics>>();
  provider.resources["aws_s3_bucket_intelligent_tiering_configuration"] = std::make_unique<Report<Tiers>>();
  provider.resources["aws_s3_bucket_inventory"] = std::make_unique<Report<Inventories>>();
}

}  // namespace landfall::terraform::aws_types
