#include <cstdio>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/root_session.h"
#include "hcl/decode_spec.h"
#include "hcl/value_json.h"

namespace landfall::cli {
namespace {

constexpr int kBadDocument = 2;  // hcldec's exit code

json::object place(uint32_t line, uint32_t column, uint32_t byte) { return {{"line", line}, {"column", column}, {"byte", byte}}; }

json::object place(const hcl::Range& range) {
  return {{"filename", range.source->name}, {"start", place(range.start.line, range.start.column, range.start.byte)}, {"end", place(range.end.line, range.end.column, range.end.byte)}};
}

void tell(const hcl::Diagnostics& diagnostics, bool as_json) {
  if (!as_json) return print_diagnostics(diagnostics);
  json::array list;
  for (const hcl::Diagnostic& d : diagnostics) {
    json::object one{{"severity", d.is_error() ? "error" : "warning"}, {"summary", d.summary}};
    if (!d.detail.empty()) one["detail"] = d.detail;
    if (d.line > 0) one["subject"] = json::object{{"filename", d.file}, {"start", place(d.line, d.column, d.byte)}, {"end", place(d.end_line, d.end_column, d.end_byte)}};
    list.push_back(std::move(one));
  }
  std::fputs((pretty_json(json::object{{"diagnostics", std::move(list)}}) + "\n").c_str(), stderr);
}

/// Members of objects that are null are left out.
hcl::Value without_nulls(const hcl::Value& value) {
  if (!value.has_value()) return value;
  if (value.type().has_fields()) {
    std::vector<hcl::Value::Field> fields;
    for (const auto& [name, member] : value.fields()) {
      if (!member.is_null()) fields.push_back({name, without_nulls(member)});
    }
    return hcl::Value::object(std::move(fields));
  }
  if (!value.type().is_sequence()) return value;
  std::vector<hcl::Value> elements;
  for (const hcl::Value& element : value.elements()) elements.push_back(without_nulls(element));
  return hcl::Value::tuple(std::move(elements));
}

json::array described(const std::vector<const hcl::Reference*>& references, const hcl::MapScope& scope) {
  json::array list;
  for (const hcl::Reference* reference : references) {
    json::array steps;
    for (size_t i = 0; i < reference->steps.size(); ++i) {
      const hcl::Step& step = reference->steps[i];
      json::object one{{"kind", i == 0 ? "root" : step.is_name() ? "attr" : "index"}};
      if (step.is_name()) one["name"] = step.name();
      else one["key"] = hcl::to_json_value(step.index());
      one["range"] = place(step.range);
      steps.push_back(std::move(one));
    }
    json::object whole{{"root_name", reference->root()}};
    if (auto found = scope.resolve(*reference); found) {
      std::expected<hcl::Value, hcl::Diagnostic> value = found->value;
      for (size_t i = found->steps_used; value && i < reference->steps.size(); ++i) value = hcl::apply_step(*value, reference->steps[i], hcl::Dialect::modern);
      if (value) whole["value"] = hcl::to_json_value(*value);
    }
    whole["steps"] = std::move(steps);
    whole["range"] = place(reference->range);
    list.push_back(std::move(whole));
  }
  return list;
}

/// Variables from a JSON object on the command line, or from a file.
bool add_variables(const std::string& given, std::map<std::string, hcl::Value, std::less<>>& variables, hcl::Diagnostics& diagnostics) {
  std::string text(trim(given));
  const bool is_json = text.starts_with('{') || given.ends_with(".json");
  if (!text.starts_with('{')) {
    const auto read = read_file(given);
    if (!read) return complain(read.error()) == 0;
    text = *read;
  }
  if (is_json) {
    const auto value = hcl::from_json(text);
    if (!value || !value->has_value() || !value->type().has_fields()) return complain({.code = "Hcl.Json", .what = "--vars is not a JSON object: " + (value ? text : value.error().what)}) == 0;
    for (const auto& [name, member] : value->fields()) variables.insert_or_assign(name, member);
    return true;
  }
  const hcl::ParsedFile parsed = hcl::parse_file(given, text);
  diagnostics.append(parsed.diagnostics);
  for (const hcl::Attribute& attribute : parsed.file.body.attributes) {
    hcl::Evaluated value = hcl::evaluate(*attribute.value, hcl::MapScope());
    diagnostics.append(std::move(value.diagnostics));
    variables.insert_or_assign(attribute.name, std::move(value.value));
  }
  return true;
}

}  // namespace

int hcl_decode_command(const DecodeArguments& arguments) {
  hcl::Diagnostics diagnostics;
  const auto text = read_file(arguments.spec);
  if (!text) return complain(text.error());
  const auto spec = hcl::DecodeSpec::parse(arguments.spec, *text, diagnostics);
  if (!spec) return tell(diagnostics, arguments.as_json), kBadDocument;
  std::map<std::string, hcl::Value, std::less<>> variables;
  for (const std::string& given : arguments.variables) {
    if (!add_variables(given, variables, diagnostics)) return 1;
  }
  std::vector<hcl::File> files;
  const auto add = [&](const std::string& name, const std::string& content) {
    hcl::ParsedFile parsed = hcl::parse_file(name, content);
    diagnostics.append(std::move(parsed.diagnostics));
    files.push_back(std::move(parsed.file));
  };
  if (arguments.files.empty()) add("<stdin>", std::string(std::istreambuf_iterator<char>(std::cin), {}));
  for (const std::string& name : arguments.files) {
    const auto content = read_file(name);
    if (!content) return complain(content.error());
    add(name, *content);
  }
  if (diagnostics.has_errors()) return tell(diagnostics, arguments.as_json), kBadDocument;
  std::string out;
  if (arguments.shows_references) {
    auto known = spec->variables();
    for (const auto& [name, value] : variables) known.insert_or_assign(name, value);
    out = pretty_json(described(spec->references(files), hcl::MapScope(std::move(known))));
  } else {
    const hcl::Evaluated found = spec->decode(files, std::move(variables));
    if (!found.ok()) return tell(found.diagnostics, arguments.as_json), kBadDocument;
    out = hcl::to_json(arguments.keeps_nulls ? found.value : without_nulls(found.value));
    if (arguments.has_type) out = "{\"value\":" + out + ",\"type\":" + json::serialize(hcl::type_to_json(found.value.type())) + "}";
  }
  out += '\n';
  if (arguments.out.empty()) return std::fputs(out.c_str(), stdout) < 0 ? 1 : 0;
  const auto written = write_file_atomic(arguments.out, out);
  return written ? 0 : complain(written.error());
}

}  // namespace landfall::cli
