#include <fmt/format.h>

#include "hcl/functions/files.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

constexpr int kDeepest = 16;

std::unexpected<Error> told(const Diagnostics& diagnostics) {
  const Diagnostic& d = diagnostics.front();
  return failed(
      fmt::format("{}:{},{}-{}: {}; {}", d.file, d.line, d.column, d.end_column, d.summary, d.detail));
}

/// Renders a template with the variables of an object or map.
Result<Value> render(const Arguments& a, std::string_view name, const std::string& text,
                     const Value& variables) {
  if (!variables.type().has_fields()) return a.bad(1, "invalid vars value: must be a map");
  if (!variables.is_known()) return Value::unknown();
  const ParsedExpression parsed = parse_template(name, text, Dialect::modern);
  if (!parsed.expression) return told(parsed.diagnostics);
  if (a.context.depth >= kDeepest)
    return failed(fmt::format("templates are nested more than {} deep", kDeepest));
  std::map<std::string, Value, std::less<>> names;
  for (const Value::Field& field : variables.fields()) names.emplace(field.name, field.value);
  for (const Reference* reference : parsed.expression->references()) {
    if (names.contains(reference->root())) continue;
    const Range& at = reference->range;
    return a.bad(1, fmt::format("vars map does not contain key \"{}\", referenced at {}:{},{}-{}",
                                reference->root(), name, at.start.line, at.start.column, at.end.column));
  }
  FunctionContext context = a.context;
  ++context.depth;
  const MapScope scope(std::move(names), std::move(context));
  Evaluated result = evaluate(*parsed.expression, scope);
  if (!result.ok()) return told(result.diagnostics);
  return result.value;
}

Result<Value> templatefile(const Arguments& a) {
  const std::string content = TRY(read_argument_file(a, 0));
  if (!is_valid_utf8(content))
    return a.bad(0, fmt::format("contents of \"{}\" are not valid UTF-8", a.string(0)));
  return render(a, a.string(0), content, a[1]);
}

Result<Value> templatestring(const Arguments& a) {
  return render(a, "<templatestring argument>", a.string(0), a[1]);
}

}  // namespace

std::span<const Function> template_functions() {
  static const std::vector<Function> kFunctions{
      {"templatefile", {{"path", Type::string()}, {"vars", {}, Allow::unknown}}, {}, {}, templatefile},
      {"templatestring",
       {{"template", Type::string()}, {"vars", {}, Allow::unknown}},
       {},
       Type::string(),
       templatestring},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
