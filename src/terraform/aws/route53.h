#pragma once

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

/// From a name and type on ("" all); every page.
Result<std::vector<aws::route53::ResourceRecordSet>> list_records(const Cloud& cloud, const std::string& zone, const std::string& name, const std::string& type);
Result<void> change_record(const Cloud& cloud, const std::string& zone, const std::string& action, const aws::route53::ResourceRecordSet& record);

}  // namespace landfall::terraform::aws_types
