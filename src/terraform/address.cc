#include "terraform/address.h"

namespace landfall::terraform {

std::string dotted(std::string_view prefix, std::string_view rest) {
  if (prefix.empty()) return std::string(rest);
  return std::string(prefix) + "." + std::string(rest);
}

std::string Key::suffix() const {
  switch (kind) {
    case Kind::none: return "";
    case Kind::number: return "[" + std::to_string(number) + "]";
    case Kind::text: return "[" + hcl::to_console(hcl::Value::string(text)) + "]";
  }
  return "";
}

std::string BlockAddress::text() const { return dotted(module, (is_data ? "data." : "") + type + "." + name); }

std::string without_keys(std::string_view address) {
  std::string plain;
  bool in_key = false, in_text = false;
  for (size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (in_text && c == '\\') {
      ++i;
      continue;
    }
    if (in_key && c == '"') in_text = !in_text;
    else if (!in_text && c == '[') in_key = true;
    else if (!in_text && c == ']') in_key = false;
    else if (!in_key) plain += c;
  }
  return plain;
}

}  // namespace landfall::terraform
