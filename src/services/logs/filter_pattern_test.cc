#include "services/logs/filter_pattern.h"

#include <doctest/doctest.h>

namespace landfall::services::logs {
namespace {

TEST_CASE("patterns find the events that they describe") {
  const std::string json = R"({"level":"ERROR","code":404,"who":{"name":"ada","ids":[1,2]},"ok":true,"none":null})";
  const std::string line = "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /a.gif HTTP/1.0\" 404 1534";
  struct Case {
    const char* pattern;
    std::string message;
    bool matches;
  };
  const Case cases[] = {{"", "anything", true}, {"ERROR", "an ERROR here", true}, {"ERROR", "an error here", false}, {"ERROR fatal", "fatal ERROR", true}, {"\"two words\"", "two  words", false}, {"?a1 ?b1", "b1", true},
                        {"?a1 ?b1", "c1", false}, {"ERROR -fatal", "fatal ERROR", false}, {"{ $.level = \"ERROR\" }", json, true}, {"{ $.level = E* && $.code >= 400 }", json, true}, {"{ $.code < 400 || ($.who.name = \"ada\") }", json, true},
                        {"{ $.who.ids[1] = 2 }", json, true}, {"{ $.who.ids[5] = 2 }", json, false}, {"{ $.ok IS TRUE }", json, true}, {"{ $.none IS NULL }", json, true}, {"{ $.missing NOT EXISTS }", json, true}, {"{ $.code != 404 }", json, false},
                        {"{ $.code = 404 }", "no json", false}, {"[ip, id, user, time, request, status=4*, size]", line, true}, {"[ip, id, user, time, request, status=4* && status!=404, size]", line, false}, {"[ip, ..., status=404, size>1000]", line, true},
                        {"[ip, ..., request=\"*gif*\", status, size]", line, true}, {"[ip, user]", line, false}};
  for (const Case& c : cases) {
    CAPTURE(std::string(c.pattern));
    const auto pattern = FilterPattern::parse(c.pattern);
    REQUIRE(pattern);
    CHECK(pattern->matches(c.message) == c.matches);
  }
  CHECK(FilterPattern::parse("[ip, ..., status, size]")->value_of(line, "$size") == "1534");
  CHECK(FilterPattern::parse("{ $.code = * }")->value_of(json, "$.who.name") == "ada");
  CHECK(FilterPattern::parse("{ $.code = 404 }")->values_of(json).at("$.code") == "404");
}

TEST_CASE("patterns that are none are refused") {
  for (const char* bad : {"{", "{ $.a }", "{ a = 1 }", "[", "[a, ...", "[..., ...]", "[a=]", "\"open", "%re%", "{ ((((((((((((((((((($.a=1) }", "a=b"}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(FilterPattern::parse(bad).has_value());
  }
}

}  // namespace
}  // namespace landfall::services::logs
