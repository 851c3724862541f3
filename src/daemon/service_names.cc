#include "daemon/service_names.h"

#include <fmt/format.h>

#include "model/aws_service.h"
#include "model/region.h"

namespace landfall::daemon {
namespace {

/// What tasks ask for wherever they run: services, registries and buckets of a region.
void add_region(std::vector<std::string>& names, std::string_view region) {
  const std::string regional = fmt::format("{}.amazonaws.com", region);
  for (const std::string& name : {regional, "*." + regional, "api.ecr." + regional, "*.dkr.ecr." + regional, "*.s3." + regional}) names.push_back(name);
}

}  // namespace

std::vector<std::string> service_names(const std::string& region) {
  std::vector<std::string> names{"*.amazonaws.com", fmt::format("public-keys.auth.elb.{}.amazonaws.com", region), "*.s3.amazonaws.com"};
  add_region(names, region);
  for (const std::string_view other : model::kRegions) {
    if (other != region) add_region(names, other);
  }
  // The own names of interface endpoints: "vpce-0a1-….logs.us-west-2.vpce.amazonaws.com".
  for (const model::AwsService& service : model::aws_services()) {
    if (!service.is_gateway) names.push_back(fmt::format("*.{}.{}.vpce.amazonaws.com", service.name, region));
  }
  return names;
}

}  // namespace landfall::daemon
