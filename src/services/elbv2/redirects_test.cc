#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

struct Redirects : BalancerForTest {
  Result<std::vector<model::Action>> read(const shapes::RedirectActionConfig& config, const model::Listener& of = {.port = 80, .protocol = "HTTP"}) {
    return read_alone({shapes::Action{.redirect_config = config, .type = "redirect"}}, of);
  }
  static shapes::RedirectActionConfig part(std::string_view name, const std::string& value) {
    shapes::RedirectActionConfig config{.port = "8080", .status_code = "HTTP_301"};
    (name == "host" ? config.host : name == "path" ? config.path : name == "port" ? config.port : name == "query" ? config.query : config.protocol) = value;
    return config;
  }
};

TEST_CASE_FIXTURE(Redirects, "each part of a redirect has the placeholders that the guide gives it, once") {
  const std::map<std::string, std::vector<std::string>> allowed{{"host", {"#{host}"}}, {"port", {"#{port}"}}, {"path", {"#{host}", "#{port}", "#{path}"}}, {"query", {"#{protocol}", "#{host}", "#{port}", "#{path}", "#{query}"}}};
  const std::map<std::string, std::string> sentences{{"host", "The Host parameter must be a valid host name, and may contain up to one of each of these placeholders: '#{host}'."},
                                                     {"port", "The Port parameter must be a number from 1 to 65535, or '#{port}'."},
                                                     {"path", "The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: '#{path}', '#{host}', '#{port}'."},
                                                     {"query", "The Query parameter must be a valid query, and may contain up to one of each of these placeholders: '#{query}', '#{path}', '#{host}', '#{port}', '#{protocol}'."}};
  for (const auto& [name, own] : allowed) {
    for (const char* placeholder : {"#{protocol}", "#{host}", "#{port}", "#{path}", "#{query}", "#{colour}"}) {
      const std::string value = (name == "path" ? "/" : "") + std::string(placeholder);
      auto config = part(name, value);
      if (name == "port") config.host = "elsewhere.test";
      const auto read_one = read(config);
      INFO(name << " " << placeholder);
      if (std::ranges::count(own, placeholder) > 0) {
        CHECK(code_of(read_one) == "");
      } else {
        CHECK(code_of(read_one) == "InvalidLoadBalancerAction");
        CHECK(what_of(read_one) == sentences.at(name));
      }
    }
  }
  for (const auto& [name, twice] : std::map<std::string, std::string>{{"host", "#{host}#{host}"}, {"path", "/#{path}/#{path}"}, {"query", "#{query}#{query}"}}) CHECK_MESSAGE(what_of(read(part(name, twice))) == sentences.at(name), name);
  for (const auto& [name, bad] : std::multimap<std::string, std::string>{{"path", "a"}, {"path", "/a b"}, {"host", "a/b"}, {"host", "a b"}, {"port", "0"}, {"port", "65536"}, {"port", "80x"}, {"query", "a b"}}) CHECK_MESSAGE(what_of(read(part(name, bad))) == sentences.at(name), name << " " << bad);
}

TEST_CASE_FIXTURE(Redirects, "what is not given stays as it is, and both codes are told back") {
  for (const char* code : {"HTTP_301", "HTTP_302"}) {
    const auto made = rule_of(code[7] - '0', {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.redirect_config = shapes::RedirectActionConfig{.host = "www.#{host}", .status_code = code}, .type = "redirect"}});
    REQUIRE_MESSAGE(made, what_of(made));
    const auto& told = *made->rules->at(0).actions->at(0).redirect_config;
    CHECK(told.status_code == code);
    CHECK(told.protocol == "#{protocol}");
    CHECK(told.host == "www.#{host}");
    CHECK(told.port == "#{port}");
    CHECK(told.path == "/#{path}");
    CHECK(told.query == "#{query}");
  }
  for (const auto& config : {shapes::RedirectActionConfig{.port = "1", .status_code = "HTTP_307"}, shapes::RedirectActionConfig{.protocol = "ftp", .status_code = "HTTP_301"}}) {
    CHECK(code_of(rule_of(9, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.redirect_config = config, .type = "redirect"}})) == "ValidationError");
  }
  CHECK(what_of(rule_of(9, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.type = "redirect"}})) == "For actions of type 'redirect', you must specify the following fields: 'RedirectConfig'");
}

TEST_CASE_FIXTURE(Redirects, "a redirect that leads back to its listener is a loop") {
  const std::string loop = "The redirect configuration is not valid because it creates a loop.";
  const auto refused = [&](const shapes::RedirectActionConfig& config, const model::Listener& of = {.port = 80, .protocol = "HTTP"}) { return what_of(read(config, of)); };
  CHECK(refused({.status_code = "HTTP_301"}) == loop);
  CHECK(refused({.query = "a=b", .status_code = "HTTP_301"}) == loop);
  CHECK(refused({.host = "#{host}", .path = "/#{path}", .port = "80", .protocol = "HTTP", .status_code = "HTTP_301"}) == loop);
  CHECK(refused({.port = "443", .protocol = "HTTPS", .status_code = "HTTP_301"}, {.port = 443, .protocol = "HTTPS"}) == loop);
  CHECK(refused({.port = "443", .protocol = "HTTPS", .status_code = "HTTP_301"}) == "");
  CHECK(refused({.port = "8080", .status_code = "HTTP_301"}) == "");
  CHECK(refused({.host = "elsewhere.test", .status_code = "HTTP_301"}) == "");
  CHECK(refused({.path = "/", .status_code = "HTTP_301"}) == "");
  CHECK(refused({.protocol = "HTTP", .status_code = "HTTP_301"}, {.port = 443, .protocol = "HTTPS"}) == "Redirecting from HTTPS to HTTP is not supported");

  REQUIRE(rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.redirect_config = shapes::RedirectActionConfig{.port = "8080", .status_code = "HTTP_301"}, .type = "redirect"}}));
  CHECK(what_of(call<shapes::ModifyListenerOutput>("ModifyListener", shapes::ModifyListenerInput{.listener_arn = listener, .port = 8080})) == loop);
  CHECK(store::find<model::Listener>(*store, listener)->port == 80);
}

}  // namespace
}  // namespace landfall::services::elbv2
