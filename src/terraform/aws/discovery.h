#pragma once

#include <string>

#include "aws/shapes/servicediscovery.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// What the Cloud Map types share: operations that go on after the call, and tags.
namespace landfall::terraform::aws_types {

constexpr const char* kDiscovery = "servicediscovery";

/// Waits for an operation; the id of what it is about, by kind ("NAMESPACE", "SERVICE"). Errors: the operation's own.
Result<std::string> finish_operation(const Cloud& cloud, const std::string& operation, const std::string& kind);

Result<Pairs> discovery_tags(const Cloud& cloud, const std::string& arn);
Result<void> update_discovery_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned);

}  // namespace landfall::terraform::aws_types
