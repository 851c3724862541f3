#include "terraform/difference.h"

#include <doctest/doctest.h>

#include "terraform/difference_text.h"
#include "terraform/sequence.h"

namespace landfall::terraform {
namespace {

std::string shown(const Schema& schema, const Value& before, const Value& after, const std::vector<std::string>& replaced_by = {}) { return difference_text(difference_of(schema, before, after, replaced_by), {}); }

Schema rules() { return {.attributes = {text("id").read_only(), text("name").forces_new(), text("note"), text("key").sensitive(), text_set("words"), text_map("tags")}, .blocks = {list_block("rule", {.attributes = {text("from"), text("to")}}), set_block("peer", {.attributes = {text("cidr")}})}}; }

Value rule(const char* from, const char* to) { return Value::object({{"from", Value::string(from)}, {"to", Value::string(to)}}); }
Value peer(const char* cidr) { return Value::object({{"cidr", Value::string(cidr)}}); }

Value thing(const char* name, std::vector<Value> rules, std::vector<Value> peers, std::vector<Value> words) {
  const Type of_rule = Type::object({{.name = "from", .type = Type::string()}, {.name = "to", .type = Type::string()}}), of_peer = Type::object({{.name = "cidr", .type = Type::string()}});
  return Value::object({{"id", Value::string("i-1")}, {"name", Value::string(name)}, {"note", Value::null(Type::string())}, {"key", Value::string("hush")}, {"words", Value::set(Type::string(), std::move(words))}, {"tags", Value::map(Type::string(), {{"Env", Value::string("x")}})},
                        {"rule", Value::list(of_rule, std::move(rules))}, {"peer", Value::set(of_peer, std::move(peers))}});
}

}  // namespace

TEST_CASE("a change shows what changes, what forces a replacement, and how much is hidden") {
  const Value before = thing("a", {rule("1", "2"), rule("3", "4")}, {peer("10.0.0.0/8"), peer("10.1.0.0/16")}, {Value::string("x"), Value::string("y")});
  const Value after = thing("b", {rule("1", "2"), rule("3", "5")}, {peer("10.0.0.0/8")}, {Value::string("x"), Value::string("z")});

  CHECK(shown(rules(), before, after, {"name"}) == R"({
        id    = "i-1"
      ~ name  = "a" -> "b" # forces replacement
        tags  = {
            "Env" = "x"
        }
      ~ words = [
          - "y",
          + "z",
            # (1 unchanged element hidden)
        ]
        # (1 unchanged attribute hidden)

      - peer {
          - cidr = "10.1.0.0/16" -> null
        }

      ~ rule {
          ~ to   = "4" -> "5"
            # (1 unchanged attribute hidden)
        }

        # (2 unchanged blocks hidden)
    })");
}

TEST_CASE("what the schema calls sensitive is never shown, and null and empty are one for older types") {
  const Schema schema{.attributes = {text("key").sensitive(), text("note")}};
  const Value before = Value::object({{"key", Value::string("old")}, {"note", Value::null(Type::string())}});
  const Value after = Value::object({{"key", Value::string("new")}, {"note", Value::string("")}});

  CHECK(shown(schema, before, after) == "{\n      ~ key = (sensitive value)\n    }");
}

TEST_CASE("blocks that are not known yet, and values that become unknown") {
  const Schema schema{.attributes = {of_type("any", Type::dynamic())}, .blocks = {list_block("rule", {.attributes = {text("from")}})}};
  const Value before = Value::object({{"any", Value::tuple({Value::number(1)})}, {"rule", Value::list(Type::object({{.name = "from", .type = Type::string()}}), {})}});
  const Value after = Value::object({{"any", Value::unknown()}, {"rule", Value::unknown(schema.block("rule")->schema.type())}});

  CHECK(shown(schema, before, after) == "{\n      ~ any = [\n          - 1,\n        ] -> (known after apply)\n\n      + rule (known after apply)\n    }");
}

TEST_CASE("colours are Terraform's") {
  const Value one = Value::number(1), two = Value::number(2);
  CHECK(difference_text(difference_of(&one, &two), {.has_colours = true}) == "1 \033[33m->\033[0m 2");
  CHECK(action_symbol(Action::replace, true, {.has_colours = true}) == "\033[32m+\033[0m/\033[31m-\033[0m");
}

TEST_CASE("the longest common subsequence of two rows") {
  const auto common = [](std::string_view a, std::string_view b) {
    std::string text;
    for (const auto& [i, j] : common_subsequence(a.size(), b.size(), [&](size_t x, size_t y) { return a[x] == b[y]; })) {
      REQUIRE(a[i] == b[j]);
      text += a[i];
    }
    return text;
  };

  CHECK(common("", "abc").empty());
  CHECK(common("abc", "abc") == "abc");
  CHECK(common("xabcy", "zabw") == "ab");
  CHECK(common("aXbYc", "abc") == "abc");
  CHECK(common("abcabba", "cbabac").size() == 4);
}

}  // namespace landfall::terraform
