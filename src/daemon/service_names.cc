#include "daemon/service_names.h"

#include <fmt/format.h>

#include "model/aws_service.h"

namespace landfall::daemon {

std::vector<std::string> service_names(const std::string& region) {
  const std::string regional = region + ".amazonaws.com";
  std::vector<std::string> names{regional, "*." + regional, "*.amazonaws.com", "api.ecr." + regional, "*.dkr.ecr." + regional, "*.s3." + regional, "public-keys.auth.elb." + regional, "*.s3.amazonaws.com"};
  // The own names of interface endpoints: "vpce-0a1-….logs.us-west-2.vpce.amazonaws.com".
  for (const model::AwsService& service : model::aws_services()) {
    if (!service.is_gateway) names.push_back(fmt::format("*.{}.{}.vpce.amazonaws.com", service.name, region));
  }
  return names;
}

}  // namespace landfall::daemon
