#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/format.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

/// Functions that providers bring with them: texts in, texts out. They go by the names that the providers usually have.
/// Source: docs of the providers aws, local and terraform, "Functions"; answers of Terraform 1.11.4.
namespace landfall::hcl {
namespace {

constexpr std::array kParts{"partition", "service", "region", "account_id", "resource"};

/// The five parts after "arn:"; the last may hold colons.
Result<std::vector<std::string>> split_arn(const std::string& arn) {
  if (!arn.starts_with("arn:")) return failed("arn: invalid prefix");
  std::vector<std::string> parts = split(std::string_view(arn).substr(4), ':');
  if (parts.size() < kParts.size()) return failed("arn: not enough sections");
  const std::string resource = join(std::span(parts).subspan(kParts.size() - 1), ":");
  parts.resize(kParts.size());
  parts.back() = resource;
  return parts;
}

Result<Value> parse_arn(const Arguments& a) {
  const auto parts = split_arn(a.string(0));
  if (!parts) return std::unexpected(parts.error());
  std::vector<Value::Field> fields;
  for (size_t i = 0; i < kParts.size(); ++i) fields.push_back({kParts[i], Value::string((*parts)[i])});
  return Value::object(std::move(fields));
}

Result<Value> build_arn(const Arguments& a) { return Value::string(fmt::format("arn:{}:{}:{}:{}:{}", a.string(0), a.string(1), a.string(2), a.string(3), a.string(4))); }

/// "role/with/path/name" is "role/name".
Result<Value> trim_role_path(const Arguments& a) {
  const auto parts = split_arn(a.string(0));
  if (!parts) return std::unexpected(parts.error());
  const std::string &service = (*parts)[1], &region = (*parts)[2], &resource = (*parts)[4];
  if (service != "iam") return failed(fmt::format("service must be \"iam\", got \"{}\"", service));
  if (!region.empty()) return failed(fmt::format("region must be empty, got \"{}\"", region));
  if (!resource.starts_with("role/")) return failed(fmt::format("resource must start with \"role/\", got \"{}\"", resource));
  return Value::string(fmt::format("arn:{}:iam::{}:role/{}", (*parts)[0], (*parts)[3], resource.substr(resource.rfind('/') + 1)));
}

bool is_identifier(std::string_view name) {
  const auto begins = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; };
  return !name.empty() && begins(name[0]) && std::ranges::all_of(name, [&](char c) { return begins(c) || c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// As one writes it, not laid out yet.
std::string expression_text(const Value& value) {
  if (value.is_null()) return "null";
  switch (value.type().kind()) {
    case Type::Kind::dynamic: return "null";
    case Type::Kind::string: return hcl::quoted(value.as_string());
    case Type::Kind::number: return value.as_number().text();
    case Type::Kind::boolean: return value.as_bool() ? "true" : "false";
    case Type::Kind::list:
    case Type::Kind::set:
    case Type::Kind::tuple: {
      std::vector<std::string> elements;
      for (const Value& element : value.elements()) elements.push_back(expression_text(element));
      return "[" + join(elements, ", ") + "]";
    }
    case Type::Kind::map:
    case Type::Kind::object: {
      std::string text = value.length() == 0 ? "{" : "{\n";
      for (const auto& [name, member] : value.fields()) text += fmt::format("{} = {}\n", is_identifier(name) ? name : hcl::quoted(name), expression_text(member));
      return text + "}";
    }
  }
  return {};
}

Result<Value> encode_expression(const Arguments& a) {
  constexpr std::string_view kName = "x = ";
  std::string text = format_file(fmt::format("{}{}\n", kName, expression_text(a[0]))).substr(kName.size());
  while (text.ends_with('\n')) text.pop_back();
  return Value::string(text);
}

Result<Value> encode_variables(const Arguments& a) {
  if (!a[0].type().has_fields()) return failed("invalid value to encode: must be an object whose attribute names will become the encoded variable names");
  std::string text;
  for (const auto& [name, value] : a[0].fields()) {
    if (!is_identifier(name)) return failed(fmt::format("invalid variable name \"{}\": must be a valid identifier, per Terraform's rules for input variable declarations", name));
    text += fmt::format("{} = {}\n", name, expression_text(value));
  }
  return Value::string(format_file(text));
}

Result<Value> decode_variables(const Arguments& a) {
  const auto said = [](const Diagnostics& diagnostics) { return diagnostics.empty() ? std::string() : fmt::format("{}; {}", diagnostics[0].summary, diagnostics[0].detail); };
  const ParsedFile parsed = parse_file("<decode_tfvars argument>", a.string(0));
  if (parsed.diagnostics.has_errors()) return failed("invalid tfvars syntax: " + said(parsed.diagnostics));
  if (!parsed.file.body.blocks.empty()) return failed(fmt::format("invalid tfvars content: blocks are not allowed here, found \"{}\"", parsed.file.body.blocks[0].type));
  std::vector<Value::Field> fields;
  for (const Attribute& attribute : parsed.file.body.attributes) {
    if (!attribute.value->calls().empty()) return failed(fmt::format("invalid expression for variable \"{}\": functions may not be called here", attribute.name));
    const Evaluated found = evaluate(*attribute.value, MapScope());
    if (!found.ok()) return failed(fmt::format("invalid expression for variable \"{}\": {}", attribute.name, said(found.diagnostics)));
    fields.push_back({attribute.name, found.value});
  }
  return Value::object(std::move(fields));
}

Result<Value> is_folder(const Arguments& a) {
  const std::filesystem::path path = a.context.base_dir / a.string(0);
  if (std::filesystem::exists(path) && !std::filesystem::is_directory(path)) return failed(fmt::format("Invalid file mode detected: \"{}\" was found, but is not a directory", a.string(0)));
  return Value::boolean(std::filesystem::is_directory(path));
}

}  // namespace

std::span<const Function> provider_functions() {
  static const std::vector<Parameter> kArn{{"arn", Type::string()}};
  static const std::vector<Function> kFunctions{
      {"provider::aws::arn_build",
       {{"partition", Type::string()}, {"service", Type::string()}, {"region", Type::string()}, {"account_id", Type::string()}, {"resource", Type::string()}},
       {},
       Type::string(),
       build_arn},
      {"provider::aws::arn_parse", kArn, {}, {}, parse_arn},
      {"provider::aws::trim_iam_role_path", kArn, {}, Type::string(), trim_role_path},
      {"provider::local::direxists", {{"path", Type::string()}}, {}, Type::boolean(), is_folder},
      {"provider::terraform::decode_tfvars", {{"src", Type::string()}}, {}, {}, decode_variables},
      {"provider::terraform::encode_expr", {{"value", {}}}, {}, Type::string(), encode_expression},
      {"provider::terraform::encode_tfvars", {{"value", {}}}, {}, Type::string(), encode_variables},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
