#include "hcl/evaluate.h"

#include <doctest/doctest.h>

#include "base/clock.h"
#include "base/ids.h"

namespace landfall::hcl {
namespace {

/// Knows `aws_subnet.x` (three of them), `var.*` and a value that is not known yet.
class TestScope final : public Scope {
 public:
  std::expected<Resolution, Diagnostic> resolve(const Reference& reference) const override {
    if (reference.root() == "aws_subnet" && reference.name(1) == "x") {
      std::vector<Value> subnets;
      for (const char* id : {"s-1", "s-2", "s-3"})
        subnets.push_back(Value::object({{"id", Value::string(id)}}));
      return Resolution{Value::tuple(subnets), 2};
    }
    if (reference.root() == "var" && reference.name(1) == "list") {
      return Resolution{Value::list(Type::string(), {Value::string("a"), Value::string("b")}), 2};
    }
    if (reference.root() == "var" && reference.name(1) == "later")
      return Resolution{Value::unknown(Type::string()), 2};
    if (reference.root() == "var" && reference.name(1) == "later_list") {
      return Resolution{Value::unknown(Type::list(Type::string())), 2};
    }
    if (reference.root() == "var" && reference.name(1) == "five") return Resolution{Value::string("5"), 2};
    return std::unexpected(
        Diagnostic{.summary = "Reference to undeclared input variable", .detail = reference.text()});
  }
  const FunctionContext& functions() const override { return context; }
  FunctionContext context{};
};

Evaluated run(std::string_view text, Dialect dialect = Dialect::modern, const char* source = "typed") {
  const ParsedExpression parsed = parse_expression(source, text, dialect);
  REQUIRE_MESSAGE(parsed.expression, render(parsed.diagnostics));
  Evaluated result = evaluate(*parsed.expression, TestScope());
  return result;
}

std::string console(std::string_view text, Dialect dialect = Dialect::modern) {
  const Evaluated result = run(text, dialect);
  return result.ok() ? to_console(result.value) : "error: " + result.diagnostics[0].summary;
}

}  // namespace

TEST_CASE("a reference is resolved as far as the scope knows it, and its other steps are applied") {
  CHECK(console("aws_subnet.x[1].id") == "\"s-2\"");
  CHECK(console("aws_subnet.x.1.id") == "\"s-2\"");
  CHECK(console("aws_subnet.x.*.id[2]") == "\"s-3\"");
  CHECK(console("length(aws_subnet.x)") == "3");
  CHECK(console("var.list[1]") == "\"b\"");
  const Evaluated missing = run("aws_subnet.x[1].arn");
  REQUIRE(missing.diagnostics.size() == 1);
  CHECK(missing.diagnostics[0].detail == "This object does not have an attribute named \"arn\".");
  CHECK(missing.diagnostics[0].column == 16);
  CHECK(missing.diagnostics[0].values[0] == "aws_subnet.x[1] is object with 1 attribute");
}

TEST_CASE("a failure to resolve is placed at the reference") {
  const Evaluated result = run("\"${upper(var.nope)}\"");
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].summary == "Reference to undeclared input variable");
  CHECK(result.diagnostics[0].line == 1);
  CHECK(result.diagnostics[0].column == 10);
}

TEST_CASE("what is not known yet spreads, and no further than it must") {
  CHECK(console("\"a-${var.later}\"") == "(known after apply)");
  CHECK(console("upper(var.later)") == "(known after apply)");
  CHECK(console("[var.later, 1]") == "[\n  (known after apply),\n  1,\n]");
  CHECK(console("length([var.later, 1])") == "2");
  CHECK(console("var.later == \"x\"") == "(known after apply)");
  CHECK(console("var.later == null") == "(known after apply)");
  CHECK(console("true || var.later == \"x\"") == "true");
  CHECK(console("false ? var.later : \"y\"") == "\"y\"");
  CHECK(console("var.later_list[*]") == "(known after apply)");
  CHECK(console("[for x in var.later_list : x]") == "(known after apply)");
  CHECK(console("{a = var.later}.a") == "(known after apply)");
  CHECK(console("keys({a = var.later})") == "[\n  \"a\",\n]");
  CHECK(console("jsonencode({a = var.later})") == "(known after apply)");
  CHECK(console("merge({a = var.later}, {b = 1}).b") == "1");
  CHECK(console("try(var.later.x, 1)") == "1");
  CHECK(console("concat([var.later], [1])[1]") == "1");
  CHECK(run("upper(var.later)").value.type() == Type::string());
}

TEST_CASE("a list by interpolation in a list stands for its elements, in 0.11 alone") {
  CHECK(console("[\"${aws_subnet.x.*.id}\"]", Dialect::v011) == "[\n  \"s-1\",\n  \"s-2\",\n  \"s-3\",\n]");
  CHECK(console("[\"z\", \"${var.list}\", \"${var.five}\"]", Dialect::v011) ==
        "[\n  \"z\",\n  \"a\",\n  \"b\",\n  \"5\",\n]");
  CHECK(console("length([\"${var.list}\"])") == "1");
  CHECK(console("length([[\"a\"]])", Dialect::v011) == "1");
  CHECK(console("[\"${var.later_list}\"]", Dialect::v011) == "(known after apply)");
}

TEST_CASE("0.11 divides whole numbers, compares texts and has list and map") {
  CHECK(console("\"${5 / 2}\"", Dialect::v011) == "2");
  CHECK(console("\"${5 / 2.0}\"", Dialect::v011) == "2.5");
  CHECK(console("5 / 2") == "2.5");
  CHECK(console("\"${var.five == 5}\"", Dialect::v011) == "true");
  CHECK(console("var.five == 5") == "false");
  CHECK(console("\"${element(list(\"a\", \"b\"), 3)}\"", Dialect::v011) == "\"b\"");
  CHECK(console("\"${lookup(map(\"k\", \"v\"), \"k\")}\"", Dialect::v011) == "\"v\"");
}

TEST_CASE("a reference as a key is read, and not evaluated") {
  CHECK(parse_expression("typed", "{ a.b = c.d }").expression->as<ObjectNode>()->items[0].key->as_reference()->text() == "a.b");
  CHECK(console("{ a.b = 1 }") == "error: Ambiguous attribute key");
}

TEST_CASE("a file of before 0.15 may call list and map; what is typed may not") {
  CHECK(to_console(run("map(\"k\", list(1)[0])", Dialect::modern, "main.tf").value) == "tomap({\n  \"k\" = 1\n})");
  CHECK(console("list(1)") == "error: Error in function call");
}

TEST_CASE("sensitive values stay so through what is made of them") {
  CHECK(console("\"x${sensitive(1)}\"") == "(sensitive value)");
  CHECK(console("[sensitive(1), 2]") == "[\n  (sensitive value),\n  2,\n]");
  CHECK(console("sensitive(1) + 1 > 0") == "(sensitive value)");
  CHECK(console("{for k, v in sensitive({a = 1}) : k => v}") == "(sensitive value)");
  CHECK(console("nonsensitive(sensitive(1))") == "1");
  CHECK(console("sensitive(true) ? 1 : 2") == "(sensitive value)");
}

TEST_CASE("errors do not repeat sensitive values") {
  for (const char* text :
       {"parseint(sensitive(\"hush\"), 10)", "file(sensitive(\"hush\"))", "sensitive(\"hush\") + 1",
        "tonumber(sensitive(\"hush\"))", "{for x in [1, 2] : sensitive(\"hush\") => x}",
        "regex(sensitive(\"hush(\"), \"a\")", "cidrhost(sensitive(\"hush\"), 1)"}) {
    const Evaluated result = run(text);
    REQUIRE(!result.ok());
    const std::string told = result.diagnostics[0].detail;
    CHECK_MESSAGE(told.find("hush") == std::string::npos, told);
  }
}

TEST_CASE("an unknown function is refused by name, with the nearest one") {
  const Evaluated result = run("uper(\"x\")");
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].detail == "There is no function named \"uper\". Did you mean \"upper\"?");
}

TEST_CASE("a bad argument is blamed where it stands") {
  const Evaluated result = run("substr(\"abc\", \"x\", 1)");
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].detail == "Invalid value for \"offset\" parameter: a number is required.");
  CHECK(result.diagnostics[0].column == 15);
}

TEST_CASE("a failure tells what its references stood for") {
  const Evaluated result = run("var.list + 1");
  REQUIRE(result.diagnostics.size() == 1);
  REQUIRE(result.diagnostics[0].values.size() == 1);
  CHECK(result.diagnostics[0].values[0] == "var.list is list of string with 2 elements");
  CHECK(run("parseint(var.five, 99)").diagnostics[0].values.empty());
  CHECK(run("parseint(var.list, 10)").diagnostics[0].values.size() == 1);
  CHECK(run("[for x in [1] : x + [var.five]]").diagnostics[0].values[0] == "var.five is \"5\"");
}

TEST_CASE("time and chance come from the context") {
  SimClock clock({1'800'000'000'000});
  IdSource ids(7);
  const ParsedExpression parsed = parse_expression("t", "\"${timestamp()} ${length(uuid())}\"");
  TestScope scope;
  scope.context.clock = &clock;
  scope.context.ids = &ids;
  CHECK(to_console(evaluate(*parsed.expression, scope).value) == "\"2027-01-15T08:00:00Z 36\"");
  scope.context.defer_impure = true;
  CHECK(!evaluate(*parsed.expression, scope).value.is_known());
  CHECK(console("timestamp()") == "error: Error in function call");
}

}  // namespace landfall::hcl
