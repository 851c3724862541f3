#include "terraform/scope.h"

#include <fmt/format.h>

#include "terraform/references.h"

namespace landfall::terraform {

using hcl::Diagnostic;
using hcl::Reference;
using hcl::Resolution;

namespace {

std::unexpected<Diagnostic> unresolved(std::string summary, std::string detail) {
  return std::unexpected(Diagnostic{.summary = std::move(summary), .detail = std::move(detail)});
}

}  // namespace

/// file() and its kin start at the working directory, as Terraform's do.
ModuleScope::ModuleScope(const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, std::map<std::string, Value, std::less<>> locals)
    : evaluation_(evaluation), in_(in), repetition_(repetition), locals_(std::move(locals)), functions_(evaluation.options().functions) {
  functions_.base_dir = evaluation.options().working_directory;
}

std::expected<Resolution, Diagnostic> ModuleScope::resolve(const Reference& reference) const {
  const std::string& root = reference.root();
  const std::string name(reference.name(1));
  if (const auto local = locals_.find(root); local != locals_.end()) return Resolution{.value = local->second, .steps_used = 1};
  if (root == "var" && !in_.module->variables.contains(name)) {
    return unresolved("Reference to undeclared input variable", fmt::format("An input variable with the name \"{0}\" has not been declared. This variable can be declared with a variable \"{0}\" {{}} block.", name));
  }
  if (root == "local" && !in_.module->locals.contains(name)) return unresolved("Reference to undeclared local value", fmt::format("A local value with the name \"{}\" has not been declared.", name));
  if (root == "var" || root == "local") return Resolution{.value = evaluation_.value(in_, root + "." + name), .steps_used = 2};
  if (root == "count") {
    if (repetition_.count_index.is_null()) {
      // 0.11 counts everywhere: a block without count is its own first instance.
      if (in_.module->dialect == hcl::Dialect::v011) return Resolution{.value = Value::number(0), .steps_used = 2};
      return unresolved("Reference to \"count\" in non-counted context", "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.");
    }
    return Resolution{.value = repetition_.count_index, .steps_used = 2};
  }
  if (root == "each") {
    if (repetition_.each_key.is_null()) return unresolved("Reference to \"each\" in context without for_each", "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.");
    if (name == "key") return Resolution{.value = repetition_.each_key, .steps_used = 2};
    if (name == "value") return Resolution{.value = repetition_.each_value, .steps_used = 2};
    return unresolved("Invalid \"each\" attribute", fmt::format("The \"each\" object does not have an attribute named \"{}\". The supported attributes are each.key and each.value.", name));
  }
  if (root == "self") {
    if (repetition_.self == nullptr) return unresolved("Invalid \"self\" reference", "The \"self\" object is not available in this context. This object can be used only in resource postcondition blocks.");
    return Resolution{.value = *repetition_.self, .steps_used = 1};
  }
  if (root == "path") return resolve_path(name);
  if (root == "terraform") {
    const bool is_legacy = in_.module->dialect == hcl::Dialect::v011;
    if (name == "workspace" || (is_legacy && name == "env")) return Resolution{.value = Value::string(evaluation_.options().workspace), .steps_used = 2};
    return unresolved("Invalid \"terraform\" attribute", fmt::format("The \"terraform\" object does not have an attribute named \"{}\". The attribute that is supported is terraform.workspace.", name));
  }
  if (root == "module") return resolve_module(reference);
  return resolve_block(reference);
}

std::expected<Resolution, Diagnostic> ModuleScope::resolve_path(std::string_view name) const {
  const auto& cwd = evaluation_.options().working_directory;
  const auto shown = [&](const std::filesystem::path& directory) {
    const auto relative = directory.lexically_relative(cwd).lexically_normal();
    const std::string text = relative.empty() ? directory.string() : relative.string();
    return Resolution{.value = Value::string(text.ends_with('/') && text.size() > 1 ? text.substr(0, text.size() - 1) : text), .steps_used = 2};
  };
  if (name == "cwd") return Resolution{.value = Value::string(cwd.string()), .steps_used = 2};
  if (name == "module") return shown(in_.module->directory);
  if (name == "root") return shown(evaluation_.root().module->directory);
  return unresolved("Invalid \"path\" attribute", fmt::format("The \"path\" object does not have an attribute named \"{}\". The supported attributes are path.cwd, path.module and path.root.", name));
}

std::expected<Resolution, Diagnostic> ModuleScope::resolve_module(const Reference& reference) const {
  const auto call = in_.module->calls.find(std::string(reference.name(1)));
  if (call == in_.module->calls.end()) return unresolved("Reference to undeclared module", fmt::format("No module call named \"{}\" is declared.", reference.name(1)));
  const bool is_single = call->second.count == nullptr && call->second.for_each == nullptr;
  const std::string output(reference.name(2));
  if (is_single && !output.empty() && call->second.module->outputs.contains(output)) {
    for (const ModuleInstance* instance : evaluation_.instances_of(*call->second.module)) {
      if (instance->parent == &in_) return Resolution{.value = evaluation_.value(*instance, "output." + output), .steps_used = 3};
    }
  }
  return Resolution{.value = evaluation_.module_value(in_, call->second), .steps_used = 2};
}

std::expected<Resolution, Diagnostic> ModuleScope::resolve_block(const Reference& reference) const {
  const NamedBlock named = block_named(reference);
  const size_t used = named.steps;
  const auto config = in_.module->resources.find(named.id());
  if (named.name.empty() || config == in_.module->resources.end()) {
    return unresolved("Reference to undeclared resource", fmt::format("{} has not been declared in {}.", named.description(), in_.module->path.empty() ? "the root module" : in_.module->path));
  }
  const BlockAddress block{.module = in_.path, .is_data = named.is_data, .type = named.type, .name = named.name};
  const bool has_count = config->second.count != nullptr;
  const bool has_index = reference.steps.size() > used && !reference.steps[used].is_name();
  if (has_index && has_count) {  // one instance, without putting all of them together
    const Value& index = reference.steps[used].index();
    const auto number = index.is(hcl::Type::Kind::number) ? index.as_number().as_int64() : std::nullopt;
    if (number) {
      if (auto value = evaluation_.instance({.block = block, .key = Key::of(*number)})) return Resolution{.value = std::move(*value), .steps_used = used + 1};
    }
  }
  if (in_.module->dialect != hcl::Dialect::v011) return Resolution{.value = evaluation_.whole_block(block), .steps_used = used};

  // 0.11: `x.0` of one that is not counted is x; `x.id` of a counted one is its first's; `x.count` is how many.
  const std::string attribute(reference.name(used));
  Value whole = evaluation_.whole_block(block);
  if (has_index && !has_count) return Resolution{.value = std::move(whole), .steps_used = used + 1};
  if (attribute == "count" && whole.is_known()) return Resolution{.value = Value::number(has_count ? static_cast<int64_t>(whole.length()) : 1), .steps_used = used + 1};
  if (!attribute.empty() && has_count && whole.is_known()) {
    if (whole.length() == 0) return unresolved("Resource has no instances", fmt::format("{} has count 0: there is no instance whose \"{}\" could be used.", block.text(), attribute));
    return Resolution{.value = whole.elements()[0], .steps_used = used};
  }
  if (named.is_data && named.type == "terraform_remote_state" && !attribute.empty() && whole.has_value() && whole.find(attribute) == nullptr) {
    const Value* outputs = whole.find("outputs");
    if (outputs != nullptr) return Resolution{.value = *outputs, .steps_used = used};
  }
  return Resolution{.value = std::move(whole), .steps_used = used};
}

}  // namespace landfall::terraform
