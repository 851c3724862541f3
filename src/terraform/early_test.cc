#include "terraform/early.h"

#include <doctest/doctest.h>

namespace landfall::terraform {
namespace {

using hcl::Value;

/// A root with variables and locals, from text.
struct Root {
  hcl::ParsedFile parsed;
  Module module;

  explicit Root(std::string_view text) : parsed(hcl::parse_file("main.tf", text, hcl::Dialect::modern)) {
    REQUIRE_FALSE(parsed.diagnostics.has_errors());
    for (const hcl::Block& block : parsed.file.body.blocks) {
      if (block.type == "variable") {
        const hcl::Attribute* value = block.body.find("default");
        module.variables[block.labels[0].text] = {.name = block.labels[0].text, .default_value = value == nullptr ? nullptr : value->value.get(), .is_sensitive = block.body.find("sensitive") != nullptr};
      }
      for (const hcl::Attribute& local : block.body.attributes) {
        if (block.type == "locals") module.locals[local.name] = {.name = local.name, .value = local.value.get()};
      }
    }
  }

  /// The text of an expression, or what is wrong.
  std::string text(const char* expression, const std::map<std::string, Value>& given = {}) const {
    const hcl::ParsedExpression read = hcl::parse_expression("x", expression);
    hcl::Diagnostics diagnostics;
    const auto found = EarlyScope(module, [&](const Module&) { return given; }, "blue").text(*read.expression, "The source", diagnostics);
    return found ? *found : diagnostics[0].summary + ": " + diagnostics[0].detail;
  }
};

}  // namespace

TEST_CASE("variables, locals and the workspace are known early; resources are not") {
  const Root root("variable \"a\" {\n default = \"x\"\n}\nvariable \"n\" {}\nvariable \"s\" {\n default = \"s\"\n sensitive = true\n}\nlocals {\n one = \"${var.a}-${terraform.workspace}\"\n loop = local.pool\n pool = local.loop\n}\n");

  CHECK(root.text("upper(local.one)") == "X-BLUE");
  CHECK(root.text("\"v${var.n}\"", {{"n", Value::number(3)}}) == "v3");
  CHECK(root.text("var.n").starts_with("No value for required variable: The source must be known early."));
  CHECK(root.text("aws_vpc.x.id").starts_with("Dynamic value in static context: The source must be known early. aws_vpc.x.id is not known"));
  CHECK(root.text("var.s").starts_with("Sensitive value in static context"));
  CHECK(root.text("[1]").starts_with("Invalid static value"));
  CHECK(root.text("local.loop").starts_with("Cycle"));
}

}  // namespace landfall::terraform
