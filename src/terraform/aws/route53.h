#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/shapes/route53.h"
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
/// The one of a name and type, asked for alone: a plan of many records must not list the zone for each.
Result<std::optional<aws::route53::ResourceRecordSet>> find_record(const Cloud& cloud, const std::string& zone, const std::string& name, const std::string& type);
Result<void> change_record(const Cloud& cloud, const std::string& zone, const std::string& action, const aws::route53::ResourceRecordSet& record);

}  // namespace landfall::terraform::aws_types
