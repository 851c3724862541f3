#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "aws/shapes/ec2.h"
#include "terraform/provider.h"

/// What the EC2 types share.
namespace landfall::terraform::aws_types {

/// How long something is waited for that its users have not left yet.
constexpr std::chrono::seconds kEmptying{300};

/// A filter of the Describe calls.
aws::ec2::Filter filter(const std::string& name, const std::string& value);

/// For data sources: `filter { name, values }`.
Block filter_block();
/// The filters that are written, the tags, and arguments that stand for a filter.
std::vector<aws::ec2::Filter> filters_of(const Record& state, std::initializer_list<std::pair<const char*, const char*>> arguments);
template <class Request>
void set_filters(Request& request, std::vector<aws::ec2::Filter> filters) {
  if (!filters.empty()) request.filters = std::move(filters);
}

/// "enableDnsSupport" or "enableDnsHostnames" of a VPC.
Result<bool> vpc_dns_attribute(const Cloud& cloud, const std::string& id, const char* attribute);

/// CreateTags and DeleteTags, by resource id, for what differs in tags_all.
Result<void> update_ec2_tags(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned);

/// For checked(): what is wrong with an IPv4 block, so that a plan says it and not the apply.
std::string ipv4_block(const Value& value);
std::string ipv6_block(const Value& value);

}  // namespace landfall::terraform::aws_types
