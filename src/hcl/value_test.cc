#include "hcl/value.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "hcl/convert.h"
#include "hcl/number.h"
#include "hcl/syntax.h"
#include "hcl/type_constraint.h"
#include "hcl/unicode.h"
#include "hcl/value_json.h"

namespace landfall::hcl {
namespace {

std::string converted(const Value& value, std::string_view type) {
  const Result<Value> result = convert(value, *Type::parse(type));
  return result ? to_console(*result) : "error: " + result.error().what;
}

Value from(std::string_view json) { return *from_json(json); }

}  // namespace

TEST_CASE("numbers are exact for whole numbers and 512 bits wide otherwise") {
  CHECK(Number::parse("9223372036854775807")->text() == "9223372036854775807");
  CHECK(Number::add(*Number::parse("9223372036854775807"), 1)->text() == "9223372036854775808");
  CHECK(Number::multiply(Number(INT64_MIN), -1)->text() == "9223372036854775808");
  CHECK(Number::add(*Number::parse("0.1"), *Number::parse("0.2"))->text() == "0.3");
  CHECK(Number::divide(1, 0)->text() == "+Inf");
  CHECK(!Number::divide(0, 0).has_value());
  CHECK(*Number::parse("1.50") == *Number::parse("1.5"));
  CHECK(Number::parse("5.0")->as_int64() == 5);
  CHECK(Number::parse("-0")->sign() == 0);
  CHECK(Number::parse("1e3")->text() == "1000");
  CHECK(Number::parse("1e-7")->text() == "0.0000001");
  for (const char* bad : {"", "-", ".", "1e", "0x1", " 1", "1 ", "nan", "Inf", "1_0", "--1", "1e999999999"}) {
    CHECK_MESSAGE(!Number::parse(bad).has_value(), bad);
  }
  CHECK(Number::parse("12345.678")->format('e', 2) == "1.23e+04");
  CHECK(Number(1000000).format('g', -1) == "1e+06");
  CHECK(Number::parse("12345678901234567890123.5")->whole_text(10) == "12345678901234567890123");
  CHECK(Number::parse("-256")->whole_text(16) == "-100");
  CHECK(Number::from_double(1.4142135623730951).text() == "1.4142135623730951");
}

TEST_CASE("strings are brought to NFC and counted by what people see") {
  CHECK(Value::string("e\u0301").as_string() == "\u00e9");
  CHECK(grapheme_count("👨‍👩‍👧") == 1);
  CHECK(Value::string("a\xFF"
                      "b")
            .as_string() == "a\uFFFDb");
}

TEST_CASE("sets are sorted and without doubles, and take over the marks of their elements") {
  const Value set = Value::set(Type::string(), {Value::string("b"), Value::string("a"), Value::string("b")});
  CHECK(set.length() == 2);
  CHECK(set.elements()[0].as_string() == "a");
  const Value secret = Value::set(Type::string(), {Value::string("x").sensitive()});
  CHECK(secret.is_sensitive());
  CHECK(!secret.elements()[0].is_sensitive());
}

TEST_CASE("conversion follows Terraform's rules") {
  CHECK(converted(Value::string("5"), "number") == "5");
  CHECK(converted(Value::number(5), "string") == "\"5\"");
  CHECK(converted(Value::string("1"), "bool") == "true");
  CHECK(converted(Value::boolean(true), "string") == "\"true\"");
  CHECK(converted(Value::number(1), "bool") == "error: bool required");
  CHECK(converted(Value::string("x"), "number") == "error: a number is required");
  CHECK(converted(from("[1,\"a\"]"), "list(string)") == "tolist([\n  \"1\",\n  \"a\",\n])");
  CHECK(converted(from("[1,[]]"), "list(string)") == "error: element 1: string required");
  CHECK(converted(from("[1,2]"), "list(any)") == "tolist([\n  1,\n  2,\n])");
  CHECK(converted(from("{\"a\":1}"), "map(string)") == "tomap({\n  \"a\" = \"1\"\n})");
  CHECK(converted(from("[2,1,2]"), "set(number)") == "toset([\n  1,\n  2,\n])");
  CHECK(converted(Value(), "list(string)") == "tolist(null) /* of string */");
  CHECK(converted(Value::unknown(), "string") == "(known after apply)");
  CHECK(converted(Value::string("x").sensitive(), "string") == "(sensitive value)");
  CHECK(converted(Value::string("x"), "list(string)") == "error: list of string required");
}

TEST_CASE("objects take what is asked for, and optional attributes their defaults") {
  const std::string type = "object({a = number, b = optional(string), c = optional(list(string), [\"x\"])})";
  CHECK(converted(from("{\"a\":\"1\",\"z\":2}"), type) ==
        "{\n  \"a\" = 1\n  \"b\" = tostring(null)\n  \"c\" = tolist([\n    \"x\",\n  ])\n}");
  CHECK(converted(from("{}"), type) == "error: attribute \"a\" is required");
  CHECK(converted(from("{\"a\":1,\"c\":[[]]}"), type) ==
        "error: attribute \"c\": element 0: string required");
  CHECK(converted(from("[{\"a\":1},{\"a\":2}]"), "list(" + type + ")").starts_with("tolist(["));
  CHECK(converted(from("{\"a\":1}"), "object({a=number,b=string,c=bool})") ==
        "error: attributes \"b\" and \"c\" are required");
}

TEST_CASE("type constraints are read and refused as Terraform does") {
  CHECK(Type::parse("map(list(object({a=string,b=optional(number,1)})))")->text() ==
        "map(list(object({a: string, b: number})))");
  CHECK(Type::parse("tuple([string, bool])")->text() == "tuple([string, bool])");
  CHECK(Type::parse("any")->is_dynamic());
  for (const char* bad : {"strin", "list()", "object([])", "optional(string)", "\"number\"", "list(\"string\")", "list(string",
                          "object({a=optional(number,\"x\")})", "5"}) {
    CHECK_MESSAGE(!Type::parse(bad).has_value(), bad);
  }
  const ParsedExpression old = parse_expression("t", "\"map\"", Dialect::v011);
  CHECK(type_of_constraint(*old.expression).type.text() == "map(dynamic)");
  CHECK(type_of_constraint(*old.expression).diagnostics.empty());
  const ParsedExpression quoted = parse_expression("t", "\"list\"", Dialect::modern);
  const ParsedType type = type_of_constraint(*quoted.expression);
  CHECK(type.type.text() == "list(dynamic)");
  CHECK_FALSE(type.diagnostics.has_errors());
  CHECK_FALSE(type.diagnostics.empty());
}

TEST_CASE("values become JSON and come back") {
  const Value value = from("{\"b\":[1,2.5,\"<&>\",null,true],\"a\":{\"x\":123456789012345678901234567890}}");
  const std::string text = to_json(value);
  CHECK(text ==
        "{\"a\":{\"x\":123456789012345678901234567890},\"b\":[1,2.5,\"\\u003c\\u0026\\u003e\",null,true]}");
  CHECK(*from_json(text) == value);
  CHECK(*from_json_value(boost::json::parse("{\"a\":[0.1,1]}")) == from("{\"a\":[0.1,1]}"));
  CHECK(boost::json::serialize(to_json_value(from("{\"a\":[0.1,1]}"))) == "{\"a\":[1E-1,1]}");
  CHECK(to_json(*from_json("[\"5\"]", Type::list(Type::number()))) == "[5]");
  for (const char* bad : {"", "{", "[1,]", "1 2", "nul", "{\"a\":1,}", "\"\x01\""})
    CHECK_MESSAGE(!from_json(bad).has_value(), bad);
  CHECK(!from_json(std::string(100'000, '[')).has_value());
}

TEST_CASE("types become JSON as in state files and come back") {
  for (const char* text : {"string", "list(number)", "object({a = set(bool), b = tuple([string])})", "any"}) {
    const Type type = *Type::parse(text);
    CHECK(*type_from_json(type_to_json(type)) == type);
  }
  CHECK(boost::json::serialize(type_to_json(*Type::parse("map(string)"))) == "[\"map\",\"string\"]");
  CHECK(!type_from_json(boost::json::parse("[\"list\"]")).has_value());
}

}  // namespace landfall::hcl
