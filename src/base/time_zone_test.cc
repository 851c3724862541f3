#include <doctest/doctest.h>

#include "base/time_zone.h"

namespace landfall {
namespace {

std::string big_endian(int64_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A TZif file without listed changes: all is in the rule of its footer.
std::string file_with(int offset, const std::string& rule) {
  const std::string header = std::string("TZif2") + std::string(15, '\0');
  const auto counts = [](int types, int letters) { return big_endian(0, 4) + big_endian(0, 4) + big_endian(0, 4) + big_endian(0, 4) + big_endian(types, 4) + big_endian(letters, 4); };
  return header + counts(0, 0) + header + counts(1, 4) + big_endian(offset, 4) + std::string(2, '\0') + std::string("LMT\0", 4) + "\n" + rule + "\n";
}

WallTime at(const char* text) { return *parse_iso8601(text); }

}  // namespace

TEST_CASE("a rule for each year tells when summer time is") {
  const auto zone = TimeZone::parse(file_with(-28'800, "PST8PDT,M3.2.0,M11.1.0"));
  REQUIRE(zone);
  CHECK(zone->offset_at(at("2026-01-15T12:00:00Z")) == -8 * 3600);
  CHECK(zone->offset_at(at("2026-03-08T09:59:59Z")) == -8 * 3600);
  CHECK(zone->offset_at(at("2026-03-08T10:00:00Z")) == -7 * 3600);
  CHECK(zone->offset_at(at("2026-11-01T08:59:59Z")) == -7 * 3600);
  CHECK(zone->offset_at(at("2026-11-01T09:00:00Z")) == -8 * 3600);
  CHECK(zone->moment({.year = 2026, .month = 7, .day = 1, .hour = 8}) == at("2026-07-01T15:00:00Z"));
  CHECK(zone->civil(at("2026-07-01T15:04:05Z")).hour == 8);
}

TEST_CASE("summer time of the southern half spans the year's end; names may be in angle brackets") {
  const auto zone = TimeZone::parse(file_with(36'000, "AEST-10AEDT,M10.1.0,M4.1.0/3"));
  REQUIRE(zone);
  CHECK(zone->offset_at(at("2026-01-15T12:00:00Z")) == 11 * 3600);
  CHECK(zone->offset_at(at("2026-07-15T12:00:00Z")) == 10 * 3600);
  CHECK(TimeZone::parse(file_with(19'800, "<+0530>-5:30"))->offset_at(at("2026-07-15T12:00:00Z")) == 19'800);
}

TEST_CASE("what is no time zone is refused") {
  CHECK_FALSE(TimeZone::parse("").has_value());
  CHECK_FALSE(TimeZone::parse(file_with(0, "PST8PDT,nonsense")).has_value());
  CHECK(TimeZone::load("../../etc/passwd").error().code == "TimeZone.Unknown");
  CHECK(TimeZone::load("No/Where").error().code == "TimeZone.Unknown");
}

}  // namespace landfall
