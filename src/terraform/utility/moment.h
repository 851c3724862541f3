#pragma once

#include <string>

#include "base/clock.h"
#include "terraform/record.h"
#include "terraform/schema.h"

/// Points in time, as the types of the provider time show them.
namespace landfall::terraform::utility_types {

/// Years to seconds, added as calendars do: January 31 and one month is March 3 (Go's time.AddDate).
struct Span {
  int64_t years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0;
};
WallTime later(WallTime time, const Span& span);

WallTime this_second(const Clock& clock);
/// For checked(): a time in the form of RFC 3339.
std::string check_rfc3339(const Value& value);
/// year, month, day, hour, minute, second and unix.
void set_parts(Record& state, WallTime time);
std::vector<Attribute> part_attributes();
void forget_parts(Record& planned);  ///< all of them unknown

/// The numbers after the first part of "TIME,1,2,3" of an import's id. Errors: "Import.Malformed" names `form`.
Result<std::vector<int64_t>> numbers_after_time(const std::vector<std::string>& parts, size_t count, const std::string& form);

}  // namespace landfall::terraform::utility_types
