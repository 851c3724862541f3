#pragma once

#include <vector>

#include "aws/shapes/route53.h"
#include "terraform/provider.h"

/// How Route 53 chooses among the record sets of one name and type: that part of aws_route53_record.
namespace landfall::terraform::aws_types {

std::vector<Attribute> routing_attributes();
std::vector<Block> routing_blocks();

/// One policy at most, and none without a set_identifier. Error: "Config.Conflict", "Config.Missing".
Result<void> check_routing(const Record& planned);

void fill_routing(const Record& record, aws::route53::ResourceRecordSet& api);
void tell_routing(const aws::route53::ResourceRecordSet& api, Record& state);

}  // namespace landfall::terraform::aws_types
