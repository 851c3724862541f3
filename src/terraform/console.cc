#include "terraform/console.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/evaluate.h"
#include "terraform/scope.h"
#include "terraform/session.h"
#include "terraform/sources.h"
#include "terraform/state_value.h"

namespace landfall::terraform {
namespace {

using hcl::Diagnostics;
using hcl::Type;

std::string type_text(const Type& type, const std::string& indent) {
  const std::string inner = indent + "    ";
  const auto many = [&](const char* word, char open, char close, const std::vector<std::string>& parts) {
    std::string text = fmt::format("{}({}", word, open);
    for (const std::string& part : parts) text += "\n" + inner + part + ",";
    return text + (parts.empty() ? "" : "\n" + indent) + close + ")";
  };
  std::vector<std::string> parts;
  if (type.is(Type::Kind::object)) {
    for (const Type::Attribute& attribute : type.attributes()) parts.push_back(attribute.name + ": " + type_text(attribute.type, inner));
    return many("object", '{', '}', parts);
  }
  if (type.is(Type::Kind::tuple)) {
    for (const Type& element : type.elements()) parts.push_back(type_text(element, inner));
    return many("tuple", '[', ']', parts);
  }
  if (!type.is_collection()) return type.text();
  const std::string element = type_text(type.element(), inner);
  const char* word = type.is(Type::Kind::list) ? "list" : type.is(Type::Kind::set) ? "set" : "map";
  return element.find('\n') == std::string::npos ? fmt::format("{}({})", word, element) : fmt::format("{}(\n{}{},\n{})", word, inner, element, indent);
}

/// The call of the console's own function that the whole expression is, or null.
const hcl::Call* call_of_type(const hcl::Expression& expression) {
  if (const auto* inside = expression.as<hcl::Parentheses>()) return call_of_type(*inside->inner);
  const auto* call = expression.as<hcl::Call>();
  return call != nullptr && call->name == "type" ? call : nullptr;
}

/// What a state has of one block.
void set_from_state(const Engine::Impl& impl, const State& state, const Node& node, Evaluation& evaluation, Diagnostics& diagnostics) {
  const auto& resource = *static_cast<const ResourceConfig*>(node.config);
  const Schema* schema = impl.schema_of(resource);
  if (schema == nullptr) return;  // of a type that is not carried: unknown
  for (const ModuleInstance* in : evaluation.instances_of(*node.module)) {
    const BlockAddress block{.module = in->path, .is_data = resource.is_data, .type = resource.type, .name = resource.name};
    const Expansion expansion = evaluation.expand(resource.count, resource.for_each, *in, diagnostics);
    bool has_any = false;
    for (const auto& [key, repetition] : expansion.keys) has_any = has_any || state.instances.contains({block, key});
    if (!has_any) continue;  // the whole block is unknown then
    evaluation.set_block(block, expansion.mode);
    for (const auto& [key, repetition] : expansion.keys) {
      const auto found = state.instances.find({block, key});
      const auto value = found == state.instances.end() ? Result<Value>(Value::unknown(schema->type())) : value_of_instance(found->second, *schema);
      evaluation.set_instance({block, key}, value ? *value : Value::unknown(schema->type()));
    }
  }
}

}  // namespace

struct Console::Impl {
  std::unique_ptr<Engine> engine;  ///< null: a folder without files
  Module empty{};
  std::unique_ptr<Evaluation> evaluation;
};

Console::Console(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Console::~Console() = default;

std::unique_ptr<Console> Console::open(const EngineOptions& options, Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>();
  if (!has_configuration(options.directory)) {
    impl->empty.directory = options.directory;
    static SystemClock clock;
    static IdSource ids;
    impl->evaluation = std::make_unique<Evaluation>(impl->empty, EvaluationOptions{.working_directory = options.directory, .functions = {.base_dir = options.directory, .clock = &clock, .ids = &ids}});
    return std::unique_ptr<Console>(new Console(std::move(impl)));
  }
  EngineOptions lenient = options;
  lenient.takes_any_type = true;
  impl->engine = Engine::open(lenient, diagnostics);
  if (!impl->engine) return nullptr;
  const Engine::Impl& engine = impl->engine->impl();
  EvaluationOptions evaluation = engine.evaluation_options(false);
  evaluation.functions.plan_timestamp.clear();
  impl->evaluation = std::make_unique<Evaluation>(*engine.root, std::move(evaluation));
  State state;
  if (auto found = impl->engine->read_state()) state = std::move(*found);
  Clouds clouds(engine);
  walk(engine.graph.nodes.size(), [&](int i) -> const std::vector<int>& { return engine.graph.nodes[static_cast<size_t>(i)].needs; }, 1,
       [&](int i) {
         const Node& node = engine.graph.nodes[static_cast<size_t>(i)];
         Diagnostics unclear;  // a console is for finding out; what fails here is unknown there
         if (node.kind == Node::Kind::resource) set_from_state(engine, state, node, *impl->evaluation, unclear);
         else if (node.kind != Node::Kind::provider) visit_plain(engine, node, *impl->evaluation, clouds, unclear);
         return true;
       },
       [] { return false; });
  return std::unique_ptr<Console>(new Console(std::move(impl)));
}

/// A whole value in "${…}" is how 0.11 writes it: what fails in the language of today is read in that of then.
Console::Answer Console::answer(std::string_view expression) const {
  const hcl::Dialect dialect = impl_->evaluation->root().module->dialect;
  Answer found = answer_in(expression, dialect);
  const std::string_view text = trim(expression);
  if (found.ok() || dialect == hcl::Dialect::v011 || !text.starts_with("\"${") || !text.ends_with("}\"")) return found;
  Answer legacy = answer_in(expression, hcl::Dialect::v011);
  return legacy.ok() ? legacy : found;
}

Console::Answer Console::answer_in(std::string_view expression, hcl::Dialect dialect) const {
  Answer answer;
  hcl::ParsedExpression parsed = hcl::parse_expression("<console-input>", std::string(expression) + "\n", dialect);  // a heredoc ends with its marker's line
  answer.diagnostics = std::move(parsed.diagnostics);
  if (!parsed.expression || !answer.ok()) return answer;
  const hcl::Call* type = call_of_type(*parsed.expression);
  const std::vector<std::string_view> calls = parsed.expression->calls();
  const auto uses = std::ranges::count(calls, std::string_view("type"));
  if (uses > (type == nullptr ? 0 : 1)) {
    if (uses == 2 && type != nullptr && type->arguments.size() == 1 && call_of_type(*type->arguments[0]) != nullptr) {
      answer.text = "type";
      return answer;
    }
    answer.diagnostics.push_back({.summary = "Invalid use of type function", .detail = "The console-only \"type\" function cannot be used as part of an expression."});
    return answer;
  }
  if (type != nullptr && type->arguments.size() != 1) {
    answer.diagnostics.error(type->name_range, type->arguments.empty() ? "Not enough function arguments" : "Too many function arguments", "Function \"type\" expects only 1 argument(s).");
    return answer;
  }
  hcl::Evaluated found = impl_->evaluation->evaluate(type != nullptr ? *type->arguments[0] : *parsed.expression, impl_->evaluation->root());
  answer.diagnostics.append(std::move(found.diagnostics));
  if (answer.ok()) answer.text = type != nullptr ? type_text(found.value.type(), "") : hcl::to_console(found.value);
  return answer;
}

namespace {

/// Whether a heredoc has begun and its marker has not come.
bool has_open_heredoc(std::string_view text) {
  std::string marker;
  for (const std::string& line : split(text, '\n')) {
    if (!marker.empty()) {
      if (trim(line) == marker) marker.clear();
      continue;
    }
    const size_t begin = line.rfind("<<");
    if (begin == std::string::npos) continue;
    std::string_view word = std::string_view(line).substr(begin + 2);
    if (word.starts_with('-')) word.remove_prefix(1);
    const bool is_marker = !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; }) && !std::isdigit(static_cast<unsigned char>(word[0]));
    if (is_marker) marker = word;
  }
  return !marker.empty();
}

}  // namespace

bool Console::is_open(std::string_view text) {
  if (has_open_heredoc(text)) return true;
  const hcl::ParsedExpression parsed = hcl::parse_expression("<console-input>", std::string(text) + "\n");
  if (parsed.expression && !parsed.diagnostics.has_errors()) return false;
  int depth = 0;
  for (const char c : text) depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
  return depth > 0;
}

}  // namespace landfall::terraform
