#include "terraform/utility/moment.h"

#include <doctest/doctest.h>

namespace landfall::terraform::utility_types {

TEST_CASE("a span of months and years is added as calendars do") {
  const auto from = [](const char* time, const Span& span) { return iso8601(later(*parse_iso8601(time), span)); };

  CHECK(from("2024-01-31T00:00:00Z", {.months = 1}) == "2024-03-02T00:00:00Z");
  CHECK(from("2023-12-31T23:59:59Z", {.seconds = 1}) == "2024-01-01T00:00:00Z");
  CHECK(from("2024-02-29T12:00:00Z", {.years = 1}) == "2025-03-01T12:00:00Z");
  CHECK(from("2024-03-01T00:00:00Z", {.days = -1, .hours = 2, .minutes = 3}) == "2024-02-29T02:03:00Z");
}

TEST_CASE("a time without a zone is no time of RFC 3339") {
  CHECK(check_rfc3339(Value::string("2024-01-31T00:00:00Z")).empty());
  CHECK(check_rfc3339(Value::string("2024-01-31T00:00:00+02:00")).empty());
  CHECK(!check_rfc3339(Value::string("2024-01-31T00:00:00")).empty());
  CHECK(!check_rfc3339(Value::string("tomorrow")).empty());
}

}  // namespace landfall::terraform::utility_types
