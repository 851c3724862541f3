#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "hcl/evaluate.h"

/// Expressions with what the console of Terraform 1.11.4 printed, and its words for failures where ours are
/// the same: tests/data/hcl/console.json.
namespace landfall::hcl {
namespace {

/// Terraform wraps its lines.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t';
    if (!is_blank) out += c;
    if (is_blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

struct Answer {
  bool ok = false;
  std::string text;
};

Answer answer(std::string_view expression) {
  const ParsedExpression parsed = parse_expression("<console-input>", expression);
  const auto told = [](const Diagnostics& d) {
    return Answer{false, on_one_line(d[0].summary + ": " + d[0].detail)};
  };
  if (!parsed.expression) return told(parsed.diagnostics);
  const Evaluated result = evaluate(*parsed.expression, MapScope());
  if (!result.ok()) return told(result.diagnostics);
  return {true, to_console(result.value)};
}

}  // namespace

TEST_CASE("expressions print and fail as in Terraform's console") {
  const std::string text =
      *read_file(std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests/data/hcl/console.json");
  const json::value bank = *parse_json(text);
  const json::array& cases = *array_member(bank.as_object(), "cases");
  REQUIRE(cases.size() > 800);

  for (const json::value& entry : cases) {
    const json::object& test = entry.as_object();
    const std::string_view expression = string_member(test, "expr");
    const Answer ours = answer(expression);
    if (test.contains("console")) {
      const std::string_view wanted = string_member(test, "console");
      CHECK_MESSAGE((ours.ok && ours.text == wanted),
                    fmt::format("{}\n  wanted {}\n  got {}", expression, wanted, ours.text));
      continue;
    }
    const std::string_view wanted = string_member(test, "error");
    CHECK_MESSAGE(!ours.ok, fmt::format("{} gives {}", expression, ours.text));
    const bool same = wanted.empty() || ours.text == wanted;
    CHECK_MESSAGE(same, fmt::format("{}\n  wanted {}\n  got {}", expression, wanted, ours.text));
  }
}

}  // namespace landfall::hcl
