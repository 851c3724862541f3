#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "hcl/evaluate.h"
#include "hcl/parser.h"
#include "terraform/simple_source.h"
#include "terraform/utility/plain_file.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr const char* kName = "<template_file>";

std::unexpected<Error> told(const hcl::Diagnostics& diagnostics) {
  const hcl::Diagnostic& first = diagnostics.front();
  return fail("Template.Failed", fmt::format("failed to render: {}:{},{}: {}; {}", kName, first.line, first.column, first.summary, first.detail));
}

/// Only `vars` have names in the template. Source  registry.terraform.io, hashicorp/template 2: data template_file.
Result<void> read_template(const Cloud& cloud, Record& state) {
  std::map<std::string, Value, std::less<>> names;
  for (const auto& [name, value] : state.pairs("vars")) names.emplace(name, Value::string(value));
  const hcl::ParsedExpression parsed = hcl::parse_template(kName, state.text("template"), hcl::Dialect::modern);
  if (!parsed.expression) return told(parsed.diagnostics);
  for (const hcl::Reference* reference : parsed.expression->references()) {
    if (names.contains(reference->root())) continue;
    return fail("Template.Failed", fmt::format("failed to render: {}:{},{}: there is no variable named \"{}\" in vars", kName, reference->range.start.line, reference->range.start.column, reference->root()));
  }
  hcl::FunctionContext functions;
  functions.base_dir = cloud.directory;
  functions.ids = cloud.ids;
  const hcl::MapScope scope(std::move(names), std::move(functions));
  const hcl::Evaluated rendered = hcl::evaluate(*parsed.expression, scope, Type::string());
  if (!rendered.ok()) return told(rendered.diagnostics);
  if (!rendered.value.has_value()) return fail("Template.Failed", "the template gives null");
  state.set("rendered", rendered.value.without_marks());
  state.set("id", to_hex(sha256(rendered.value.as_string())));
  return {};
}

}  // namespace

void add_template_file(Provider& provider) {
  add_source(provider, "template_file", {.attributes = {text("id").read_only(), text("template").required(), text_map("vars"), text("rendered").read_only()}}, read_template);
}

}  // namespace landfall::terraform::utility_types
