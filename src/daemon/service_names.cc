#include "daemon/service_names.h"

namespace landfall::daemon {

std::vector<std::string> service_names(const std::string& region) {
  const std::string regional = region + ".amazonaws.com";
  return {regional, "*." + regional, "*.amazonaws.com", "api.ecr." + regional, "*.dkr.ecr." + regional, "*.s3." + regional, "public-keys.auth.elb." + regional, "*.s3.amazonaws.com"};
}

}  // namespace landfall::daemon
