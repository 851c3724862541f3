#include "services/ssm/public_parameter.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/region.h"

namespace landfall::services::ssm {
namespace {

constexpr WallTime kPublished{1'572'566'400'000};  // 2019-11-01: what AWS tells does not change between two looks

}  // namespace

std::vector<model::Parameter> public_parameters(const std::string& region) {
  std::vector<model::Parameter> all;
  const auto add = [&](std::string name, std::string_view value) {
    all.push_back({.account = "", .region = region, .name = "/aws/service/global-infrastructure/" + std::move(name), .versions = {{.value = std::string(value), .type = "String", .modified_at = kPublished}}});
  };
  std::vector<std::string_view> regions(model::kRegions.begin(), model::kRegions.end());
  regions.insert(regions.end(), model::kOptInRegions.begin(), model::kOptInRegions.end());
  std::ranges::sort(regions);
  for (const std::string_view name : regions) {
    const std::string stem = fmt::format("regions/{}", name);
    add(stem, name);
    add(stem + "/domain", "amazonaws.com");
    add(stem + "/longName", model::long_name(name));
    add(stem + "/partition", "aws");
    for (const char letter : model::zone_letters(name)) {
      const std::string id = model::zone_id(std::string(name), letter);
      add(fmt::format("{}/availability-zones/{}", stem, id), id);
      add(fmt::format("availability-zones/{}", id), id);
      add(fmt::format("availability-zones/{}/parentRegion", id), name);
    }
  }
  std::ranges::sort(all, {}, &model::Parameter::name);
  return all;
}

std::optional<model::Parameter> public_parameter(const std::string& region, const std::string& name) {
  for (model::Parameter& parameter : public_parameters(region)) {
    if (parameter.name == name) return std::move(parameter);
  }
  return std::nullopt;
}

}  // namespace landfall::services::ssm
