#include "services/route53/geo_location.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

struct Code {
  std::string_view code, name;
};

constexpr Code kContinents[] = {
    {"AF", "Africa"}, {"AN", "Antarctica"}, {"AS", "Asia"}, {"EU", "Europe"}, {"NA", "North America"}, {"OC", "Oceania"},
    {"SA", "South America"},
};

/// ISO 3166-1.
constexpr Code kCountries[] = {
    {"AD", "Andorra"}, {"AE", "United Arab Emirates"}, {"AF", "Afghanistan"}, {"AG", "Antigua & Barbuda"}, {"AI", "Anguilla"}, {"AL", "Albania"},
    {"AM", "Armenia"}, {"AO", "Angola"}, {"AQ", "Antarctica"}, {"AR", "Argentina"}, {"AS", "Samoa (American)"}, {"AT", "Austria"},
    {"AU", "Australia"}, {"AW", "Aruba"}, {"AX", "Åland Islands"}, {"AZ", "Azerbaijan"}, {"BA", "Bosnia & Herzegovina"}, {"BB", "Barbados"},
    {"BD", "Bangladesh"}, {"BE", "Belgium"}, {"BF", "Burkina Faso"}, {"BG", "Bulgaria"}, {"BH", "Bahrain"}, {"BI", "Burundi"},
    {"BJ", "Benin"}, {"BL", "St Barthelemy"}, {"BM", "Bermuda"}, {"BN", "Brunei"}, {"BO", "Bolivia"}, {"BQ", "Caribbean NL"},
    {"BR", "Brazil"}, {"BS", "Bahamas"}, {"BT", "Bhutan"}, {"BV", "Bouvet Island"}, {"BW", "Botswana"}, {"BY", "Belarus"},
    {"BZ", "Belize"}, {"CA", "Canada"}, {"CC", "Cocos (Keeling) Islands"}, {"CD", "Congo (Dem. Rep.)"}, {"CF", "Central African Rep."}, {"CG", "Congo (Rep.)"},
    {"CH", "Switzerland"}, {"CI", "Côte d'Ivoire"}, {"CK", "Cook Islands"}, {"CL", "Chile"}, {"CM", "Cameroon"}, {"CN", "China"},
    {"CO", "Colombia"}, {"CR", "Costa Rica"}, {"CU", "Cuba"}, {"CV", "Cape Verde"}, {"CW", "Curaçao"}, {"CX", "Christmas Island"},
    {"CY", "Cyprus"}, {"CZ", "Czech Republic"}, {"DE", "Germany"}, {"DJ", "Djibouti"}, {"DK", "Denmark"}, {"DM", "Dominica"},
    {"DO", "Dominican Republic"}, {"DZ", "Algeria"}, {"EC", "Ecuador"}, {"EE", "Estonia"}, {"EG", "Egypt"}, {"EH", "Western Sahara"},
    {"ER", "Eritrea"}, {"ES", "Spain"}, {"ET", "Ethiopia"}, {"FI", "Finland"}, {"FJ", "Fiji"}, {"FK", "Falkland Islands"},
    {"FM", "Micronesia"}, {"FO", "Faroe Islands"}, {"FR", "France"}, {"GA", "Gabon"}, {"GB", "United Kingdom"}, {"GD", "Grenada"},
    {"GE", "Georgia"}, {"GF", "French Guiana"}, {"GG", "Guernsey"}, {"GH", "Ghana"}, {"GI", "Gibraltar"}, {"GL", "Greenland"},
    {"GM", "Gambia"}, {"GN", "Guinea"}, {"GP", "Guadeloupe"}, {"GQ", "Equatorial Guinea"}, {"GR", "Greece"}, {"GS", "South Georgia & the South Sandwich Islands"},
    {"GT", "Guatemala"}, {"GU", "Guam"}, {"GW", "Guinea-Bissau"}, {"GY", "Guyana"}, {"HK", "Hong Kong"}, {"HM", "Heard Island & McDonald Islands"},
    {"HN", "Honduras"}, {"HR", "Croatia"}, {"HT", "Haiti"}, {"HU", "Hungary"}, {"ID", "Indonesia"}, {"IE", "Ireland"},
    {"IL", "Israel"}, {"IM", "Isle of Man"}, {"IN", "India"}, {"IO", "British Indian Ocean Territory"}, {"IQ", "Iraq"}, {"IR", "Iran"},
    {"IS", "Iceland"}, {"IT", "Italy"}, {"JE", "Jersey"}, {"JM", "Jamaica"}, {"JO", "Jordan"}, {"JP", "Japan"},
    {"KE", "Kenya"}, {"KG", "Kyrgyzstan"}, {"KH", "Cambodia"}, {"KI", "Kiribati"}, {"KM", "Comoros"}, {"KN", "St Kitts & Nevis"},
    {"KP", "North Korea"}, {"KR", "South Korea"}, {"KW", "Kuwait"}, {"KY", "Cayman Islands"}, {"KZ", "Kazakhstan"}, {"LA", "Laos"},
    {"LB", "Lebanon"}, {"LC", "St Lucia"}, {"LI", "Liechtenstein"}, {"LK", "Sri Lanka"}, {"LR", "Liberia"}, {"LS", "Lesotho"},
    {"LT", "Lithuania"}, {"LU", "Luxembourg"}, {"LV", "Latvia"}, {"LY", "Libya"}, {"MA", "Morocco"}, {"MC", "Monaco"},
    {"MD", "Moldova"}, {"ME", "Montenegro"}, {"MF", "St Martin (French)"}, {"MG", "Madagascar"}, {"MH", "Marshall Islands"}, {"MK", "North Macedonia"},
    {"ML", "Mali"}, {"MM", "Myanmar (Burma)"}, {"MN", "Mongolia"}, {"MO", "Macau"}, {"MP", "Northern Mariana Islands"}, {"MQ", "Martinique"},
    {"MR", "Mauritania"}, {"MS", "Montserrat"}, {"MT", "Malta"}, {"MU", "Mauritius"}, {"MV", "Maldives"}, {"MW", "Malawi"},
    {"MX", "Mexico"}, {"MY", "Malaysia"}, {"MZ", "Mozambique"}, {"NA", "Namibia"}, {"NC", "New Caledonia"}, {"NE", "Niger"},
    {"NF", "Norfolk Island"}, {"NG", "Nigeria"}, {"NI", "Nicaragua"}, {"NL", "Netherlands"}, {"NO", "Norway"}, {"NP", "Nepal"},
    {"NR", "Nauru"}, {"NU", "Niue"}, {"NZ", "New Zealand"}, {"OM", "Oman"}, {"PA", "Panama"}, {"PE", "Peru"},
    {"PF", "French Polynesia"}, {"PG", "Papua New Guinea"}, {"PH", "Philippines"}, {"PK", "Pakistan"}, {"PL", "Poland"}, {"PM", "St Pierre & Miquelon"},
    {"PN", "Pitcairn"}, {"PR", "Puerto Rico"}, {"PS", "Palestine"}, {"PT", "Portugal"}, {"PW", "Palau"}, {"PY", "Paraguay"},
    {"QA", "Qatar"}, {"RE", "Réunion"}, {"RO", "Romania"}, {"RS", "Serbia"}, {"RU", "Russia"}, {"RW", "Rwanda"},
    {"SA", "Saudi Arabia"}, {"SB", "Solomon Islands"}, {"SC", "Seychelles"}, {"SD", "Sudan"}, {"SE", "Sweden"}, {"SG", "Singapore"},
    {"SH", "St Helena"}, {"SI", "Slovenia"}, {"SJ", "Svalbard & Jan Mayen"}, {"SK", "Slovakia"}, {"SL", "Sierra Leone"}, {"SM", "San Marino"},
    {"SN", "Senegal"}, {"SO", "Somalia"}, {"SR", "Suriname"}, {"SS", "South Sudan"}, {"ST", "Sao Tome & Principe"}, {"SV", "El Salvador"},
    {"SX", "St Maarten (Dutch)"}, {"SY", "Syria"}, {"SZ", "Eswatini (Swaziland)"}, {"TC", "Turks & Caicos Is"}, {"TD", "Chad"}, {"TF", "French S. Terr."},
    {"TG", "Togo"}, {"TH", "Thailand"}, {"TJ", "Tajikistan"}, {"TK", "Tokelau"}, {"TL", "East Timor"}, {"TM", "Turkmenistan"},
    {"TN", "Tunisia"}, {"TO", "Tonga"}, {"TR", "Turkey"}, {"TT", "Trinidad & Tobago"}, {"TV", "Tuvalu"}, {"TW", "Taiwan"},
    {"TZ", "Tanzania"}, {"UA", "Ukraine"}, {"UG", "Uganda"}, {"UM", "US minor outlying islands"}, {"US", "United States"}, {"UY", "Uruguay"},
    {"UZ", "Uzbekistan"}, {"VA", "Vatican City"}, {"VC", "St Vincent"}, {"VE", "Venezuela"}, {"VG", "Virgin Islands (UK)"}, {"VI", "Virgin Islands (US)"},
    {"VN", "Vietnam"}, {"VU", "Vanuatu"}, {"WF", "Wallis & Futuna"}, {"WS", "Samoa (western)"}, {"YE", "Yemen"}, {"YT", "Mayotte"},
    {"ZA", "South Africa"}, {"ZM", "Zambia"}, {"ZW", "Zimbabwe"},
};

/// Parts of the United States: the only ones that Landfall knows.
constexpr Code kStates[] = {
    {"AK", "Alaska"}, {"AL", "Alabama"}, {"AR", "Arkansas"}, {"AZ", "Arizona"}, {"CA", "California"}, {"CO", "Colorado"},
    {"CT", "Connecticut"}, {"DC", "District of Columbia"}, {"DE", "Delaware"}, {"FL", "Florida"}, {"GA", "Georgia"}, {"HI", "Hawaii"},
    {"IA", "Iowa"}, {"ID", "Idaho"}, {"IL", "Illinois"}, {"IN", "Indiana"}, {"KS", "Kansas"}, {"KY", "Kentucky"},
    {"LA", "Louisiana"}, {"MA", "Massachusetts"}, {"MD", "Maryland"}, {"ME", "Maine"}, {"MI", "Michigan"}, {"MN", "Minnesota"},
    {"MO", "Missouri"}, {"MS", "Mississippi"}, {"MT", "Montana"}, {"NC", "North Carolina"}, {"ND", "North Dakota"}, {"NE", "Nebraska"},
    {"NH", "New Hampshire"}, {"NJ", "New Jersey"}, {"NM", "New Mexico"}, {"NV", "Nevada"}, {"NY", "New York"}, {"OH", "Ohio"},
    {"OK", "Oklahoma"}, {"OR", "Oregon"}, {"PA", "Pennsylvania"}, {"RI", "Rhode Island"}, {"SC", "South Carolina"}, {"SD", "South Dakota"},
    {"TN", "Tennessee"}, {"TX", "Texas"}, {"UT", "Utah"}, {"VA", "Virginia"}, {"VT", "Vermont"}, {"WA", "Washington"},
    {"WI", "Wisconsin"}, {"WV", "West Virginia"}, {"WY", "Wyoming"},
};

template <size_t N>
const Code* find_code(const Code (&codes)[N], std::string_view code) {
  const auto found = std::ranges::find(codes, code, &Code::code);
  return found == std::end(codes) ? nullptr : &*found;
}

shapes::GeoLocationDetails continent(const Code& code) { return {.continent_code = std::string(code.code), .continent_name = std::string(code.name)}; }
shapes::GeoLocationDetails country(const Code& code) { return {.country_code = std::string(code.code), .country_name = std::string(code.name)}; }
shapes::GeoLocationDetails everywhere() { return {.country_code = "*", .country_name = "Default"}; }
shapes::GeoLocationDetails state(const Code& code) {
  shapes::GeoLocationDetails details = country(*find_code(kCountries, "US"));
  details.subdivision_code = std::string(code.code);
  details.subdivision_name = std::string(code.name);
  return details;
}

/// Continents, the rest of the world, then countries, each before its parts.
const std::vector<shapes::GeoLocationDetails>& all_locations() {
  static const std::vector<shapes::GeoLocationDetails> all = [] {
    std::vector<shapes::GeoLocationDetails> list;
    for (const Code& code : kContinents) list.push_back(continent(code));
    list.push_back(everywhere());
    for (const Code& code : kCountries) {
      list.push_back(country(code));
      if (code.code != "US") continue;
      for (const Code& part : kStates) list.push_back(state(part));
    }
    return list;
  }();
  return all;
}

Result<shapes::GetGeoLocationResponse> get(const shapes::GetGeoLocationRequest& request) {
  const bool asks_nothing = !request.continent_code && !request.country_code && !request.subdivision_code;
  for (const auto& one : all_locations()) {
    const bool is_it = asks_nothing ? one.country_code == "*" : one.continent_code == request.continent_code && one.country_code == request.country_code && one.subdivision_code == request.subdivision_code;
    if (is_it) return shapes::GetGeoLocationResponse{.geo_location_details = one};
  }
  const model::GeoLocation asked{.continent = text(request.continent_code), .country = text(request.country_code), .subdivision = text(request.subdivision_code)};
  return fail("NoSuchGeoLocation", fmt::format("The geolocation '{}' is not supported by Amazon Route 53.", described(asked)));
}

Result<shapes::ListGeoLocationsResponse> list(const shapes::ListGeoLocationsRequest& request) {
  if (request.start_continent_code && request.start_country_code) return fail("InvalidInput", "Expected at most one of [StartContinentCode, StartCountryCode], but found more than one");
  const size_t limit = TRY(item_limit(request.max_items, 100));
  const auto& all = all_locations();
  auto at = all.begin();
  if (request.start_continent_code || request.start_country_code) {
    at = std::ranges::find_if(all, [&](const auto& one) {
      return request.start_continent_code ? one.continent_code == request.start_continent_code : one.country_code == request.start_country_code && one.subdivision_code == request.start_subdivision_code;
    });
    if (at == all.end()) return fail("InvalidInput", "The geolocation that the list is to start with is not known");
  }
  shapes::ListGeoLocationsResponse answer{.geo_location_details_list = std::vector<shapes::GeoLocationDetails>{}, .is_truncated = false, .max_items = std::to_string(limit)};
  for (; at != all.end() && answer.geo_location_details_list->size() < limit; ++at) answer.geo_location_details_list->push_back(*at);
  if (at == all.end()) return answer;
  answer.is_truncated = true;
  answer.next_continent_code = at->continent_code;
  answer.next_country_code = at->country_code;
  answer.next_subdivision_code = at->subdivision_code;
  return answer;
}

}  // namespace

std::string described(const model::GeoLocation& geo) {
  std::vector<std::string> parts;
  if (!geo.continent.empty()) parts.push_back("ContinentCode=" + geo.continent);
  if (!geo.country.empty()) parts.push_back("CountryCode=" + geo.country);
  if (!geo.subdivision.empty()) parts.push_back("SubdivisionCode=" + geo.subdivision);
  return join(parts, ", ");
}

Result<void> check_geo_location(const shapes::GeoLocation& geo) {
  if (geo.continent_code.has_value() == geo.country_code.has_value()) return fail("InvalidInput", "Invalid request: Expected exactly one of [ContinentCode, CountryCode] in GeoLocation");
  if (geo.subdivision_code && geo.country_code != "US") return fail("InvalidInput", "Invalid request: SubdivisionCode is supported with the CountryCode US only");
  const model::GeoLocation asked{.continent = text(geo.continent_code), .country = text(geo.country_code), .subdivision = text(geo.subdivision_code)};
  const bool is_known = geo.continent_code ? find_code(kContinents, *geo.continent_code) != nullptr
                                           : (*geo.country_code == "*" || find_code(kCountries, *geo.country_code) != nullptr) && (!geo.subdivision_code || find_code(kStates, *geo.subdivision_code) != nullptr);
  if (!is_known) return fail("InvalidInput", fmt::format("The geolocation '{}' is not supported by Amazon Route 53.", described(asked)));
  return {};
}

void register_geo_location(aws::Registry& registry) {
  registry.add<shapes::GetGeoLocationRequest, shapes::GetGeoLocationResponse>("route53", "GetGeoLocation", {"*"}, [](const CallContext&, const auto& r) { return get(r); });
  registry.add<shapes::ListGeoLocationsRequest, shapes::ListGeoLocationsResponse>("route53", "ListGeoLocations", {"*"}, [](const CallContext&, const auto& r) { return list(r); });
}

}  // namespace landfall::services::route53
