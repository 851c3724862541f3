#include <algorithm>

#include "hcl/children.h"
#include "hcl/syntax.h"

namespace landfall::hcl {
namespace {

/// What a root's files give away about their age.
struct Evidence {
  bool legacy = false;
  bool modern = false;
};

/// Outside of quotes 0.11 knew literals, lists and objects, nothing else.
void look_at(const Expression& expression, Evidence& evidence) {
  if (expression.as<TemplateWrap>() != nullptr) {
    evidence.legacy = true;
    return;  // inside quotes both are alike
  }
  if (expression.as<Template>() != nullptr) return;
  if (const auto* literal = expression.as<Literal>()) {
    evidence.modern = evidence.modern || literal->value.is_null();
    return;
  }
  if (const auto* unary = expression.as<Unary>(); unary != nullptr && unary->op == Operator::negate) {
    if (unary->operand->as<Literal>() != nullptr) return;  // a negative number
  }
  if (expression.as<TupleNode>() == nullptr && expression.as<ObjectNode>() == nullptr) {
    evidence.modern = true;
    return;
  }
  for_each_child(expression, [&](const Expression& child) { look_at(child, evidence); });
}

bool is_old_type(const Expression& value) {
  const std::string* word = value.as_constant_string();
  return word != nullptr && (*word == "string" || *word == "list" || *word == "map");
}

bool is_quoted_dependency(const Expression& value) {
  const auto* list = value.as<TupleNode>();
  return list != nullptr && !list->elements.empty() &&
         std::all_of(list->elements.begin(), list->elements.end(),
                     [](const ExpressionPtr& e) { return e->as_constant_string() != nullptr; });
}

void look_at(const Body& body, bool is_variable, Evidence& evidence) {
  for (const Attribute& attribute : body.attributes) {
    if (attribute.name == "for_each") evidence.modern = true;
    if (is_variable && attribute.name == "type" && is_old_type(*attribute.value)) evidence.legacy = true;
    if (attribute.name == "depends_on" && is_quoted_dependency(*attribute.value)) evidence.legacy = true;
    look_at(*attribute.value, evidence);
  }
  for (const Block& block : body.blocks) {
    if (block.type == "dynamic" || block.type == "required_providers") evidence.modern = true;
    look_at(block.body, block.type == "variable", evidence);
  }
}

}  // namespace

Dialect detect_dialect(std::span<const std::string_view> texts) {
  Evidence evidence;
  for (const std::string_view text : texts) {
    // Read as 0.11, which takes all that later versions take and more.
    const ParsedFile parsed = parse_file("", text, Dialect::v011);
    look_at(parsed.file.body, false, evidence);
    if (evidence.modern) return Dialect::modern;
  }
  return evidence.legacy ? Dialect::v011 : Dialect::modern;
}

}  // namespace landfall::hcl
