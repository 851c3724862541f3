#include "terraform/aws/s3_site.h"

#include <algorithm>
#include <array>

#include "aws/json_codec.h"
#include "terraform/aws/s3.h"

namespace landfall::terraform::aws_types {

namespace s3 = aws::s3;

Result<void> put_cors(const Cloud& cloud, const Record& bucket, CorsRules rules) {
  if (rules.empty()) return take_away_setting<s3::DeleteBucketCorsOutput>(cloud, "DeleteBucketCors", of_bucket<s3::DeleteBucketCorsRequest>(bucket));
  auto request = of_bucket<s3::PutBucketCorsRequest>(bucket);
  request.cors_configuration.emplace().cors_rules = std::move(rules);
  TRY(cloud.call<s3::PutBucketCorsOutput>("s3", "PutBucketCors", request));
  return {};
}

Result<std::optional<CorsRules>> cors_of(const Cloud& cloud, const Record& bucket) {
  auto found = TRY(look_up_setting<s3::GetBucketCorsOutput>(cloud, "GetBucketCors", of_bucket<s3::GetBucketCorsRequest>(bucket), "NoSuchCORSConfiguration"));
  return found ? std::move(found->cors_rules) : std::nullopt;
}

Result<void> put_website(const Cloud& cloud, const Record& bucket, std::optional<s3::WebsiteConfiguration> website) {
  if (!website) return take_away_setting<s3::DeleteBucketWebsiteOutput>(cloud, "DeleteBucketWebsite", of_bucket<s3::DeleteBucketWebsiteRequest>(bucket));
  auto request = of_bucket<s3::PutBucketWebsiteRequest>(bucket);
  request.website_configuration = std::move(website);
  TRY(cloud.call<s3::PutBucketWebsiteOutput>("s3", "PutBucketWebsite", request));
  return {};
}

Result<std::optional<s3::WebsiteConfiguration>> website_of(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketWebsiteOutput>(cloud, "GetBucketWebsite", of_bucket<s3::GetBucketWebsiteRequest>(bucket), "NoSuchWebsiteConfiguration"));
  if (!found) return std::optional<s3::WebsiteConfiguration>();
  return std::optional(s3::WebsiteConfiguration{.error_document = found->error_document, .index_document = found->index_document, .redirect_all_requests_to = found->redirect_all_requests_to, .routing_rules = found->routing_rules});
}

std::string routing_rules_text(const s3::WebsiteConfiguration& website) {
  std::string text;
  for (const auto& rule : website.routing_rules.value_or(std::vector<s3::RoutingRule>{})) text += (text.empty() ? "[" : ",") + aws::encode_json(s3::RoutingRule::shape(), &rule);
  return text.empty() ? "" : text + "]";
}

Result<void> read_routing_rules(const std::string& text, s3::WebsiteConfiguration& website) {
  return aws::decode_json(s3::WebsiteConfiguration::shape(), "{\"RoutingRules\":" + text + "}", aws::Unknown::skipped_in_any_case, &website);
}

std::string website_domain(const std::string& region) {
  static constexpr std::array<std::string_view, 8> old{"us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-west-1", "sa-east-1"};
  return std::string("s3-website") + (std::ranges::count(old, region) > 0 ? "-" : ".") + region + ".amazonaws.com";
}

Result<void> put_logging(const Cloud& cloud, const Record& bucket, std::optional<s3::LoggingEnabled> logging) {
  auto request = of_bucket<s3::PutBucketLoggingRequest>(bucket);
  request.bucket_logging_status.emplace().logging_enabled = std::move(logging);
  TRY(cloud.call<s3::PutBucketLoggingOutput>("s3", "PutBucketLogging", request));
  return {};
}

Result<std::optional<s3::LoggingEnabled>> logging_of(const Cloud& cloud, const Record& bucket) {
  auto found = TRY(look_up_setting<s3::GetBucketLoggingOutput>(cloud, "GetBucketLogging", of_bucket<s3::GetBucketLoggingRequest>(bucket), ""));
  return found ? std::move(found->logging_enabled) : std::nullopt;
}

Result<void> put_acl(const Cloud& cloud, const Record& bucket, const std::string& canned) {
  auto request = of_bucket<s3::PutBucketAclRequest>(bucket);
  request.acl = canned;
  const auto put = cloud.call<s3::PutBucketAclOutput>("s3", "PutBucketAcl", request);
  // Since April 2023 new buckets take no ACLs; they are private as it is.
  const bool is_private_anyway = !put && put.error().code == "AccessControlListNotSupported" && canned == "private";
  return put || is_private_anyway ? Result<void>() : std::unexpected(put.error());
}

Result<void> put_grants(const Cloud& cloud, const Record& bucket, s3::AccessControlPolicy policy) {
  auto request = of_bucket<s3::PutBucketAclRequest>(bucket);
  request.access_control_policy = std::move(policy);
  TRY(cloud.call<s3::PutBucketAclOutput>("s3", "PutBucketAcl", request));
  return {};
}

}  // namespace landfall::terraform::aws_types
