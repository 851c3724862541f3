#include "terraform/kept_value.h"

#include <doctest/doctest.h>

namespace landfall::terraform {
namespace {

using hcl::Type;
using hcl::Value;

Value kept_and_read(const Value& value) {
  TypeTable table;
  const std::string text = table.keep(value);
  const auto types = parse_types(table.text());
  REQUIRE(types);
  const auto read = kept_value(text, *types);
  REQUIRE_MESSAGE(read, text);
  return *read;
}

}  // namespace

TEST_CASE("a kept value has its type, its unknown parts and its marks again") {
  const std::vector<Value> values{
      Value::null(Type::string()),
      Value::unknown(Type::list(Type::number())),
      Value::string("a \"quoted\" <text>\n").sensitive(),
      Value::number(*hcl::Number::parse("12345678901234567890123.5")),
      Value::set(Type::string(), {Value::string("x"), Value::unknown(Type::string())}),
      Value::object({{"l", Value::list(Type::boolean(), {Value::boolean(true)})}, {"t", Value::tuple({Value::number(1), Value::null(), Value::unknown()})}, {"m", Value::map(Type::string(), {{"?", Value::string("?").sensitive()}})}}),
      Value::list(Type::dynamic(), {}),
  };

  for (const Value& value : values) CHECK(kept_and_read(value) == value);
}

TEST_CASE("where a type leaves a part open, the part is read as what it says") {
  const Type open = Type::object({{.name = "any", .type = Type::dynamic()}, {.name = "name", .type = Type::string()}});
  const std::vector<Value> parts{
      Value::tuple({}),
      Value::string("7"),
      Value::number(7),
      Value::boolean(true),
      Value::null(),
      Value::unknown(),
      Value::string("hidden").sensitive(),
      Value::object({{"inner", Value::tuple({Value::string("x"), Value::object({})})}}),
  };

  for (const Value& part : parts) {
    const Value value = Value::list(open, {Value::object({{"any", part}, {"name", Value::string("n")}})});
    TypeTable table;
    const std::string text = table.keep(value);
    const auto read = kept_value(text, *parse_types(table.text()));
    REQUIRE_MESSAGE(read, text);
    TypeTable again;
    CHECK(again.keep(*read) == text);
    CHECK(read->elements().front().fields().front().value.type() == part.type());
  }
}

TEST_CASE("what does not fit its type is refused") {
  const std::vector<Type> types{Type::string(), Type::object({{.name = "a", .type = Type::number()}}), Type::tuple({Type::string()})};

  for (const char* text : {R"({"t":3,"v":"x"})", R"({"t":0,"v":["x"]})", R"({"t":0,"v":{"a":1}})", R"({"t":1,"v":{}})", R"({"t":1,"v":{"b":1}})", R"({"t":2,"v":["="]})", R"({"t":2,"v":"x"})", R"({"t":0,"v":["!",0,"x"]})", R"({"t":0})", "[]", "{"}) {
    CAPTURE(text);
    CHECK_FALSE(kept_value(text, types));
  }
}

}  // namespace landfall::terraform
