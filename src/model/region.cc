#include "model/region.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::model {

std::string_view zone_letters(std::string_view region) {
  static constexpr std::pair<std::string_view, std::string_view> others[]{{"ap-northeast-1", "abcd"}, {"ap-northeast-2", "abcd"}, {"ca-central-1", "abd"}, {"us-east-1", "abcdef"}, {"us-west-2", "abcd"}};
  const auto* found = std::ranges::find(others, region, [](const auto& one) { return one.first; });
  return found == std::end(others) ? "abc" : found->second;
}

std::string zone_id(const std::string& region, char letter) {
  const std::vector<std::string> parts = split(region, '-');
  std::string id;
  for (const std::string& part : parts) {
    if (part == "northeast" || part == "northwest" || part == "southeast" || part == "southwest") id += {part[0], part[5]};
    else id += part.size() > 1 && (part[0] < '0' || part[0] > '9') && part != parts[0] ? part.substr(0, 1) : part;
  }
  return fmt::format("{}-az{}", id, letter - 'a' + 1);
}

std::string_view long_name(std::string_view region) {
  static const std::map<std::string_view, std::string_view> names{{"af-south-1", "Africa (Cape Town)"},
                                                                  {"ap-east-1", "Asia Pacific (Hong Kong)"},
                                                                  {"ap-northeast-1", "Asia Pacific (Tokyo)"},
                                                                  {"ap-northeast-2", "Asia Pacific (Seoul)"},
                                                                  {"ap-northeast-3", "Asia Pacific (Osaka)"},
                                                                  {"ap-south-1", "Asia Pacific (Mumbai)"},
                                                                  {"ap-south-2", "Asia Pacific (Hyderabad)"},
                                                                  {"ap-southeast-1", "Asia Pacific (Singapore)"},
                                                                  {"ap-southeast-2", "Asia Pacific (Sydney)"},
                                                                  {"ap-southeast-3", "Asia Pacific (Jakarta)"},
                                                                  {"ap-southeast-4", "Asia Pacific (Melbourne)"},
                                                                  {"ap-southeast-5", "Asia Pacific (Malaysia)"},
                                                                  {"ca-central-1", "Canada (Central)"},
                                                                  {"ca-west-1", "Canada West (Calgary)"},
                                                                  {"eu-central-1", "Europe (Frankfurt)"},
                                                                  {"eu-central-2", "Europe (Zurich)"},
                                                                  {"eu-north-1", "Europe (Stockholm)"},
                                                                  {"eu-south-1", "Europe (Milan)"},
                                                                  {"eu-south-2", "Europe (Spain)"},
                                                                  {"eu-west-1", "Europe (Ireland)"},
                                                                  {"eu-west-2", "Europe (London)"},
                                                                  {"eu-west-3", "Europe (Paris)"},
                                                                  {"il-central-1", "Israel (Tel Aviv)"},
                                                                  {"me-central-1", "Middle East (UAE)"},
                                                                  {"me-south-1", "Middle East (Bahrain)"},
                                                                  {"sa-east-1", "South America (Sao Paulo)"},
                                                                  {"us-east-1", "US East (N. Virginia)"},
                                                                  {"us-east-2", "US East (Ohio)"},
                                                                  {"us-west-1", "US West (N. California)"},
                                                                  {"us-west-2", "US West (Oregon)"}};
  const auto found = names.find(region);
  return found == names.end() ? std::string_view() : found->second;
}

}  // namespace landfall::model
