#include "model/alarm_expression.h"

#include <map>

#include <doctest/doctest.h>

namespace landfall::model {
namespace {

const std::map<std::string, std::string> kStates{{"a", "ALARM"}, {"o", "OK"}, {"i", "INSUFFICIENT_DATA"}, {"two words", "ALARM"}};

std::string state_of(const std::string& name) {
  const auto found = kStates.find(name);
  return found == kStates.end() ? "" : found->second;
}

TEST_CASE("rules look at the states of alarms") {
  struct Case {
    const char* rule;
    bool holds;
  };
  for (const Case& c : {Case{"ALARM(a)", true}, {"ALARM(\"a\")", true}, {"ALARM('two words')", true}, {"ALARM(arn:aws:cloudwatch:us-west-2:1:alarm:a)", true}, {"OK(a)", false}, {"INSUFFICIENT_DATA(i)", true}, {"NOT ALARM(a)", false}, {"ALARM(gone)", false},
                        {"NOT OK(gone)", true}, {"TRUE", true}, {"FALSE", false}, {"ALARM(o) OR ALARM(a) AND OK(o)", true}, {"(ALARM(o) OR ALARM(a)) AND OK(i)", false}, {"NOT (ALARM(a) AND OK(o))", false}, {"NOT ALARM(o) AND ALARM(a)", true},
                        {"AT_LEAST(2, ALARM, (a, o, 'two words'))", true}, {"AT_LEAST(50%, OK, (a, o, i))", false}, {"AT_LEAST(2, NOT ALARM, (a, o, i))", true}}) {
    CAPTURE(std::string(c.rule));
    const auto rule = AlarmExpression::parse(c.rule);
    REQUIRE_MESSAGE(rule.has_value(), (rule ? "" : rule.error().what));
    CHECK(rule->holds(state_of) == c.holds);
  }
  CHECK(AlarmExpression::parse("ALARM(b) OR OK(a) OR ALARM(b)")->alarms() == std::vector<std::string>{"b", "a"});
}

TEST_CASE("what is no rule is refused") {
  for (const char* bad : {"", " TRUE", "ALARM", "ALARM()", "ALARM(a", "ALARM(a) AND", "ALARM(a) ALARM(b)", "alarm(a)", "NOT", "(TRUE", "AT_LEAST(3, ALARM, (a, b))", "AT_LEAST(0, ALARM, (a))", "ALARM(\"a)", "TRUEX"}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(AlarmExpression::parse(bad).has_value());
  }
  std::string deep(200, '(');
  CHECK_FALSE(AlarmExpression::parse(deep + "TRUE" + std::string(200, ')')).has_value());
}

}  // namespace
}  // namespace landfall::model
