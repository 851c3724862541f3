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

}  // namespace landfall::terraform
