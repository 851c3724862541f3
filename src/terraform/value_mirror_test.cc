#include "terraform/value_mirror.h"

#include <doctest/doctest.h>

namespace landfall::terraform {

TEST_CASE("a value is told apart into what is known, unknown and sensitive") {
  const Value value = Value::object({
      {"id", Value::unknown(Type::string())},
      {"list", Value::tuple({Value::unknown(), Value::number(1).sensitive()})},
      {"map", Value::map(Type::string(), {{"a", Value::string("<")}, {"b", Value::unknown(Type::string())}})},
      {"none", Value::null()},
      {"plain", Value::list(Type::number(), {Value::number(2)})},
      {"whole", Value::unknown(Type::list(Type::string())).sensitive()},
      {"empty", Value::list(Type::string(), {})},
  });

  CHECK(known_json(value) == R"({"empty":[],"list":[null,1],"map":{"a":"\u003c"},"none":null,"plain":[2]})");
  CHECK(unknown_json(value) == R"({"empty":[],"id":true,"list":[true,false],"map":{"b":true},"plain":[false],"whole":true})");
  CHECK(sensitive_json(value) == R"({"empty":[],"list":[false,true],"map":{},"plain":[false],"whole":true})");
}

TEST_CASE("what the schema calls sensitive is marked, in blocks too") {
  const Schema schema{.attributes = {text("name"), text("password").sensitive()}, .blocks = {list_block("login", {.attributes = {text("key").sensitive()}})}};
  const Value value = Value::object({{"name", Value::string("n")}, {"password", Value::string("p")}, {"login", Value::tuple({Value::object({{"key", Value::string("k")}})})}});

  CHECK(sensitive_json(with_schema_marks(value, schema)) == R"({"login":[{"key":true}],"password":true})");
}

}  // namespace landfall::terraform
