#include <doctest/doctest.h>

#include "alb/config.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("a rule's condition that could hold for no request is refused") {
  const auto checked = [](model::Condition condition) {
    Config config;
    config.balancer.name = "lb";
    const model::Action answer{.type = "fixed-response", .fixed_response = model::FixedResponse{"200", "text/plain", "a"}};
    config.listeners = {{.listener = {.arn = "l", .port = 80, .protocol = "HTTP", .default_actions = {answer}}, .rules = {{.priority = 7, .conditions = {std::move(condition)}, .actions = {answer}}}}};
    const auto result = check_config(config);
    return result ? "" : result.error().what;
  };
  CHECK(checked({.field = "source-ip", .values = {"10.0.0.0/8", "2001:db8::/32"}}) == "");
  CHECK(checked({.field = "source-ip", .values = {"10.0.0/8"}}) == "rule 7 of the listener on port 80: source-ip value is '10.0.0/8'; wanted a CIDR block");
  CHECK(checked({.field = "source-ip", .values = {"10.0.0.1"}}) == "rule 7 of the listener on port 80: source-ip value is '10.0.0.1'; wanted a CIDR block");
  CHECK(checked({.field = "path-pattern", .regex_values = {"^/a"}}) == "");
  CHECK(checked({.field = "path-pattern", .regex_values = {"("}}) == "rule 7 of the listener on port 80: regex value is '('; wanted a regular expression (missing ): ()");
  CHECK(checked({.field = "colour", .values = {"red"}}).starts_with("rule 7 of the listener on port 80: condition 'colour' is not supported"));
}
