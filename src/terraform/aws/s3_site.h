#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/s3.h"
#include "terraform/provider.h"

/// What a bucket tells browsers, as resources and as blocks of aws_s3_bucket: its CORS rules, its website, its access logs.
namespace landfall::terraform::aws_types {

using CorsRules = std::vector<aws::s3::CORSRule>;

/// No rules: the configuration is taken away.
Result<void> put_cors(const Cloud& cloud, const Record& bucket, CorsRules rules);
Result<std::optional<CorsRules>> cors_of(const Cloud& cloud, const Record& bucket);

/// Nothing: the website is taken away.
Result<void> put_website(const Cloud& cloud, const Record& bucket, std::optional<aws::s3::WebsiteConfiguration> website);
Result<std::optional<aws::s3::WebsiteConfiguration>> website_of(const Cloud& cloud, const Record& bucket);

/// Routing rules as JSON in the API's names, and back. Error: "Malformed".
std::string routing_rules_text(const aws::s3::WebsiteConfiguration& website);
Result<void> read_routing_rules(const std::string& text, aws::s3::WebsiteConfiguration& website);

/// "s3-website-us-west-2.amazonaws.com" or "s3-website.eu-central-1.amazonaws.com". Source: AWS General Reference, Amazon S3 endpoints.
std::string website_domain(const std::string& region);

/// Nothing: no logs are written.
Result<void> put_logging(const Cloud& cloud, const Record& bucket, std::optional<aws::s3::LoggingEnabled> logging);
Result<std::optional<aws::s3::LoggingEnabled>> logging_of(const Cloud& cloud, const Record& bucket);

/// One canned name, or grants under an owner.
Result<void> put_acl(const Cloud& cloud, const Record& bucket, const std::string& canned);
Result<void> put_grants(const Cloud& cloud, const Record& bucket, aws::s3::AccessControlPolicy policy);

}  // namespace landfall::terraform::aws_types
