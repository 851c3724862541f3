#include <doctest/doctest.h>

#include "hcl/evaluate.h"
#include "hcl/syntax.h"

namespace landfall::hcl {
namespace {

std::string console(std::string_view text, Dialect dialect = Dialect::modern) {
  const ParsedExpression parsed = parse_expression("t", text, dialect);
  if (!parsed.expression) return "parse: " + parsed.diagnostics[0].summary;
  const Evaluated result = evaluate(*parsed.expression, MapScope());
  return result.ok() ? to_console(result.value) : "error: " + result.diagnostics[0].summary;
}

std::string references(std::string_view text, Dialect dialect = Dialect::modern) {
  const ParsedExpression parsed = parse_expression("t", text, dialect);
  if (!parsed.expression) return "parse: " + parsed.diagnostics[0].summary;
  std::string all;
  for (const Reference* reference : parsed.expression->references())
    all += (all.empty() ? "" : " ") + reference->text();
  return all;
}

}  // namespace

TEST_CASE("a file gives its arguments and blocks with labels and places") {
  const ParsedFile parsed = parse_file("main.tf", R"(
# a comment
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16" // another
  tags = {
    Name = "x"
  }
  timeouts { create = "5m" }
}
)");

  REQUIRE(parsed.diagnostics.empty());
  REQUIRE(parsed.file.body.blocks.size() == 1);
  const Block& block = parsed.file.body.blocks[0];
  CHECK(block.type == "resource");
  REQUIRE(block.labels.size() == 2);
  CHECK(block.labels[0].text == "aws_vpc");
  CHECK(block.labels[1].text == "main");
  CHECK(block.type_range.start.line == 3);
  REQUIRE(block.body.attributes.size() == 2);
  CHECK(block.body.attributes[0].name == "cidr_block");
  CHECK(block.body.attributes[0].value->range.start.line == 4);
  CHECK(block.body.attributes[0].value->range.start.column == 16);
  CHECK(block.body.attributes[0].value->range.end.column == 29);
  CHECK(*block.body.attributes[0].value->as_constant_string() == "10.0.0.0/16");
  REQUIRE(block.body.blocks.size() == 1);
  CHECK(block.body.blocks[0].type == "timeouts");
  CHECK(block.body.range.start.line == 9);
}

TEST_CASE("references are listed with their constant steps, without names bound by for") {
  CHECK(references("var.x") == "var.x");
  CHECK(references("aws_vpc.main[0].id") == "aws_vpc.main[0].id");
  CHECK(references("aws_vpc.main[\"a\"].id") == "aws_vpc.main[\"a\"].id");
  CHECK(references("aws_vpc.main[count.index].id") == "aws_vpc.main count.index");
  CHECK(references("aws_subnet.x.*.id") == "aws_subnet.x");
  CHECK(references("aws_subnet.x[*].id") == "aws_subnet.x");
  CHECK(references("\"${module.m.out}-${local.y}\"") == "module.m.out local.y");
  CHECK(references("[for s in var.list : s.id if s.on && var.b]") == "var.list var.b");
  CHECK(references("{for k, v in var.m : k => \"${v}${each.key}\"}") == "var.m each.key");
  CHECK(references("\"%{ for s in var.l }${s}${path.module}%{ endfor }\"") == "var.l path.module");
  CHECK(references("data.terraform_remote_state.vpc.outputs.id") ==
        "data.terraform_remote_state.vpc.outputs.id");
  CHECK(references("x.0.id") == "x[0].id");
  CHECK(references("x.0.1.id") == "x[0][1].id");
  CHECK(references("aws_x.1abc.id", Dialect::v011) == "aws_x.1abc.id");
}

TEST_CASE("heredocs keep text, and lose common indentation with a dash") {
  CHECK(console("<<EOT\na\n  b\nEOT\n") == "<<EOT\na\n  b\n\nEOT");
  CHECK(console("<<-EOT\n    a\n      b\n\n    c\n    EOT\n") == "<<EOT\na\n  b\n\nc\n\nEOT");
  CHECK(console("<<-EOT\n    a\n  ${1}\n    EOT\n") == "<<EOT\n  a\n1\n\nEOT");
  CHECK(console("upper(<<EOT\nx\nEOT\n)") == "<<EOT\nX\n\nEOT");
  CHECK(console("<<EOT\nnever closed\n") == "parse: Unterminated template string");
  CHECK(console("<<EOT\nclosed by no line\nEOT") == "parse: Unterminated template string");
  const ParsedFile parsed = parse_file("t.tf", "a = <<EOT\nx ${var.y}\nEOT\nb = 2\n");
  CHECK(parsed.diagnostics.empty());
  CHECK(parsed.file.body.attributes.size() == 2);
}

TEST_CASE("operators bind as in Terraform") {
  CHECK(console("1 + 2 * 3") == "7");
  CHECK(console("(1 + 2) * 3") == "9");
  CHECK(console("10 - 2 - 3") == "5");
  CHECK(console("1 < 2 == true") == "true");
  CHECK(console("true || false && false") == "true");
  CHECK(console("-2 * 3") == "-6");
  CHECK(console("!true || true") == "true");
  CHECK(console("true ? 1 : false ? 2 : 3") == "1");
}

TEST_CASE("several errors of a file are collected, each with its line") {
  const ParsedFile parsed = parse_file("bad.tf", R"(a = )"
                                                 "\n"
                                                 R"(b = [1 2]
resource "x" "y" {
  c = "never closed
  d = 4
}
e = 5
e = 6
)");

  REQUIRE(parsed.diagnostics.size() == 4);
  CHECK(parsed.diagnostics[0].line == 1);
  CHECK(parsed.diagnostics[1].line == 2);
  CHECK(parsed.diagnostics[1].summary == "Missing item separator");
  CHECK(parsed.diagnostics[1].column == 8);
  CHECK(parsed.diagnostics[2].line == 4);
  CHECK(parsed.diagnostics[2].context == "resource \"x\" \"y\"");
  CHECK(parsed.diagnostics[3].summary == "Attribute redefined");
  CHECK(parsed.file.body.find("e") != nullptr);
  CHECK(parsed.file.body.blocks[0].body.find("d") != nullptr);
}

TEST_CASE("a block on one line holds one argument and ends there; each that does not is told") {
  CHECK(parse_file("t", "a {}\nb { c = 1 }\n").diagnostics.empty());

  const Diagnostics found = parse_file("t", "a { b = 1, c = 2 }\na { b = 1\n}\na { b = 1\n  c = 2 }\na { d {} }\na {\n").diagnostics;

  REQUIRE(found.size() == 5);
  CHECK(found[0].summary == "Invalid single-argument block definition");
  CHECK(found[0].detail.starts_with("Single-line block syntax can include only one argument definition."));
  CHECK(found[1].detail.starts_with("An argument definition on the same line as its containing block"));
  CHECK(found[2].line == 4);
  CHECK(found[3].summary == "Argument definition required");
  CHECK(found[4].summary == "Unclosed configuration block");
  CHECK(found[4].column == 3);
  CHECK(parse_file("t", "a { b = 1\n}\n", Dialect::v011).diagnostics.empty());
}

TEST_CASE("columns count characters, not bytes") {
  const ParsedFile parsed = parse_file("t.tf", "a = \"日本👨‍👩‍👧\" + !\n");
  REQUIRE(parsed.diagnostics.size() == 1);
  CHECK(parsed.diagnostics[0].column == 14);
  CHECK(parsed.diagnostics[0].source_line == "a = \"日本👨‍👩‍👧\" + !");
}

TEST_CASE("a diagnostic looks as Terraform's do, with the column") {
  const ParsedFile parsed = parse_file("main.tf", "resource \"aws_vpc\" \"x\" {\n\n  cidr = foo(\n}\n");
  REQUIRE(!parsed.diagnostics.empty());
  CHECK(render(parsed.diagnostics[0]) ==
        "Error: Invalid expression\n\n  on main.tf line 4, column 1, in resource \"aws_vpc\" \"x\":\n   4: }\n\n"
        "Expected the start of an expression, but found an invalid expression token.\n");
}

TEST_CASE("nesting and length are bounded, whatever is nested") {
  const auto repeated = [](std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const char* opener : {"(", "[", "{a=", "\"${", "!", "-", "f(", "true?", "a[", "[for x in "}) {
    const std::string text = repeated(opener, 100'000);
    CHECK(console(text) == "parse: Nesting too deep");
  }
  CHECK(console("1" + repeated("+1", 100'000)) == "parse: Expression too long");
  CHECK(console("a" + repeated(".b", 100'000)) == "parse: Expression too long");
  CHECK(console("a" + repeated("[*]", 100'000)) == "parse: Nesting too deep");
  CHECK(console("\"" + repeated("%{if true}", 100'000) + "\"") == "parse: Nesting too deep");
  const ParsedFile parsed = parse_file("t.tf", repeated("a {\n", 100'000));
  CHECK(parsed.diagnostics[0].summary == "Nesting too deep");
  CHECK(console(repeated("(", 200) + "1" + repeated(")", 200)) == "1");
  CHECK(console("1" + repeated("+1", 900)) == "901");
}

TEST_CASE("in 0.11 files commas, quoted names, blocks in objects and old numbers are read") {
  const ParsedFile parsed = parse_file("old.tf", R"(
"variable" "v" { type = "map", default = { a = "1", "b" = "2" } }
resource "aws_eip" "nat" {
  vpc = true, tags { Name = "x" }
  mode = 0755
  mask = 0x1F
  list = [{ a { b = 1 } }]
  port = "${5}"
  text = "%{not} $${kept}"
}
)",
                                       Dialect::v011);

  for (const Diagnostic& d : parsed.diagnostics) MESSAGE(render(d));
  REQUIRE(parsed.diagnostics.empty());
  REQUIRE(parsed.file.body.blocks.size() == 2);
  CHECK(parsed.file.body.blocks[0].type == "variable");
  const Body& body = parsed.file.body.blocks[1].body;
  const auto value = [&](std::string_view name) {
    return to_console(evaluate(*body.find(name)->value, MapScope()).value);
  };
  CHECK(value("mode") == "493");
  CHECK(value("mask") == "31");
  CHECK(value("port") == "5");
  CHECK(value("text") == "\"%{not} ${kept}\"");
  CHECK(body.blocks[0].type == "tags");
}

TEST_CASE("in 0.11 an indented heredoc loses what stands before its end marker") {
  CHECK(console("<<-EOT\n    a\n      b\n  EOT\n", Dialect::v011) == "<<EOT\n  a\n    b\n\nEOT");
  CHECK(console("<<-EOT\n    a\n b\n  EOT\n", Dialect::v011) == "<<EOT\n    a\n b\n\nEOT");
  CHECK(console("<<-EOT\n  a ${1}\n  ${2}\n  EOT\n", Dialect::v011) == "<<EOT\na 1\n2\n\nEOT");
}

TEST_CASE("modern files refuse what only 0.11 took") {
  CHECK(!parse_file("t.tf", "a = 1, b = 2\n").diagnostics.empty());
  CHECK(!parse_file("t.tf", "\"a\" = 1\n").diagnostics.empty());
  CHECK(!parse_file("t.tf", "x { a = 1 b = 2 }\n").diagnostics.empty());
  CHECK(console("aws_x.1abc.id").starts_with("parse"));
}

TEST_CASE("a root's dialect is told from its files") {
  const auto dialect = [](std::string_view text) {
    const std::string_view texts[] = {text};
    return detect_dialect(texts);
  };
  CHECK(dialect("resource \"a\" \"b\" {\n  x = \"${a.c.id}\"\n  tags { Name = \"n\" }\n}\n") ==
        Dialect::v011);
  CHECK(dialect("variable \"a\" {\n  type = \"list\"\n}\n") == Dialect::v011);
  CHECK(dialect("resource \"a\" \"b\" {\n  depends_on = [\"a.c\"]\n}\n") == Dialect::v011);
  CHECK(dialect("resource \"a\" \"b\" {\n  x = a.c.id\n}\n") == Dialect::modern);
  CHECK(dialect("resource \"a\" \"b\" {\n  x = \"${a.c.id}\"\n  y = var.z\n}\n") == Dialect::modern);
  CHECK(dialect("variable \"a\" {\n  type = string\n}\n") == Dialect::modern);
  CHECK(dialect("x = \"${a.b}\"\ny = [for z in [1] : z]\n") == Dialect::modern);
  CHECK(dialect("x = -1\ny = \"${z}\"\n") == Dialect::v011);
  CHECK(dialect("") == Dialect::modern);
  const std::string_view mixed[] = {"x = \"${a.b}\"\n", "y = null\n"};
  CHECK(detect_dialect(mixed) == Dialect::modern);
}

}  // namespace landfall::hcl
