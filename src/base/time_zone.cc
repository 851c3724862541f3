#include "base/time_zone.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "base/file.h"

namespace landfall {
namespace {

namespace chr = std::chrono;

int64_t big_endian(std::string_view bytes) {
  int64_t value = static_cast<signed char>(bytes[0]);
  for (const char byte : bytes.substr(1)) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

/// The counts of a TZif header, in its order.
struct Counts {
  int64_t utc, standard, leaps, changes, types, letters;
  int64_t bytes(int time_size) const { return changes * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) + standard + utc; }
};

constexpr size_t kHeader = 44;
constexpr size_t kLargest = 1 << 20;

bool read_header(std::string_view bytes, Counts& counts) {
  if (bytes.size() < kHeader || !bytes.starts_with("TZif")) return false;
  const auto at = [&](size_t i) { return big_endian(bytes.substr(20 + 4 * i, 4)); };
  counts = {at(0), at(1), at(2), at(3), at(4), at(5)};
  return std::ranges::all_of(std::initializer_list<int64_t>{counts.utc, counts.standard, counts.leaps, counts.changes, counts.types, counts.letters}, [](int64_t n) { return n >= 0 && n < static_cast<int64_t>(kLargest); });
}

int64_t days_of(int year, int month, int day) { return chr::sys_days(chr::year(year) / chr::month(static_cast<unsigned>(month)) / chr::day(static_cast<unsigned>(day))).time_since_epoch().count(); }

bool read_number(std::string_view& text, int& value) {
  size_t digits = 0;
  for (value = 0; digits < text.size() && digits < 6 && std::isdigit(static_cast<unsigned char>(text[digits])); ++digits) value = value * 10 + (text[digits] - '0');
  text.remove_prefix(digits);
  return digits > 0;
}

bool skip(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// "-7", "5:30": seconds.
bool read_time(std::string_view& text, int& seconds) {
  const bool is_negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  int hours = 0, minutes = 0, rest = 0;
  if (!read_number(text, hours)) return false;
  if (skip(text, ':') && !read_number(text, minutes)) return false;
  if (skip(text, ':') && !read_number(text, rest)) return false;
  seconds = (hours * 3600 + minutes * 60 + rest) * (is_negative ? -1 : 1);
  return true;
}

/// "PST" or "<+0330>".
bool skip_name(std::string_view& text) {
  size_t end = 0;
  if (!text.empty() && text[0] == '<') end = text.find('>') == std::string_view::npos ? 0 : text.find('>') + 1;
  else while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end]))) ++end;
  text.remove_prefix(end);
  return end > 0;
}

}  // namespace

bool TimeZone::Yearly::read(std::string_view& text) {
  return skip(text, ',') && skip(text, 'M') && read_number(text, month) && skip(text, '.') && read_number(text, week) && skip(text, '.') && read_number(text, weekday) && (!skip(text, '/') || read_time(text, seconds)) &&
         month >= 1 && month <= 12 && week >= 1 && week <= 5 && weekday <= 6;
}

int64_t TimeZone::Yearly::in(int year) const {
  const auto in_month = chr::year(year) / chr::month(static_cast<unsigned>(month));
  const chr::weekday day(static_cast<unsigned>(weekday));
  const chr::sys_days date = week == 5 ? chr::sys_days(in_month / day[chr::last]) : chr::sys_days(in_month / day[static_cast<unsigned>(week)]);
  return date.time_since_epoch().count() * 86'400 + seconds;
}

/// "PST8PDT,M3.2.0,M11.1.0" (POSIX, TZ); offsets there are west of UTC.
bool TimeZone::read_footer(std::string_view text) {
  if (!skip_name(text) || !read_time(text, standard_)) return false;
  standard_ = -standard_;
  summer_ = standard_ + 3600;
  has_rule_ = true;
  if (text.empty()) return true;
  if (!skip_name(text)) return false;
  if (!text.empty() && text[0] != ',') {
    if (!read_time(text, summer_)) return false;
    summer_ = -summer_;
  }
  has_summer_ = true;
  return begins_.read(text) && ends_.read(text) && text.empty();
}

Result<TimeZone> TimeZone::parse(std::string_view bytes) {
  const auto malformed = [] { return fail("TimeZone.Malformed", "the file is not one of time zone data (TZif, version 2 or later)", Blame::host); };
  Counts old{}, counts{};
  if (bytes.size() > kLargest || !read_header(bytes, old) || bytes[4] < '2') return malformed();
  if (bytes.size() < kHeader + static_cast<size_t>(old.bytes(4))) return malformed();
  bytes.remove_prefix(kHeader + static_cast<size_t>(old.bytes(4)));
  if (!read_header(bytes, counts) || counts.types == 0 || bytes.size() < kHeader + static_cast<size_t>(counts.bytes(8))) return malformed();
  const std::string_view body = bytes.substr(kHeader), types = body.substr(static_cast<size_t>(counts.changes) * 9);
  const auto offset_of = [&](size_t type) { return static_cast<int>(big_endian(types.substr(type * 6, 4))); };
  TimeZone zone;
  zone.first_offset_ = offset_of(0);
  for (size_t i = 0; i < static_cast<size_t>(counts.changes); ++i) {
    const auto type = static_cast<unsigned char>(body[static_cast<size_t>(counts.changes) * 8 + i]);
    if (type >= counts.types) return malformed();
    zone.changes_.push_back({.at = big_endian(body.substr(i * 8, 8)), .offset = offset_of(type)});
  }
  std::string_view footer = body.substr(static_cast<size_t>(counts.bytes(8)));
  if (footer.size() > 2 && !zone.read_footer(footer.substr(1, footer.size() - 2))) return malformed();
  return zone;
}

Result<TimeZone> TimeZone::load(const std::string& name) {
  const bool is_name = !name.empty() && name.size() < 64 && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '+' || c == '/'; }) && name[0] != '/';
  const auto bytes = is_name ? read_file("/usr/share/zoneinfo/" + name) : Result<std::string>(fail("TimeZone.Unknown", name));
  if (!bytes) return fail("TimeZone.Unknown", "there is no time zone '" + name + "' in /usr/share/zoneinfo of this host");
  return parse(*bytes);
}

int TimeZone::offset_at(WallTime time) const {
  const int64_t seconds = time.ms / 1000;
  const auto after = std::ranges::upper_bound(changes_, seconds, {}, &Change::at);
  if (after != changes_.end() || !has_rule_) return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
  if (!has_summer_) return standard_;
  const int year = static_cast<int>(chr::year_month_day(chr::floor<chr::days>(chr::sys_seconds(chr::seconds(seconds + standard_)))).year());
  const int64_t begins = begins_.in(year) - standard_, ends = ends_.in(year) - summer_;
  const bool is_summer = begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends;
  return is_summer ? summer_ : standard_;
}

CivilTime TimeZone::civil(WallTime time) const {
  const chr::sys_seconds local{chr::seconds(time.ms / 1000 + offset_at(time))};
  const auto date = chr::floor<chr::days>(local);
  const chr::year_month_day day(date);
  const auto rest = (local - date).count();
  return {.year = static_cast<int>(day.year()), .month = static_cast<int>(static_cast<unsigned>(day.month())), .day = static_cast<int>(static_cast<unsigned>(day.day())),
          .hour = static_cast<int>(rest / 3600), .minute = static_cast<int>(rest / 60 % 60), .second = static_cast<int>(rest % 60),
          .weekday = static_cast<int>(chr::weekday(date).c_encoding()), .days_in_month = static_cast<int>(static_cast<unsigned>(chr::year_month_day_last(day.year() / day.month() / chr::last).day()))};
}

WallTime TimeZone::moment(const CivilTime& t) const {
  const int64_t local = days_of(t.year, t.month, t.day) * 86'400 + t.hour * 3600 + t.minute * 60 + t.second;
  const int before = offset_at({(local - 86'400) * 1000});
  const WallTime first{(local - before) * 1000};
  const int there = offset_at(first);
  return there == before ? first : WallTime{(local - there) * 1000};
}

}  // namespace landfall
