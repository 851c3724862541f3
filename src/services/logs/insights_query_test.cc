#include "services/logs/insights_query.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

namespace landfall::services::logs::insights {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;  // 2023-11-14 22:13:20

/// Newest first, one a minute.
std::vector<Row> rows(const std::vector<std::string>& oldest_first) {
  std::vector<Row> made;
  for (size_t i = oldest_first.size(); i-- > 0;) made.push_back(row_of({.sequence = static_cast<int64_t>(i) + 1, .timestamp = {kStart + static_cast<int64_t>(i) * 60'000}, .stream = "s", .message = oldest_first[i]}, "0:g", fmt::format("p{}", i)));
  return made;
}

/// Rows as "name=value name=value", without @ptr.
std::vector<std::string> told(const std::string& text, const std::vector<std::string>& messages, size_t limit = 100) {
  const auto query = Query::parse(text);
  REQUIRE_MESSAGE(query.has_value(), text << ": " << (query ? "" : query.error().what));
  std::vector<std::string> lines;
  for (const Told& row : query->run(rows(messages), limit, {kStart}).rows) {
    std::string line;
    for (const auto& [name, value] : row) line += name == "@ptr" ? "" : (line.empty() ? "" : " ") + name + "=" + value;
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;
const Lines kJson{R"({"level":"INFO","ms":10,"who":{"name":"ada"}})", R"({"level":"ERROR","ms":30,"list":[7]})", "plain text", R"({"level":"ERROR","ms":20})"};

TEST_CASE("a query without fields tells when and what, newest first") {
  CHECK(told("limit 1", {"a", "b"}) == Lines{"@timestamp=2023-11-14 22:14:20.000 @message=b"});
  CHECK(told("fields @message", {"a", "b", "c"}, 2) == Lines{"@message=c", "@message=b"});
}

TEST_CASE("filters compare, look for texts, and take missing fields for false") {
  struct Case {
    const char* filter;
    size_t found;
  };
  for (const Case& c : {Case{"level = 'ERROR'", 2}, {"ms > 15", 2}, {"ms > 15 and ms < 25", 1}, {"level != 'ERROR'", 1}, {"not level = 'ERROR'", 2}, {"ispresent(who.name)", 1}, {"@message like 'plain'", 1}, {"@message like /(?i)PLAIN/", 1},
                        {"@message not like 'plain'", 3}, {"@message =~ /^pl.*t$/", 1}, {"level in ['INFO', 'WARN']", 1}, {"ms in [10, 20]", 2}, {"level = 'INFO' or (ms = 20)", 2}, {"list.0 = 7", 1}, {"strcontains(@message, 'who')", 1},
                        {"ms * 2 = 60", 1}, {"ms / 0 > 1", 0}, {"tolower(level) = 'error'", 2}, {"ms % 20 = 10", 2}, {"-ms < -25", 1}, {"2 ^ 3 ^ 1 = 8", 4}, {"strlen(@message) = 10 # said of the end", 1}}) {
    CAPTURE(std::string(c.filter));
    CHECK(told(std::string("fields @message | filter ") + c.filter, kJson).size() == c.found);
  }
}

TEST_CASE("fields are computed and named, and display begins anew") {
  CHECK(told("fields ms * 2 as twice, who.name | filter ms = 10", kJson) == Lines{"twice=20 who.name=ada"});
  CHECK(told("fields concat(level, '-', ms) | filter ms = 30", kJson) == Lines{"concat(level, '-', ms)=ERROR-30"});
  CHECK(told("fields @message | display coalesce(who.name, 'nobody') as name | limit 4", kJson) == Lines{"name=nobody", "name=nobody", "name=nobody", "name=ada"});
}

TEST_CASE("parse takes fields out of texts") {
  const Lines lines{"user=ada took 12 ms", "user=bob took 7 ms", "other"};
  CHECK(told("parse @message 'user=* took * ms' as user, took | filter ispresent(user) | display user, took", lines) == Lines{"user=bob took=7", "user=ada took=12"});
  CHECK(told(R"(parse @message /user=(?<user>\w+) took (?<took>\d+)/ | filter ispresent(user) | stats sum(took) as total by user | sort user)", lines) == Lines{"user=ada total=12", "user=bob total=7"});
}

TEST_CASE("stats groups, and a second one groups what it told") {
  CHECK(told("stats count(*) as n, avg(ms), max(ms), min(ms), sum(ms), pct(ms, 50) by level | sort n desc", kJson) ==
        Lines{"level=ERROR n=2 avg(ms)=25 max(ms)=30 min(ms)=20 sum(ms)=50 pct(ms, 50)=20", "n=1", "level=INFO n=1 avg(ms)=10 max(ms)=10 min(ms)=10 sum(ms)=10 pct(ms, 50)=10"});
  CHECK(told("filter ispresent(ms) | stats count(*) by bin(2m)", kJson) == Lines{"bin(2m)=2023-11-14 22:16:00.000 count(*)=1", "bin(2m)=2023-11-14 22:14:00.000 count(*)=1", "bin(2m)=2023-11-14 22:12:00.000 count(*)=1"});
  CHECK(told("stats count(*) as n by level | stats max(n) as most", kJson) == Lines{"most=2"});
  CHECK(told("filter level = 'none' | stats count(*)", kJson) == Lines{"count(*)=0"});
  CHECK(told("stats sum(ms) / count(ms) as mean, count_distinct(level), latest(ms), earliest(ms)", kJson) == Lines{"mean=20 count_distinct(level)=2 latest(ms)=20 earliest(ms)=10"});
}

TEST_CASE("sort takes numbers by size, and dedup keeps the first") {
  CHECK(told("fields ms | sort ms asc", {R"({"ms":9})", R"({"ms":10})", R"({"ms":-1})"}) == Lines{"ms=-1", "ms=9", "ms=10"});
  CHECK(told("fields level | sort level desc, ms asc | limit 2", kJson) == Lines{"level=INFO", "level=ERROR"});
  CHECK(told("fields level | filter ispresent(level) | dedup level", kJson) == Lines{"level=ERROR", "level=INFO"});
}

TEST_CASE("what is no query is malformed, and what is not carried is named") {
  for (const char* bad : {"", "fields", "fields @message |", "filter a =", "stats", "limit none", "limit 0", "limit 10001", "sort", "bogus x", "fields @message fields x", "filter (a = 1", "filter a like b", "parse @message 'a*b' as x, y", "parse @message /(/", "fields nosuch(a)",
                          "fields substr(a)", "filter a = 'open", "stats count(*) | stats count(*) | stats count(*)", "fields @message | count()", "fields ((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))"}) {
    CAPTURE(std::string(bad));
    const auto query = Query::parse(bad);
    REQUIRE_FALSE(query.has_value());
    CHECK(query.error().code == "MalformedQueryException");
  }
  CHECK(Query::parse("fields @message | pattern @message").error().what == "Landfall does not support the command pattern in Logs Insights queries yet");
  CHECK(Query::parse("fields isIpInSubnet(ip, '10.0.0.0/8')").error().what == "Landfall does not support the function isipinsubnet in Logs Insights queries yet");
}

}  // namespace
}  // namespace landfall::services::logs::insights
