#include "terraform/aws/s3_bucket_blocks.h"

#include "terraform/aws/s3.h"
#include "terraform/aws/s3_site.h"
#include "terraform/aws/shaped.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

const Schema& cors_schema() {
  static const Schema schema{.blocks = {list_block("cors_rule", {.attributes = {texts("allowed_headers"), texts("allowed_methods").required(), texts("allowed_origins").required(), texts("expose_headers"), number("max_age_seconds")}}).computed()}};
  return schema;
}

const Schema& logging_schema() {
  static const Schema schema{.attributes = {text("target_bucket").required(), text("target_prefix")}};
  return schema;
}

Schema website_schema() { return {.attributes = {text("error_document"), text("index_document"), text("redirect_all_requests_to"), text("routing_rules").same_if(is_same_json).checked(check_json)}}; }

/// "https://example.com", or a host alone.
s3::RedirectAllRequestsTo redirect_of(const std::string& written) {
  const size_t scheme = written.find("://");
  if (scheme == std::string::npos) return {.host_name = written};
  return {.host_name = written.substr(scheme + 3), .protocol = written.substr(0, scheme)};
}

Result<s3::WebsiteConfiguration> website_written(const Record& block) {
  s3::WebsiteConfiguration website;
  if (!block.text("index_document").empty()) website.index_document.emplace().suffix = block.text("index_document");
  if (!block.text("error_document").empty()) website.error_document.emplace().key = block.text("error_document");
  if (!block.text("redirect_all_requests_to").empty()) website.redirect_all_requests_to = redirect_of(block.text("redirect_all_requests_to"));
  if (!block.text("routing_rules").empty()) TRY(read_routing_rules(block.text("routing_rules"), website));
  return website;
}

std::vector<Record> website_told(const s3::WebsiteConfiguration& website, const Record& before) {
  std::vector<Record> rows(1);
  rows[0].set("index_document", website.index_document ? website.index_document->suffix.value_or("") : "");
  rows[0].set("error_document", website.error_document ? website.error_document->key.value_or("") : "");
  std::string redirect;
  if (website.redirect_all_requests_to) {
    const std::string protocol = website.redirect_all_requests_to->protocol.value_or("");
    redirect = (protocol.empty() ? "" : protocol + "://") + website.redirect_all_requests_to->host_name.value_or("");
  }
  rows[0].set("redirect_all_requests_to", redirect);
  const Value rules = Value::string(routing_rules_text(website));
  rows[0].set("routing_rules", is_same_json(rules, before.value("routing_rules")) ? before.value("routing_rules") : rules);
  return rows;
}

/// The block alone: whether it is written otherwise than what there is.
bool is_new(const Record& bucket, const Record& planned, const char* block) { return !planned.blocks(block).empty() && differs(bucket, planned, block); }

}  // namespace

std::vector<Attribute> bucket_setting_attributes() {
  return {flag("object_lock_enabled").computed().forces_new(), text("acceleration_status").computed().checked(one_of({"Enabled", "Suspended"})), text("request_payer").computed().checked(one_of({"BucketOwner", "Requester"}))};
}

std::vector<Block> bucket_setting_blocks() {
  std::vector<Block> blocks = cors_schema().blocks;
  blocks.push_back(one_block("website", website_schema()).computed());
  blocks.push_back(one_block("logging", logging_schema()).computed());
  blocks.push_back(one_block("object_lock_configuration", {.attributes = {text("object_lock_enabled").checked(one_of({"Enabled"}))}, .blocks = {one_block("rule", retention_rule())}}).computed());
  return blocks;
}

Result<void> change_bucket_settings(const Cloud& cloud, const Record& bucket, const Record& planned) {
  if (is_new(bucket, planned, "cors_rule")) {
    auto cors = TRY(filled<s3::CORSConfiguration>(cors_schema(), planned));
    TRY(put_cors(cloud, bucket, cors.cors_rules.value_or(CorsRules{})));
  }
  if (is_new(bucket, planned, "website")) {
    auto website = TRY(website_written(planned.block("website")));
    TRY(put_website(cloud, bucket, std::move(website)));
  }
  if (is_new(bucket, planned, "logging")) {
    auto logging = TRY(filled<s3::LoggingEnabled>(logging_schema(), planned.block("logging")));
    logging.target_prefix = planned.block("logging").text("target_prefix");
    TRY(put_logging(cloud, bucket, std::move(logging)));
  }
  if (is_new(bucket, planned, "object_lock_configuration") && !planned.block("object_lock_configuration").blocks("rule").empty()) TRY(put_object_lock(cloud, bucket, planned.block("object_lock_configuration"), ""));
  if (!planned.text("acceleration_status").empty() && differs(bucket, planned, "acceleration_status")) TRY(put_acceleration(cloud, bucket, planned.text("acceleration_status")));
  if (!planned.text("request_payer").empty() && differs(bucket, planned, "request_payer")) TRY(put_payer(cloud, bucket, planned.text("request_payer")));
  return {};
}

Result<void> read_bucket_settings(const Cloud& cloud, Record& state) {
  const auto rules = TRY(cors_of(cloud, state));
  state.set("cors_rule", told(s3::CORSConfiguration{.cors_rules = rules}, cors_schema()).value("cors_rule"));
  const auto website = TRY(website_of(cloud, state));
  state.set("website", website ? website_told(*website, state.block("website")) : std::vector<Record>{});
  state.set("website_domain", website ? website_domain(cloud.region) : "");
  state.set("website_endpoint", website ? state.text("bucket") + "." + website_domain(cloud.region) : "");
  std::vector<Record> logs, locks;
  if (const auto logging = TRY(logging_of(cloud, state))) logs.push_back(told(*logging, logging_schema()));
  state.set("logging", logs);
  const auto lock = TRY(object_lock_of(cloud, state));
  if (lock) {
    locks.emplace_back().set("object_lock_enabled", "Enabled");
    locks.back().set("rule", *lock);
  }
  state.set("object_lock_configuration", locks);
  state.set("object_lock_enabled", lock.has_value());
  state.set("acceleration_status", TRY(acceleration_of(cloud, state)));
  state.set("request_payer", TRY(payer_of(cloud, state)));
  return {};
}

Schema retention_rule() { return {.blocks = {one_block("default_retention", {.attributes = {number("days"), text("mode").checked(one_of({"GOVERNANCE", "COMPLIANCE"})), number("years")}}).required()}}; }

Result<void> put_object_lock(const Cloud& cloud, const Record& bucket, const Record& rule_holder, const std::string& token) {
  auto request = of_bucket<s3::PutObjectLockConfigurationRequest>(bucket);
  auto& configuration = request.object_lock_configuration.emplace();
  configuration.object_lock_enabled = "Enabled";
  if (!rule_holder.blocks("rule").empty()) {
    auto rule = TRY(filled<s3::ObjectLockRule>(retention_rule(), rule_holder.block("rule")));
    if (rule.default_retention && rule.default_retention->days == 0) rule.default_retention->days.reset();
    if (rule.default_retention && rule.default_retention->years == 0) rule.default_retention->years.reset();
    configuration.rule = std::move(rule);
  }
  if (!token.empty()) request.token = token;
  TRY(cloud.call<s3::PutObjectLockConfigurationOutput>("s3", "PutObjectLockConfiguration", request));
  return {};
}

Result<std::optional<std::vector<Record>>> object_lock_of(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetObjectLockConfigurationOutput>(cloud, "GetObjectLockConfiguration", of_bucket<s3::GetObjectLockConfigurationRequest>(bucket), "ObjectLockConfigurationNotFoundError"));
  if (!found || !found->object_lock_configuration) return std::optional<std::vector<Record>>();
  std::vector<Record> rules;
  if (found->object_lock_configuration->rule) rules.push_back(told(*found->object_lock_configuration->rule, retention_rule()));
  return std::optional(std::move(rules));
}

Result<void> put_acceleration(const Cloud& cloud, const Record& bucket, const std::string& status) {
  auto request = of_bucket<s3::PutBucketAccelerateConfigurationRequest>(bucket);
  request.accelerate_configuration.emplace().status = status;
  TRY(cloud.call<s3::PutBucketAccelerateConfigurationOutput>("s3", "PutBucketAccelerateConfiguration", request));
  return {};
}

Result<std::string> acceleration_of(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketAccelerateConfigurationOutput>(cloud, "GetBucketAccelerateConfiguration", of_bucket<s3::GetBucketAccelerateConfigurationRequest>(bucket), ""));
  return found ? found->status.value_or("") : std::string();
}

Result<void> put_payer(const Cloud& cloud, const Record& bucket, const std::string& payer) {
  auto request = of_bucket<s3::PutBucketRequestPaymentRequest>(bucket);
  request.request_payment_configuration.emplace().payer = payer;
  TRY(cloud.call<s3::PutBucketRequestPaymentOutput>("s3", "PutBucketRequestPayment", request));
  return {};
}

Result<std::string> payer_of(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketRequestPaymentOutput>(cloud, "GetBucketRequestPayment", of_bucket<s3::GetBucketRequestPaymentRequest>(bucket), ""));
  return found ? found->payer.value_or("") : std::string();
}

}  // namespace landfall::terraform::aws_types
