#include "terraform/argument_named.h"

#include <cctype>

namespace landfall::terraform {
namespace {

using hcl::Value;

constexpr size_t kShortest = 3;  // of a text that says something by standing in a message

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

/// `value` as words of their own, not as a part of others.
bool stands_in(std::string_view message, std::string_view value) {
  for (size_t at = message.find(value); at != std::string_view::npos; at = message.find(value, at + 1)) {
    const size_t end = at + value.size();
    if ((at == 0 || !is_word_char(message[at - 1])) && (end == message.size() || !is_word_char(message[end]))) return true;
  }
  return false;
}

/// A number says something only where it is quoted: "Priority '10' is currently in use".
bool is_quoted_in(std::string_view message, const std::string& number) {
  for (const char quote : {'\'', '"', '`'}) {
    if (message.find(quote + number + quote) != std::string_view::npos) return true;
  }
  return false;
}

struct Search {
  std::string_view message;
  std::string best;
  size_t longest = 0;

  void offer(const std::string& path, size_t length) {
    if (length > longest) best = path, longest = length;
  }

  void look(const Value& value, const std::string& path) {
    if (!value.has_value()) return;
    if (value.is(hcl::Type::Kind::string)) {
      const std::string& text = value.as_string();
      if (text.size() >= kShortest && stands_in(message, text)) offer(path, text.size());
    } else if (value.is(hcl::Type::Kind::number)) {
      const std::string number = value.as_number().text();
      if (is_quoted_in(message, number)) offer(path, number.size());
    } else if (value.is(hcl::Type::Kind::map) || value.is(hcl::Type::Kind::object)) {
      for (const auto& [name, inner] : value.fields()) look(inner, path.empty() ? name : path + "." + name);
    } else if (value.is(hcl::Type::Kind::list) || value.is(hcl::Type::Kind::set) || value.is(hcl::Type::Kind::tuple)) {
      for (const Value& inner : value.elements()) look(inner, path);
    }
  }
};

}  // namespace

std::string argument_named(std::string_view message, const hcl::Value& resource) {
  Search search{.message = message, .best = {}};
  if (!resource.has_value()) return {};
  for (const auto& [name, value] : resource.fields()) {
    if (name != "id" && name != "arn" && name != "tags" && name != "tags_all" && name != "region") search.look(value, name);
  }
  return search.best;
}

}  // namespace landfall::terraform
