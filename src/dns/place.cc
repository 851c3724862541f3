#include "dns/place.h"

#include <algorithm>
#include <iterator>

namespace landfall::dns {
namespace {

struct Known {
  std::string_view region, continent, country, subdivision;
};

constexpr Known kKnown[] = {
    {"us-east-1", "NA", "US", "VA"},      {"us-east-2", "NA", "US", "OH"},      {"us-west-1", "NA", "US", "CA"},      {"us-west-2", "NA", "US", "OR"},      {"ca-central-1", "NA", "CA", ""},
    {"ca-west-1", "NA", "CA", ""},        {"mx-central-1", "NA", "MX", ""},     {"sa-east-1", "SA", "BR", ""},        {"eu-west-1", "EU", "IE", ""},        {"eu-west-2", "EU", "GB", ""},
    {"eu-west-3", "EU", "FR", ""},        {"eu-central-1", "EU", "DE", ""},     {"eu-central-2", "EU", "CH", ""},     {"eu-north-1", "EU", "SE", ""},       {"eu-south-1", "EU", "IT", ""},
    {"eu-south-2", "EU", "ES", ""},       {"ap-northeast-1", "AS", "JP", ""},   {"ap-northeast-2", "AS", "KR", ""},   {"ap-northeast-3", "AS", "JP", ""},   {"ap-southeast-1", "AS", "SG", ""},
    {"ap-southeast-2", "OC", "AU", ""},   {"ap-southeast-3", "AS", "ID", ""},   {"ap-southeast-4", "OC", "AU", ""},   {"ap-southeast-5", "AS", "MY", ""},   {"ap-southeast-6", "OC", "NZ", ""},
    {"ap-southeast-7", "AS", "TH", ""},   {"ap-south-1", "AS", "IN", ""},       {"ap-south-2", "AS", "IN", ""},       {"ap-east-1", "AS", "HK", ""},        {"ap-east-2", "AS", "TW", ""},
    {"af-south-1", "AF", "ZA", ""},       {"me-south-1", "AS", "BH", ""},       {"me-central-1", "AS", "AE", ""},     {"il-central-1", "AS", "IL", ""}};

}  // namespace

Place place_of(std::string_view region) {
  const auto found = std::ranges::find(kKnown, region, &Known::region);
  if (found == std::end(kKnown)) return {};
  return {.continent = std::string(found->continent), .country = std::string(found->country), .subdivision = std::string(found->subdivision)};
}

}  // namespace landfall::dns
