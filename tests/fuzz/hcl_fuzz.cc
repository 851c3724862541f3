// Reads any bytes in both dialects as a file, an expression and a template, and evaluates what has no
// references.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hcl/evaluate.h"
#include "hcl/type_constraint.h"
#include "hcl/value_json.h"

namespace {

using namespace landfall::hcl;

void evaluate_constant(const Expression& expression) {
  // Files of this machine are none of its business.
  for (const std::string_view name : expression.calls()) {
    if (name.find("file") != std::string_view::npos || name == "bcrypt") return;
  }
  const MapScope scope({}, FunctionContext{.base_dir = "/nonexistent"});
  const Evaluated result = evaluate(expression, scope);
  (void)render(result.diagnostics);
  (void)to_console(result.value);
  if (result.value.is_wholly_known()) (void)to_json(result.value);
  (void)type_of_constraint(expression);
}

void evaluate_constants(const Body& body) {
  for (const Attribute& attribute : body.attributes) {
    if (attribute.value->references().empty()) evaluate_constant(*attribute.value);
  }
  for (const Block& block : body.blocks) evaluate_constants(block.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLongest = 1 << 16;
  if (size > kLongest) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Dialect dialect : {Dialect::v011, Dialect::modern}) {
    const ParsedFile file = parse_file("fuzz.tf", text, dialect);
    (void)render(file.diagnostics);
    evaluate_constants(file.file.body);
    for (const auto parse : {parse_expression, parse_template}) {
      const ParsedExpression parsed = parse("fuzz.tf", text, dialect);
      (void)render(parsed.diagnostics);
      if (parsed.expression) evaluate_constant(*parsed.expression);
    }
  }
  const std::string_view texts[] = {text};
  (void)detect_dialect(texts);
  (void)from_json(text);
  return 0;
}
