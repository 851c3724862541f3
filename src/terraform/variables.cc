#include "terraform/variables.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "hcl/convert.h"
#include "terraform/references.h"

extern char** environ;

namespace landfall::terraform {
namespace {

using hcl::Diagnostics;

class Given {
 public:
  Given(const Module& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  void from_environment() {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      if (!text.starts_with("TF_VAR_")) continue;
      const size_t equals = text.find('=');
      const std::string name(text.substr(7, equals - 7));
      if (root_.variables.contains(name)) take_text(name, std::string(text.substr(equals + 1)), "TF_VAR_" + name);
    }
  }

  void from_folder() {
    std::vector<std::filesystem::path> automatic;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(root_.directory, ignored)) {
      const std::string name = entry.path().filename();
      if (name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")) automatic.push_back(entry.path());
    }
    std::ranges::sort(automatic);
    for (const char* name : {"terraform.tfvars", "terraform.tfvars.json"}) {
      if (std::filesystem::exists(root_.directory / name)) from_file(root_.directory / name);
    }
    for (const auto& path : automatic) from_file(path);
  }

  void from_options(const std::vector<std::string>& assignments, const std::vector<std::string>& files) {
    for (const std::string& file : files) from_file(file);
    for (const std::string& assignment : assignments) from_argument(assignment);
  }

  void from_file(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) {
      diagnostics_.push_back({.summary = "Failed to read variables file", .detail = text.error().message()});
      return;
    }
    files_.push_back(hcl::parse_file(path.filename().string(), *text, root_.dialect));
    hcl::ParsedFile& parsed = files_.back();
    diagnostics_.append(std::move(parsed.diagnostics));
    const hcl::MapScope nothing;
    for (const hcl::Attribute& attribute : parsed.file.body.attributes) {
      hcl::Evaluated value = hcl::evaluate(*attribute.value, nothing);
      const bool failed = !value.ok();
      diagnostics_.append(std::move(value.diagnostics));
      if (failed) continue;
      if (!root_.variables.contains(attribute.name)) {
        diagnostics_.warning(attribute.name_range, "Value for undeclared variable", fmt::format("The root module does not declare a variable named \"{}\" but a value was found in file \"{}\".", attribute.name, path.filename().string()));
        continue;
      }
      put(attribute.name, value.value);
    }
    for (const hcl::Block& block : parsed.file.body.blocks) {
      diagnostics_.error(block.type_range, "Unexpected block", fmt::format("A variables file holds arguments only; \"{}\" is written as a block. Did you forget the equals sign?", block.type));
    }
  }

  void from_argument(const std::string& assignment) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      diagnostics_.push_back({.summary = "Invalid -var option", .detail = fmt::format("The given -var option \"{}\" is not correctly specified. Must be a variable name and value separated by an equals sign, like -var=\"key=value\".", assignment)});
      return;
    }
    const std::string name(trim(assignment.substr(0, equals)));
    if (!root_.variables.contains(name)) {
      diagnostics_.push_back({.summary = "Value for undeclared variable", .detail = fmt::format("A variable named \"{}\" was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration.", name)});
      return;
    }
    take_text(name, assignment.substr(equals + 1), "-var");
  }

  std::map<std::string, Value> values;

 private:
  /// Text from outside: as it stands for a string variable, an expression for the others.
  void take_text(const std::string& name, const std::string& text, const std::string& source) {
    if (root_.variables.at(name).is_text) return put(name, Value::string(text));
    hcl::ParsedExpression parsed = hcl::parse_expression(fmt::format("<value for var.{} from {}>", name, source), text, root_.dialect);
    if (!parsed.expression) return diagnostics_.append(std::move(parsed.diagnostics));
    hcl::Evaluated value = hcl::evaluate(*parsed.expression, hcl::MapScope());
    if (value.ok()) put(name, value.value);
    diagnostics_.append(std::move(value.diagnostics));
  }

  void put(const std::string& name, const Value& value) {
    const auto before = values.find(name);
    const bool merges = root_.dialect == hcl::Dialect::v011 && before != values.end() && before->second.has_value() && before->second.type().has_fields() && value.has_value() && value.type().has_fields();
    if (!merges) {
      values.insert_or_assign(name, value);
      return;
    }
    std::vector<Value::Field> fields(before->second.fields().begin(), before->second.fields().end());
    fields.insert(fields.end(), value.fields().begin(), value.fields().end());
    values.insert_or_assign(name, Value::object(std::move(fields)));
  }

  const Module& root_;
  Diagnostics& diagnostics_;
  std::vector<hcl::ParsedFile> files_;
};

/// What `var` is to a validation: the variable itself, which is not set yet, and the others that it names.
Value variables_of(const hcl::Block& validation, const std::string& own_name, const Value& own, const Evaluation& evaluation, const ModuleInstance& in) {
  std::vector<const hcl::Reference*> references;
  collect_references(validation.body, references);
  std::map<std::string, Value> values{{own_name, own}};
  for (const hcl::Reference* reference : references) {
    const std::string name(reference->name(1));
    if (reference->root() == "var" && in.module->variables.contains(name)) values.try_emplace(name, evaluation.value(in, "var." + name));
  }
  std::vector<Value::Field> fields;
  for (auto& [name, value] : values) fields.push_back({name, std::move(value)});
  return Value::object(std::move(fields));
}

}  // namespace

std::map<std::string, Value> given_variables(const Module& root, const std::vector<std::string>& assignments, const std::vector<std::string>& files, Diagnostics& diagnostics) {
  Given given(root, diagnostics);
  given.from_environment();
  given.from_folder();
  given.from_options(assignments, files);
  return std::move(given.values);
}

std::map<std::string, Value> chosen_variables(const Module& root, const std::vector<std::string>& assignments, const std::vector<std::string>& files, Diagnostics& diagnostics) {
  Given chosen(root, diagnostics);
  chosen.from_options(assignments, files);
  return std::move(chosen.values);
}

Value variable_value(const VariableConfig& variable, const Value* given, const Evaluation& evaluation, const ModuleInstance& in, const hcl::Range& given_at, Diagnostics& diagnostics) {
  Value value;
  if (given != nullptr && (!given->is_null() || variable.is_nullable || variable.default_value == nullptr)) {
    value = *given;
  } else if (variable.default_value != nullptr) {
    hcl::Evaluated found = hcl::evaluate(*variable.default_value, hcl::MapScope());
    diagnostics.append(std::move(found.diagnostics));
    value = found.value;
    // 0.11 keeps booleans that are written in files as "1" and "0".
    const bool is_legacy_flag = in.module->dialect == hcl::Dialect::v011 && value.has_value() && value.is(hcl::Type::Kind::boolean);
    if (is_legacy_flag) value = Value::string(value.as_bool() ? "1" : "0");
  } else {
    diagnostics.error(variable.range, "No value for required variable", fmt::format("The root module input variable \"{}\" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.", variable.name));
    return Value::unknown(variable.type);
  }
  if (!variable.type.is_dynamic()) {
    auto converted = hcl::convert(value, variable.type);
    if (!converted) {
      diagnostics.error(given_at, "Invalid value for input variable", fmt::format("The given value is not suitable for var.{} declared at {}:{}: {}.", variable.name, variable.range.source->name, variable.range.start.line, converted.error().what));
      return Value::unknown(variable.type);
    }
    value = *converted;
  }
  if (variable.is_sensitive) value = value.sensitive();
  if (variable.is_ephemeral) value = value.with_marks(hcl::Marks::ephemeral);
  CheckFinding finding;
  for (const hcl::Block* validation : variable.validations) {
    const auto scope = evaluation.scope(in, {}, {{"var", variables_of(*validation, variable.name, value, evaluation, in)}});
    finding.add(check_condition(*validation, *scope, "Invalid value for variable", diagnostics));
  }
  const std::string name = "var." + variable.name;
  evaluation.checks().report(dotted(in.module->path, name), dotted(in.path, name), std::move(finding));
  return value;
}

CheckFinding check_condition(const hcl::Block& block, const hcl::Scope& scope, const std::string& summary, Diagnostics& diagnostics) {
  const hcl::Attribute* condition = block.body.find("condition");
  const hcl::Attribute* message = block.body.find("error_message");
  if (condition == nullptr || message == nullptr) {
    diagnostics.error(block.header_range, "Missing required argument", fmt::format("A {} block needs the arguments \"condition\" and \"error_message\".", block.type));
    return {.status = CheckStatus::error};
  }
  hcl::Evaluated held = hcl::evaluate(*condition->value, scope, hcl::Type::boolean());
  const bool failed = !held.ok();
  diagnostics.append(std::move(held.diagnostics));
  if (failed || held.value.is_null()) return {.status = CheckStatus::error};
  if (!held.value.is_known()) return {.status = CheckStatus::unknown};
  if (held.value.as_bool()) return {};
  const hcl::Evaluated text = hcl::evaluate(*message->value, scope, hcl::Type::string());
  std::string problem = text.ok() && text.value.has_value() ? text.value.as_string() : "The condition does not hold.";
  diagnostics.error(condition->value->range, summary, problem);
  return {.status = CheckStatus::fail, .problems = {std::move(problem)}};
}

}  // namespace landfall::terraform
