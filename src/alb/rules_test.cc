#include "alb/rules.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>

#include <random>

#include "model/routing.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

RequestView view_of(const model::RequestLine& line, std::vector<http::h1::Field>& fields) {
  RequestView view{.host = line.host, .path = line.path, .query = line.query, .method = line.method, .source = {}, .fields = &fields};
  inet_pton(AF_INET, line.source_ip.c_str(), &view.source);
  for (const auto& [name, value] : line.headers) fields.push_back({.name = name, .value = value});
  return view;
}

struct Chooser {
  std::mt19937 random;
  const std::string& one(const std::vector<std::string>& of) { return of[random() % of.size()]; }
  bool sometimes(unsigned n) { return random() % n == 0; }
};

}  // namespace

TEST_CASE("compiled rules choose as the records say, whatever the rules") {
  const std::vector<std::string> host_patterns{"a.test", "*.a.test", "b.a.test", "*a.test", "?.test", "*.test", "x.y.z.test", "*", "B.A.test"};
  const std::vector<std::string> hosts{"a.test", "b.a.test", "c.b.a.test", "x.test", "x.y.z.test", "A.TEST", "ba.test", "nowhere"};
  const std::vector<std::string> path_patterns{"/", "/a", "/a/*", "/a/b/*", "/a/b?", "*.png", "/*", "/a/*/c", "/x"};
  const std::vector<std::string> paths{"/", "/a", "/a/", "/a/b", "/a/b/c", "/a/bc", "/i.png", "/x", "/a/b/c/d"};
  const std::vector<std::string> queries{"", "v=1", "v=2&w=1", "W=1", "v"}, methods{"GET", "POST", "get"}, sources{"10.0.0.1", "10.0.1.1", "192.0.2.9"};
  Chooser chooser{std::mt19937(20261125)};
  for (int round = 0; round < 400; ++round) {
    model::Listener listener{.arn = "l"};
    std::vector<model::Rule> rules;
    for (int i = 0; i < 12; ++i) {
      model::Rule rule{.listener_arn = "l", .priority = i + 1};
      if (!chooser.sometimes(3)) rule.conditions.push_back({.field = "host-header", .values = {chooser.one(host_patterns), chooser.one(host_patterns)}});
      if (chooser.sometimes(2)) rule.conditions.push_back({.field = "path-pattern", .values = {chooser.one(path_patterns)}});
      if (chooser.sometimes(4)) rule.conditions.push_back({.field = "http-request-method", .values = {chooser.one(methods)}});
      if (chooser.sometimes(4)) rule.conditions.push_back({.field = "query-string", .query_strings = {{chooser.sometimes(2) ? "v" : "", chooser.sometimes(2) ? "1" : "*"}}});
      if (chooser.sometimes(4)) rule.conditions.push_back({.field = "source-ip", .values = {"10.0.0.0/24", "2001:db8::/32", "192.0.2.9/32"}});
      if (chooser.sometimes(5)) rule.conditions.push_back({.field = "http-header", .values = {"*bot*"}, .http_header_name = "User-Agent"});
      if (chooser.sometimes(6)) rule.conditions.push_back({.field = "path-pattern", .regex_values = {"^/a/[b-d]c?$"}});
      if (chooser.sometimes(6)) rule.conditions.push_back({.field = "host-header", .regex_values = {"^[a-c]\\.A", "x$"}});
      if (rule.conditions.empty()) rule.conditions.push_back({.field = "path-pattern", .values = {"/x"}});
      rules.push_back(std::move(rule));
    }
    const RuleTable table(rules);
    for (int i = 0; i < 50; ++i) {
      model::RequestLine line{.host = chooser.one(hosts), .path = chooser.one(paths), .method = chooser.one(methods), .query = chooser.one(queries), .source_ip = chooser.one(sources)};
      if (chooser.sometimes(2)) line.headers = {{"user-agent", "a Bot indeed"}};
      std::vector<http::h1::Field> fields;
      const int found = table.match(view_of(line, fields));
      const model::Rule* wanted = model::first_match(listener, rules, line);
      REQUIRE_MESSAGE((found < 0 ? nullptr : &rules[static_cast<size_t>(found)]) == wanted, "round ", round, " host ", line.host, " path ", line.path);
    }
  }
}

TEST_CASE("a field that is there several times matches by any of them, in order") {
  const std::vector<model::Rule> rules{{.priority = 1, .conditions = {{.field = "http-header", .values = {"blue*"}, .http_header_name = "X-Color"}}}};
  const RuleTable table(rules);
  const auto match = [&](const std::vector<http::h1::Field>& fields) { return table.match({.host = "a", .path = "/", .query = "", .method = "GET", .fields = &fields}); };
  CHECK(match({{.name = "X-Color", .value = "red"}, {.name = "x-color", .value = "Blue 7"}}) == 0);
  CHECK(match({{.name = "X-Color", .value = "blue"}, {.name = "X-Color", .value = "red"}}) == 0);
  CHECK(match({{.name = "X-Color", .value = "red"}, {.name = "X-Other", .value = "blue"}}) == -1);
}

TEST_CASE("a block of IPv6 takes no request, for no client has such an address") {
  const std::vector<model::Rule> rules{{.priority = 1, .conditions = {{.field = "source-ip", .values = {"::/0"}}}}, {.priority = 2, .conditions = {{.field = "source-ip", .values = {"0.0.0.0/0"}}}}};
  RequestView view{.host = "a", .path = "/", .query = "", .method = "GET"};
  inet_pton(AF_INET, "192.0.2.9", &view.source);
  CHECK(RuleTable(rules).match(view) == 1);
}

TEST_CASE("control characters are left out of the comparison") {
  const std::vector<model::Rule> rules{{.priority = 1, .conditions = {{.field = "path-pattern", .values = {"/admin/*"}}}}};
  const RuleTable table(rules);
  CHECK(table.match({.host = "a", .path = "/ad\x01min/x", .query = "", .method = "GET"}) == 0);
  CHECK(table.match({.host = "a", .path = "/admi/x", .query = "", .method = "GET"}) == -1);
}
