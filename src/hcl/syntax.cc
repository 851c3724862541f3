#include "hcl/syntax.h"

#include <algorithm>

#include "hcl/children.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

/// Walks a tree, keeping count of the names that `for` binds on the way.
class ReferenceWalk {
 public:
  explicit ReferenceWalk(std::vector<const Reference*>& found) : found_(found) {}

  void walk(const Expression& expression) {
    if (const auto* variable = expression.as<Variable>()) {
      const std::string& root = variable->reference.root();
      if (std::find(bound_.begin(), bound_.end(), root) == bound_.end())
        found_.push_back(&variable->reference);
      return;
    }
    if (const auto* loop = expression.as<ForNode>()) {
      walk(*loop->collection);
      const Binding binding(*this, loop->key_name, loop->value_name);
      if (loop->key) walk(*loop->key);
      walk(*loop->value);
      if (loop->condition) walk(*loop->condition);
      return;
    }
    if (const auto* loop = expression.as<TemplateFor>()) {
      walk(*loop->collection);
      const Binding binding(*this, loop->key_name, loop->value_name);
      walk(*loop->body);
      return;
    }
    for_each_child(expression, [this](const Expression& child) { walk(child); });
  }

 private:
  class Binding {
   public:
    Binding(ReferenceWalk& walk, std::string_view key, std::string_view value) : walk_(walk) {
      walk.bound_.push_back(key);
      walk.bound_.push_back(value);
    }
    ~Binding() { walk_.bound_.resize(walk_.bound_.size() - 2); }

   private:
    ReferenceWalk& walk_;
  };

  std::vector<const Reference*>& found_;
  std::vector<std::string_view> bound_;
};

void collect_calls(const Expression& expression, std::vector<std::string_view>& names) {
  if (const auto* call = expression.as<Call>()) names.push_back(call->name);
  for_each_child(expression, [&](const Expression& child) { collect_calls(child, names); });
}

}  // namespace

std::string Reference::text() const {
  std::string text;
  for (const Step& step : steps) {
    if (step.is_name()) {
      text += (text.empty() ? "" : ".") + step.name();
    } else if (step.index().is(Type::Kind::string)) {
      text += "[" + hcl::quoted(step.index().as_string()) + "]";
    } else {
      text += "[" + step.index().as_number().text() + "]";
    }
  }
  return text;
}

std::vector<const Reference*> Expression::references() const {
  std::vector<const Reference*> found;
  ReferenceWalk(found).walk(*this);
  return found;
}

std::vector<std::string_view> Expression::calls() const {
  std::vector<std::string_view> names;
  collect_calls(*this, names);
  return names;
}

const Reference* Expression::as_reference() const {
  if (const auto* variable = as<Variable>()) return &variable->reference;
  if (const auto* wrap = as<TemplateWrap>()) return wrap->inner->as_reference();
  return nullptr;
}

const std::string* Expression::as_constant_string() const {
  const auto* literal = as<Literal>();
  return literal != nullptr && literal->value.has_value() && literal->value.is(Type::Kind::string)
             ? &literal->value.as_string()
             : nullptr;
}

std::string_view Expression::as_keyword() const {
  if (const auto* variable = as<Variable>()) {
    return variable->reference.steps.size() == 1 ? std::string_view(variable->reference.root())
                                                 : std::string_view();
  }
  if (as<Literal>() == nullptr) return {};
  const std::string_view text = range.text();
  return text == "true" || text == "false" || text == "null" ? text : std::string_view();
}

const Attribute* Body::find(std::string_view name) const {
  const auto found = std::find_if(attributes.rbegin(), attributes.rend(),
                                  [&](const Attribute& a) { return a.name == name; });
  return found == attributes.rend() ? nullptr : &*found;
}

}  // namespace landfall::hcl
