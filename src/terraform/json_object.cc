#include "terraform/json_object.h"

namespace landfall::terraform {

JsonObject& JsonObject::add(std::string_view name, std::string_view json) {
  if (!is_empty()) text_ += ',';
  text_ += json_quoted(name);
  text_ += ':';
  text_ += json;
  return *this;
}

JsonArray& JsonArray::add(std::string_view json) {
  if (!is_empty()) text_ += ',';
  text_ += json;
  return *this;
}

std::string json_texts(const std::vector<std::string>& texts) {
  JsonArray list;
  for (const std::string& text : texts) list.add(json_quoted(text));
  return list.text();
}

}  // namespace landfall::terraform
