#include <fmt/format.h>

#include "base/text.h"
#include "hcl/unicode.h"
#include "hcl/value.h"

/// How `terraform console` and outputs print values.
/// Source: hashicorp/terraform, internal/repl, and answers of Terraform 1.11.4.
namespace landfall::hcl {
namespace {

std::string text_of(const Value& value, size_t indent);

std::string pad(size_t indent) { return "\n" + std::string(indent, ' '); }

/// A marker that no line of the text consists of.
std::string free_marker(const std::vector<std::string>& lines) {
  std::string marker = "EOT";
  for (bool is_free = false; !is_free;) {
    is_free = true;
    for (const std::string& line : lines) {
      if (trim(line) == marker) {
        marker += '_';
        is_free = false;
        break;
      }
    }
  }
  return marker;
}

std::string string_text(const std::string& text, size_t indent) {
  if (text.find('\n') == std::string::npos) return hcl::quoted(text);
  const std::vector<std::string> lines = split(text, '\n');
  const std::string marker = free_marker(lines);
  std::string out = (indent > 0 ? "<<-" : "<<") + marker;
  for (const std::string& line : lines) out += pad(indent) + line;
  return out + pad(indent) + marker;
}

std::string sequence_text(const Value& value, size_t indent) {
  std::string out = "[";
  for (const Value& element : value.elements()) out += pad(indent + 2) + text_of(element, indent + 2) + ",";
  return out + (value.length() > 0 ? pad(indent) : "") + "]";
}

std::string mapping_text(const Value& value, size_t indent) {
  std::string out = "{";
  for (const Value::Field& field : value.fields()) {
    out += pad(indent + 2) + string_text(field.name, indent + 2) + " = " + text_of(field.value, indent + 2);
  }
  return out + (value.length() > 0 ? pad(indent) : "") + "}";
}

std::string null_text(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::dynamic:
      return "null";
    case Type::Kind::string:
      return "tostring(null)";
    case Type::Kind::number:
      return "tonumber(null)";
    case Type::Kind::boolean:
      return "tobool(null)";
    case Type::Kind::list:
      return fmt::format("tolist(null) /* of {} */", type.element().friendly());
    case Type::Kind::set:
      return fmt::format("toset(null) /* of {} */", type.element().friendly());
    case Type::Kind::map:
      return fmt::format("tomap(null) /* of {} */", type.element().friendly());
    case Type::Kind::tuple:
    case Type::Kind::object:
      return fmt::format("null /* {} */", type.friendly());
  }
  return "null";
}

std::string text_of(const Value& value, size_t indent) {
  if (!value.is_known()) return "(known after apply)";
  if (value.is_sensitive()) return "(sensitive value)";
  if (any(value.marks() & Marks::ephemeral)) return "(ephemeral value)";
  if (value.is_null()) return null_text(value.type());
  switch (value.type().kind()) {
    case Type::Kind::dynamic:
      return "null";
    case Type::Kind::string:
      return string_text(value.as_string(), indent);
    case Type::Kind::number:
      return value.as_number().text();
    case Type::Kind::boolean:
      return value.as_bool() ? "true" : "false";
    case Type::Kind::list:
      return "tolist(" + sequence_text(value, indent) + ")";
    case Type::Kind::set:
      return "toset(" + sequence_text(value, indent) + ")";
    case Type::Kind::map:
      return "tomap(" + mapping_text(value, indent) + ")";
    case Type::Kind::tuple:
      return sequence_text(value, indent);
    case Type::Kind::object:
      return mapping_text(value, indent);
  }
  return {};
}

}  // namespace

std::string to_console(const Value& value) { return text_of(value, 0); }

}  // namespace landfall::hcl
