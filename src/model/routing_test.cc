#include "model/routing.h"

#include <doctest/doctest.h>

using namespace landfall::model;

namespace {

Rule rule(int priority, std::vector<Condition> conditions, const std::string& group) {
  return {.arn = "rule-" + std::to_string(priority),
          .listener_arn = "l",
          .priority = priority,
          .conditions = std::move(conditions),
          .actions = {{.type = "forward", .target_groups = {{group, 1}}}}};
}
Condition host(std::string value) { return {.field = "host-header", .values = {std::move(value)}}; }
Condition path(std::string value) { return {.field = "path-pattern", .values = {std::move(value)}}; }

}  // namespace

TEST_CASE("the smallest priority that matches takes the request") {
  const Listener listener{.arn = "l"};
  const std::vector<Rule> rules{rule(20, {host("*.test")}, "b"), rule(10, {host("a.test"), path("/x*")}, "a")};
  CHECK(first_match(listener, rules, {.host = "A.test:443", .path = "/xy"})->priority == 10);
  CHECK(first_match(listener, rules, {.host = "a.test", .path = "/y"})->priority == 20);
  CHECK(first_match(listener, rules, {.host = "other", .path = "/y"}) == nullptr);
}

TEST_CASE("a redirect's placeholders stand for the request's parts, each wherever it is put") {
  const RequestParts parts{.protocol = "http", .host = "a.test", .port = "80", .path = "/x/y", .query = "q=1"};
  CHECK(redirect_location({}, parts) == "http://a.test:80/x/y?q=1");
  CHECK(redirect_location({.protocol = "HTTPS", .port = "443"}, parts) == "https://a.test:443/x/y?q=1");
  CHECK(redirect_location({.host = "www.#{host}", .path = "/#{host}/#{port}/#{path}", .query = "from=#{protocol}-#{host}-#{port}-#{path}&#{query}"}, parts) == "http://www.a.test:80/a.test/80/x/y?from=http-a.test-80-x/y&q=1");
  CHECK(redirect_location({.query = ""}, parts) == "http://a.test:80/x/y");
  CHECK(redirect_location({}, {.protocol = "http", .host = "a.test", .port = "80", .path = "/#{query}", .query = "q=1"}) == "http://a.test:80/#{query}?q=1");
}

TEST_CASE("a query's pairs match with wildcards in either case, and plainly behind a backslash") {
  CHECK(has_query({"V*", "a?c"}, "x=1&version=ABC"));
  CHECK(has_query({"", "1"}, "x=1"));
  CHECK_FALSE(has_query({"y", "1"}, "x=1"));
  CHECK(has_query({"v", "a\\*B"}, "v=A*b"));
  CHECK_FALSE(has_query({"v", "a\\*b"}, "v=axb"));
}

TEST_CASE("a glob covers another when it matches everything that one does") {
  CHECK(glob_covers("*", "a?c*", false));
  CHECK(glob_covers("*.test", "*.a.test", false));
  CHECK(glob_covers("/a/*", "/a/b", false));
  CHECK(glob_covers("A?", "ab", true));
  CHECK_FALSE(glob_covers("*.a.test", "*.test", false));
  CHECK_FALSE(glob_covers("a?", "a*", false));
  CHECK_FALSE(glob_covers("ab", "a?", false));
}

TEST_CASE("a broader rule before a narrower one shadows it") {
  const std::vector<Rule> rules{rule(5, {path("/*")}, "prod"), rule(10, {host("*staging.test")}, "staging")};
  const auto found = shadows(rules);
  REQUIRE(found.size() == 1);
  CHECK(found[0].hidden->priority == 10);
  CHECK(found[0].by->priority == 5);
}

TEST_CASE("rules in the right order, or with the same effect, shadow nothing") {
  CHECK(shadows({rule(10, {host("a.test")}, "a"), rule(20, {host("*.test")}, "b")}).empty());
  CHECK(shadows({rule(5, {path("/*")}, "a"), rule(10, {host("a.test")}, "a")}).empty());
  CHECK(shadows({rule(5, {host("a.test"), path("/x")}, "a"), rule(10, {host("a.test")}, "b")}).empty());
}

TEST_CASE("SNI chooses a certificate that covers the host, else the default") {
  const std::vector<Certificate> certificates{{.arn = "c1", .names = {"example.test", "*.example.test"}},
                                              {.arn = "c2", .names = {"*.staging.example.test"}}};
  const Listener listener{.certificates = {{"c1", true}, {"c2", false}}};
  CHECK(chosen_certificate(listener, certificates, "www.staging.example.test")->arn == "c2");
  CHECK(chosen_certificate(listener, certificates, "unknown.test")->arn == "c1");
}
