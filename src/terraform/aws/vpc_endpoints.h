#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/ec2.h"
#include "terraform/provider.h"

/// What the resource and the data source of a VPC endpoint share.
namespace landfall::terraform::aws_types {

/// The attributes of an endpoint, all the cloud's; tags left out.
Schema vpc_endpoint_facts();
/// Fills them in.
Result<void> set_vpc_endpoint(const Cloud& cloud, Record& state, const aws::ec2::VpcEndpoint& endpoint);
/// Nothing if it is gone.
Result<std::optional<aws::ec2::VpcEndpoint>> find_vpc_endpoint(const Cloud& cloud, const std::string& id);
std::vector<std::string> vpc_endpoint_groups(const aws::ec2::VpcEndpoint& endpoint);

void add_vpc_endpoint(Provider& provider);          ///< and what is joined to one
void add_vpc_endpoint_sources(Provider& provider);

}  // namespace landfall::terraform::aws_types
