#pragma once

#include <string>
#include <string_view>

namespace landfall::dns {

/// Where the data centres of a region stand, in Route 53's codes: continent, country, part of the country (US alone).
struct Place {
  std::string continent, country, subdivision;
};

/// Empty members for a region that is not known. Source: AWS, Global infrastructure; Route 53 API, GeoLocation.
Place place_of(std::string_view region);

}  // namespace landfall::dns
