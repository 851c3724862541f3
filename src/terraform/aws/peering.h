#pragma once

#include <optional>
#include <string>

#include "terraform/aws/ec2.h"

/// VPC peering connections, as the resources and data sources over them share them.
namespace landfall::terraform::aws_types {

/// Nothing once it has ended, by whomever and however.
Result<std::optional<aws::ec2::VpcPeeringConnection>> find_peering(const Cloud& cloud, const std::string& id);

/// The blocks "accepter" and "requester": what each side lets the other do. None of it can be switched on here.
std::vector<Block> peering_option_blocks();
/// For a connection that is active. Error: "OperationNotPermitted" of one that is not.
Result<void> modify_peering_options(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned);
void tell_peering_options(const aws::ec2::VpcPeeringConnection& connection, Record& state);

}  // namespace landfall::terraform::aws_types
