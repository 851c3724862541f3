#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/shapes/route53.h"
#include "terraform/aws/tags.h"
#include "terraform/provider.h"

/// What zones and records share.
namespace landfall::terraform::aws_types {

/// "/hostedzone/Z1" and "Z1" are one.
std::string zone_id(const std::string& id);

/// Lower case, without the dot at the end; \052 is *.
std::string canonical_domain(std::string_view name);
bool is_same_name(std::string_view a, std::string_view b);
bool is_same_domain(const Value& there, const Value& wanted);

/// All of a zone, every page.
Result<std::vector<aws::route53::ResourceRecordSet>> list_records(const Cloud& cloud, const std::string& zone);
/// The one of a name, type and set identifier ("": without), asked for alone: a plan of many records must not list the zone for each.
Result<std::optional<aws::route53::ResourceRecordSet>> find_record(const Cloud& cloud, const std::string& zone, const std::string& name, const std::string& type, const std::string& identifier);

aws::route53::Change record_change(const std::string& action, aws::route53::ResourceRecordSet record);
/// All of them or none.
Result<void> change_records(const Cloud& cloud, const std::string& zone, std::vector<aws::route53::Change> changes);
Result<void> change_record(const Cloud& cloud, const std::string& zone, const std::string& action, const aws::route53::ResourceRecordSet& record);

aws::route53::VPC vpc_of(const Cloud& cloud, const Record& record);  ///< its "vpc_id" in its "vpc_region", or in the provider's

/// Of a "hostedzone" or a "healthcheck".
Result<Pairs> read_dns_tags(const Cloud& cloud, const std::string& kind, const std::string& id);
Result<void> change_dns_tags(const Cloud& cloud, const std::string& kind, const std::string& id, const TagChange& change);

}  // namespace landfall::terraform::aws_types
