#include "terraform/inert/asked.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "hcl/children.h"
#include "terraform/references.h"

namespace landfall::terraform::inert {
namespace {

using hcl::Expression;

/// Names, keys in brackets as "[k", and "" for any element.
using Steps = std::vector<std::string>;

/// Functions that give what their arguments hold, by the same steps.
constexpr auto kPassing = std::to_array<std::string_view>({"try", "coalesce", "coalescelist", "tolist", "toset", "tomap", "values", "flatten", "concat", "merge", "reverse", "slice", "distinct", "compact", "sensitive", "nonsensitive", "setunion"});

Steps after_first(const Steps& steps) { return steps.empty() ? Steps() : Steps(steps.begin() + 1, steps.end()); }

Steps before(std::string step, const Steps& steps) {
  Steps all{std::move(step)};
  all.insert(all.end(), steps.begin(), steps.end());
  return all;
}

std::string key_step(const std::string& key) { return key.empty() ? "" : "[" + key; }
std::string name_of(const std::string& step) { return step.starts_with('[') ? step.substr(1) : step; }

std::string step_of(const hcl::Step& step) {
  if (step.is_name()) return step.name();
  return step.index().is(hcl::Type::Kind::string) ? key_step(step.index().as_string()) : "";
}

/// The constant key of an object's item or of an index; "" if it is none.
std::string constant_key(const Expression& key) {
  if (const std::string* text = key.as_constant_string()) return *text;
  const auto* literal = key.as<hcl::Literal>();
  return literal != nullptr && literal->value.has_value() && literal->value.is(hcl::Type::Kind::string) ? literal->value.as_string() : "";
}

/// What a name stands for where an expression is: the variable of a `for`, `each`, the iterator of a dynamic block.
struct Scope {
  const Module* module;
  const Scope* outer = nullptr;
  std::string name{};
  const Expression* collection = nullptr;  ///< of whose elements `name` is one; null: it is a key
  bool is_iterator = false;                ///< the element is `name.value`
};

/// Follows what is asked of each expression to what it is made of.
class Finder {
 public:
  Finder(const std::set<std::string>& types, std::map<std::string, Asked>& found) : types_(types), found_(found) {}

  void read(const Module& module) {
    const Scope scope{.module = &module};
    for (const hcl::File& file : module.files) read(file.body, scope);
    for (const auto& [name, call] : module.calls) read(*call.module);
  }

 private:
  void read(const hcl::Body& body, const Scope& around) {
    const hcl::Attribute* for_each = body.find("for_each");
    const Scope scope{.module = around.module, .outer = &around, .name = "each", .collection = for_each == nullptr ? nullptr : for_each->value.get(), .is_iterator = true};
    const Scope& inside = for_each == nullptr ? around : scope;
    for (const hcl::Attribute& attribute : body.attributes) read(*attribute.value, inside);
    for (const hcl::Block& block : body.blocks) {
      if (block.type == "dynamic" && !block.labels.empty()) read_dynamic(block, inside);
      else read(block.body, inside);
    }
  }

  void read_dynamic(const hcl::Block& block, const Scope& around) {
    const hcl::Attribute *for_each = block.body.find("for_each"), *iterator = block.body.find("iterator");
    const std::string_view named = iterator == nullptr ? std::string_view(block.labels[0].text) : iterator->value->as_keyword();
    const Scope scope{.module = around.module, .outer = &around, .name = std::string(named), .collection = for_each == nullptr ? nullptr : for_each->value.get(), .is_iterator = true};
    if (for_each != nullptr) read(*for_each->value, around);
    for (const hcl::Block& inner : block.body.blocks) read(inner.body, scope);
  }

  /// All that is asked of anything in it, each part as a whole first.
  void read(const Expression& expression, const Scope& scope) {
    ask(expression, scope, {}, nullptr, 0);
    if (const auto* loop = expression.as<hcl::ForNode>()) {
      read(*loop->collection, scope);
      in_loop(*loop, scope, [&](const Scope& inside) {
        for (const auto* part : {&loop->key, &loop->value, &loop->condition}) {
          if (*part) read(**part, inside);
        }
      });
      return;
    }
    if (const auto* loop = expression.as<hcl::TemplateFor>()) {
      read(*loop->collection, scope);
      in_loop(*loop, scope, [&](const Scope& inside) { read(*loop->body, inside); });
      return;
    }
    hcl::for_each_child(expression, [&](const Expression& child) { read(child, scope); });
  }

  void in_loop(const auto& loop, const Scope& scope, const auto& visit) {
    const Scope key{.module = scope.module, .outer = &scope, .name = loop.key_name};
    visit(Scope{.module = scope.module, .outer = loop.key_name.empty() ? &scope : &key, .name = loop.value_name, .collection = loop.collection.get()});
  }

  /// The source of a splat, for the item inside.
  struct Item {
    const Expression* source;
    const Item* outer;
  };

  void ask(const Expression& expression, const Scope& scope, const Steps& steps, const Item* item, int depth) {
    if (depth > kDeepest || !is_new(expression, steps)) return;
    const auto on = [&](const Expression& inner, const Steps& wanted) { ask(inner, scope, wanted, item, depth + 1); };
    if (const auto* variable = expression.as<hcl::Variable>()) return ask(variable->reference, scope, steps, depth);
    if (const auto* inner = expression.as<hcl::TemplateWrap>()) return on(*inner->inner, steps);
    if (const auto* inner = expression.as<hcl::Parentheses>()) return on(*inner->inner, steps);
    if (const auto* get = expression.as<hcl::GetStep>()) return on(*get->object, before(step_of(get->step), steps));
    if (const auto* index = expression.as<hcl::Index>()) return on(*index->object, before(key_step(constant_key(*index->key)), steps));
    if (const auto* splat = expression.as<hcl::Splat>()) {
      const Item here{.source = splat->source.get(), .outer = item};
      return ask(*splat->each, scope, after_first(steps), &here, depth + 1);
    }
    if (expression.as<hcl::SplatItem>() != nullptr && item != nullptr) return ask(*item->source, scope, before("", steps), item->outer, depth + 1);
    if (const auto* choice = expression.as<hcl::ConditionalNode>()) {
      on(*choice->if_true, steps);
      return on(*choice->if_false, steps);
    }
    if (const auto* loop = expression.as<hcl::ForNode>()) {
      in_loop(*loop, scope, [&](const Scope& inside) { ask(*loop->value, inside, after_first(loop->is_grouping ? after_first(steps) : steps), item, depth + 1); });
      return;
    }
    if (steps.empty()) return;
    if (const auto* object = expression.as<hcl::ObjectNode>()) {
      for (const hcl::ObjectItem& member : object->items) {
        const std::string name = constant_key(*member.key);
        if (name.empty() || steps[0].empty() || name == name_of(steps[0])) on(*member.value, after_first(steps));
      }
    } else if (const auto* tuple = expression.as<hcl::TupleNode>()) {
      for (const hcl::ExpressionPtr& element : tuple->elements) on(*element, after_first(steps));
    } else if (const auto* call = expression.as<hcl::Call>()) {
      ask(*call, steps, on);
    }
  }

  static void ask(const hcl::Call& call, const Steps& steps, const auto& on) {
    if (call.arguments.empty()) return;
    if (call.name == "lookup" && call.arguments.size() > 1) return on(*call.arguments[0], before(key_step(constant_key(*call.arguments[1])), steps));
    if (call.name == "one" || call.name == "element") return on(*call.arguments[0], before("", steps));
    if (call.name == "zipmap" && call.arguments.size() > 1) return on(*call.arguments[1], steps);
    if (std::ranges::find(kPassing, call.name) == kPassing.end()) return;
    for (const hcl::ExpressionPtr& argument : call.arguments) on(*argument, steps);
  }

  /// `var.x.a` asks the argument of the module's call for "a", and so on.
  void ask(const hcl::Reference& reference, const Scope& scope, const Steps& steps, int depth) {
    const std::string& root = reference.root();
    const auto from = [&](size_t first) {
      Steps all;
      for (size_t i = first; i < reference.steps.size(); ++i) all.push_back(step_of(reference.steps[i]));
      all.insert(all.end(), steps.begin(), steps.end());
      return all;
    };
    const auto follow = [&](const Expression* to, const Module& where, const Steps& wanted) {
      if (to != nullptr) ask(*to, {.module = &where}, wanted, nullptr, depth + 1);
    };
    for (const Scope* at = &scope; at != nullptr; at = at->outer) {
      if (at->name.empty() || at->name != root) continue;
      const bool is_element = at->collection != nullptr && (!at->is_iterator || reference.name(1) == "value");
      if (is_element) ask(*at->collection, *at->outer, before("", from(at->is_iterator ? 2 : 1)), nullptr, depth + 1);
      return;
    }
    const Module& module = *scope.module;
    const std::string name(reference.name(1));
    if (root == "local") {
      if (const auto found = module.locals.find(name); found != module.locals.end()) follow(found->second.value, module, from(2));
    } else if (root == "var") {
      ask_argument(module, name, from(2), depth + 1);
    } else if (root == "module") {
      if (const auto call = module.calls.find(name); call != module.calls.end()) follow_output(*call->second.module, from(2), follow);
    } else {
      const NamedBlock block = block_named(reference);
      note((block.is_data ? "data." : "") + block.type, from(block.steps));
    }
  }

  void ask_argument(const Module& module, const std::string& name, const Steps& steps, int depth) {
    if (module.parent == nullptr) return;
    for (const auto& [called, call] : module.parent->calls) {
      const hcl::Attribute* argument = call.module.get() == &module ? call.block->body.find(name) : nullptr;
      if (argument == nullptr) continue;
      const Scope around{.module = module.parent};
      const Scope each{.module = module.parent, .outer = &around, .name = "each", .collection = call.for_each, .is_iterator = true};
      return ask(*argument->value, call.for_each == nullptr ? around : each, steps, nullptr, depth);
    }
  }

  /// `module.x.out.a`, `module.x[0].out.a`.
  static void follow_output(const Module& module, const Steps& steps, const auto& follow) {
    for (size_t i = 0; i < std::min<size_t>(steps.size(), 2); ++i) {
      const auto output = module.outputs.find(steps[i]);
      if (output != module.outputs.end()) return follow(output->second.value, module, Steps(steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end()));
    }
  }

  /// An index before any name is that of an instance.
  void note(const std::string& type, const Steps& steps) {
    if (!types_.contains(type)) return;
    Asked* at = &found_[type];
    const bool has_index = !steps.empty() && (steps[0].empty() || steps[0].starts_with('['));
    for (size_t i = has_index ? 1 : 0; i < steps.size(); ++i) at = steps[i].empty() ? &at->at_element() : &at->members[name_of(steps[i])];
  }

  /// An expression has one place, and so one scope.
  bool is_new(const Expression& expression, const Steps& steps) {
    std::string path;
    for (const std::string& step : steps) path += "." + step;
    return seen_.insert({&expression, std::move(path)}).second;
  }

  static constexpr int kDeepest = 64;  ///< configurations may go in circles
  const std::set<std::string>& types_;
  std::map<std::string, Asked>& found_;
  std::set<std::pair<const Expression*, std::string>> seen_;
};

}  // namespace

Asked& Asked::at_element() {
  if (!element) element = std::make_unique<Asked>();
  return *element;
}

bool Asked::asks_for(const std::string& name) const {
  if (members.contains(name) || (element && element->asks_for(name))) return true;
  return std::ranges::any_of(members, [&](const auto& member) { return member.second.asks_for(name); });
}

std::map<std::string, Asked> asked_of(const Module& root, const std::set<std::string>& types) {
  std::map<std::string, Asked> found;
  Finder(types, found).read(root);
  return found;
}

}  // namespace landfall::terraform::inert
