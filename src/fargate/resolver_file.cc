#include "fargate/resolver_file.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::fargate {

std::string resolver_file(const std::map<std::string, std::vector<std::string>>& options, const std::string& amazon) {
  std::string file;
  if (const auto domain = options.find("domain-name"); domain != options.end()) file += fmt::format("search {}\n", join(domain->second, " "));
  const auto servers = options.find("domain-name-servers");
  if (servers == options.end()) return file;
  for (const std::string& server : servers->second) file += fmt::format("nameserver {}\n", iequals(server, "AmazonProvidedDNS") ? amazon : server);
  return file;
}

}  // namespace landfall::fargate
