#include "model/formula.h"

#include <doctest/doctest.h>

namespace landfall::model {
namespace {

/// Four periods of a minute; m2 misses the second.
Formula::Input input() {
  return {.series = {{"m1", {{0, 1}, {60'000, 2}, {120'000, 4}, {180'000, 8}}}, {"m2", {{0, 10}, {120'000, 20}, {180'000, 0}}}}, .periods = {{"m1", 60}, {"m2", 60}}, .metrics = {"m1", "m2"}, .times = {0, 60'000, 120'000, 180'000}};
}

Series series(std::initializer_list<std::pair<int, double>> minutes) {
  Series made;
  for (const auto& [minute, value] : minutes) made[minute * 60'000] = value;
  return made;
}

TEST_CASE("formulas compute period by period, and leave out what has no value") {
  struct Case {
    const char* text;
    Series result;
  };
  const Case cases[] = {{"(m1 + m2) * 100 / -2", series({{0, -550}, {2, -1200}, {3, -400}})},
                        {"m1 / m2", series({{0, 0.1}, {2, 0.2}})},
                        {"m1 - 1 - 1", series({{0, -1}, {1, 0}, {2, 2}, {3, 6}})},
                        {"m1 > 2 AND m1 < 8", series({{0, 0}, {1, 0}, {2, 1}, {3, 0}})},
                        {"m1 == 2 || m1 != 2", series({{0, 1}, {1, 1}, {2, 1}, {3, 1}})},
                        {"IF(m1 >= 4, m1, 0)", series({{0, 0}, {1, 0}, {2, 4}, {3, 8}})},
                        {"IF(m1 > 2, m2)", series({{2, 20}, {3, 0}})},
                        {"IF(SUM(m1) > 10, m1, m2)", series({{0, 1}, {1, 2}, {2, 4}, {3, 8}})},
                        {"FILL(m2, 7)", series({{0, 10}, {1, 7}, {2, 20}, {3, 0}})},
                        {"FILL(m2, REPEAT)", series({{0, 10}, {1, 10}, {2, 20}, {3, 0}})},
                        {"FILL(m2, LINEAR)", series({{0, 10}, {1, 15}, {2, 20}, {3, 0}})},
                        {"SUM(METRICS())", series({{0, 11}, {1, 2}, {2, 24}, {3, 8}})},
                        {"MAX([m1, m2])", series({{0, 10}, {1, 2}, {2, 20}, {3, 8}})},
                        {"SUM(METRICS(\"2\"))", series({{0, 10}, {2, 20}, {3, 0}})},
                        {"RATE(m1) * PERIOD(m1)", series({{1, 1}, {2, 2}, {3, 4}})},
                        {"DIFF(m2)", series({{2, 10}, {3, -20}})},
                        {"DIFF_TIME(m2)", series({{2, 120}, {3, 60}})},
                        {"RUNNING_SUM(m1)", series({{0, 1}, {1, 3}, {2, 7}, {3, 15}})},
                        {"m1 - AVG(m1)", series({{0, -2.75}, {1, -1.75}, {2, 0.25}, {3, 4.25}})},
                        {"TIME_SERIES(DATAPOINT_COUNT(m2))", series({{0, 3}, {1, 3}, {2, 3}, {3, 3}})},
                        {"CEIL(m1 / 3) + FLOOR(m1 / 3) + ABS(-m1) ^ 2", series({{0, 2}, {1, 5}, {2, 19}, {3, 69}})},
                        {"unknown + m1", series({})}};
  for (const Case& c : cases) {
    CAPTURE(std::string(c.text));
    const auto formula = Formula::parse(c.text);
    REQUIRE_MESSAGE(formula.has_value(), (formula ? "" : formula.error().what));
    const auto made = formula->evaluate(input());
    REQUIRE(made.has_value());
    REQUIRE(made->size() == 1);
    CHECK(made->front() == c.result);
  }
  CHECK(Formula::parse("METRICS() * 2")->evaluate(input())->size() == 2);
  CHECK(Formula::parse("1 - 2 - 3")->evaluate({}).error().code == "Formula.Scalar");
  CHECK(Formula::parse("SUM(m1)")->evaluate(input()).error().code == "Formula.Scalar");
}

TEST_CASE("what is no formula, and what Landfall does not know, is refused by name") {
  CHECK(Formula::parse("SEARCH('{A}', 'Sum', 60)").error().what.find("SEARCH") != std::string::npos);
  CHECK(Formula::parse("ANOMALY_DETECTION_BAND(m1)").error().what.find("ANOMALY_DETECTION_BAND") != std::string::npos);
  for (const char* text : {"", "m1 +", "(m1", "m1 m2", "m1 = 2", "IF(m1)", "[m1", "FILL(m1)", "METRICS(", "SUM()"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(Formula::parse(text).has_value());
  }
  CHECK_FALSE(Formula::parse(std::string(1000, '(')).has_value());
  CHECK_FALSE(Formula::parse(std::string(1000, '-') + "m1").has_value());
}

}  // namespace
}  // namespace landfall::model
