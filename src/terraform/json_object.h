#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "terraform/json_text.h"

/// JSON written member by member, in the order given: documents whose readers know Terraform's order, and whose numbers
/// keep all digits.
namespace landfall::terraform {

class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view json);  ///< `json` is put in as it is
  JsonObject& add_text(std::string_view name, std::string_view text) { return add(name, json_quoted(text)); }
  JsonObject& add_flag(std::string_view name, bool truth) { return add(name, truth ? "true" : "false"); }
  bool is_empty() const { return text_.size() == 1; }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

class JsonArray {
 public:
  JsonArray& add(std::string_view json);
  bool is_empty() const { return text_.size() == 1; }
  std::string text() const { return text_ + "]"; }

 private:
  std::string text_ = "[";
};

std::string json_texts(const std::vector<std::string>& texts);  ///< ["a","b"]

}  // namespace landfall::terraform
