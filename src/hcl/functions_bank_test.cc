#include <doctest/doctest.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "hcl/evaluate.h"
#include "hcl/value_json.h"

/// Expressions with what Terraform 1.11.4 (or 0.11.14) answered: tests/data/hcl/functions.json.
namespace landfall::hcl {
namespace {

/// The bank's fixture files in a folder that goes away with it.
class Fixtures {
 public:
  explicit Fixtures(const json::object& files) {
    std::string form = (std::filesystem::temp_directory_path() / "landfall-hcl-XXXXXX").string();
    REQUIRE(mkdtemp(form.data()) != nullptr);
    dir = form;
    for (const auto& [name, content] : files) {
      const std::filesystem::path path = dir / std::string_view(name);
      std::filesystem::create_directories(path.parent_path());
      REQUIRE(write_file_atomic(path, std::string_view(content.as_string())).has_value());
    }
  }
  ~Fixtures() { std::filesystem::remove_all(dir); }
  std::filesystem::path dir;
};

/// `var.NAME` for the variables of a case.
class BankScope final : public Scope {
 public:
  BankScope(const json::object* variables, std::filesystem::path dir) {
    context_.base_dir = std::move(dir);
    if (variables == nullptr) return;
    for (const auto& [name, value] : *variables) {
      // Variables of 0.11 are lists and maps, not tuples and objects.
      const Value raw = *from_json_value(value);
      variables_.push_back({std::string(name), raw});
    }
  }
  std::expected<Resolution, Diagnostic> resolve(const Reference& reference) const override {
    if (reference.root() == "var") {
      const std::string name(reference.name(1));
      for (const Value::Field& field : variables_) {
        if (field.name == name) return Resolution{field.value, 2};
      }
    }
    return std::unexpected(
        Diagnostic{.summary = "Reference to undeclared resource", .detail = reference.text()});
  }
  const FunctionContext& functions() const override { return context_; }

 private:
  std::vector<Value::Field> variables_;
  FunctionContext context_;
};

/// Every number and bool as its string: 0.11 had nothing else.
Value loosened(const Value& value) {
  if (!value.has_value()) return value;
  if (value.type().is_primitive()) {
    if (value.is(Type::Kind::number)) return Value::string(value.as_number().text());
    if (value.is(Type::Kind::boolean)) return Value::string(value.as_bool() ? "true" : "false");
    return value;
  }
  if (value.type().has_fields()) {
    std::vector<Value::Field> fields;
    for (const Value::Field& field : value.fields()) fields.push_back({field.name, loosened(field.value)});
    return Value::object(std::move(fields));
  }
  std::vector<Value> elements;
  for (const Value& element : value.elements()) elements.push_back(loosened(element));
  return Value::tuple(std::move(elements));
}

/// Cases that are not of our language, with the reason.
const std::map<std::string, std::string, std::less<>> kNotOurs{};

/// "" if the case holds, else what came instead.
std::string check(const json::object& test, const std::filesystem::path& dir) {
  const std::string_view expression = string_member(test, "expr");
  const Dialect dialect = string_member(test, "dialect") == "0.11" ? Dialect::v011 : Dialect::modern;
  const bool wants_error = string_member(test, "expect") == "error";
  const ParsedExpression parsed = parse_expression("bank", std::string(expression) + "\n", dialect);
  if (!parsed.expression) {
    return wants_error ? "" : "does not parse: " + render(parsed.diagnostics);
  }
  const BankScope scope(object_member(test, "vars"), dir);
  const Evaluated result = evaluate(*parsed.expression, scope);
  if (wants_error) return result.ok() ? "no error but " + to_console(result.value) : "";
  if (!result.ok()) return "error: " + render(result.diagnostics);
  if (const std::string_view console = string_member(test, "console"); !console.empty()) {
    if (const std::string ours = to_console(result.value); ours != console) return "prints " + ours;
  }
  const std::string_view type = string_member(test, "type");
  if (!type.empty() && result.value.type().text() != type) return "is of type " + result.value.type().text();
  const std::string_view wanted_json = string_member(test, "json");
  if (wanted_json.empty()) return "";
  if (test.contains("loose")) {
    const std::string ours = to_json(loosened(result.value));
    const std::string wanted = to_json(loosened(*from_json(wanted_json)));
    return ours == wanted ? "" : "gives " + ours;
  }
  const std::string ours = to_json(result.value);
  return ours == wanted_json ? "" : "gives " + ours;
}

void check_all(const std::string& name, const std::filesystem::path& fixtures) {
  const json::value bank = *parse_json(*read_file(std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests/data/hcl" / name));
  const json::array& cases = *array_member(bank.as_object(), "cases");
  REQUIRE(cases.size() > 200);
  int held = 0;
  for (const json::value& entry : cases) {
    const json::object& test = entry.as_object();
    const std::string id(string_member(test, "id"));
    if (kNotOurs.contains(id)) continue;
    const std::string fault = check(test, fixtures);
    CHECK_MESSAGE(fault.empty(),
                  fmt::format("{} {}\n  wanted {}{}\n  {}", id, string_member(test, "expr"),
                              string_member(test, "expect"),
                              test.contains("console") ? " " + std::string(string_member(test, "console"))
                                                       : " " + std::string(string_member(test, "json")),
                              fault));
    held += fault.empty() ? 1 : 0;
  }
  MESSAGE(held, " of ", cases.size(), " cases hold");
}

}  // namespace

TEST_CASE("every expression of the bank gives what Terraform gave") {
  const json::value bank = *parse_json(*read_file(std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests/data/hcl/functions.json"));
  const Fixtures fixtures(*object_member(bank.as_object(), "fixtures"));
  check_all("functions.json", fixtures.dir);
  check_all("calls.json", fixtures.dir);
}

}  // namespace landfall::hcl
