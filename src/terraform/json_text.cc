#include "terraform/json_text.h"

#include <fmt/format.h>

#include "hcl/value_json.h"

namespace landfall::terraform {
namespace {

constexpr int kDeepest = 512;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// A place in a text, moved over whole values.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) { skip_blanks(); }

  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool at_end() const { return at_ >= text_.size(); }

  bool accept(char c) {
    if (!at(c)) return false;
    ++at_;
    skip_blanks();
    return true;
  }

  Error malformed(std::string_view wanted) const {
    return {.code = "Json.Malformed", .what = fmt::format("at byte {}: {} wanted, {} found", at_, wanted, at_end() ? "the end" : fmt::format("'{}'", text_[at_]))};
  }

  Result<std::string_view> string() {
    const size_t start = at_;
    if (!at('"')) return fail(malformed("a string"));
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) return fail(malformed("a closing quote"));
    ++at_;
    const std::string_view found = text_.substr(start, at_ - start);
    skip_blanks();
    return found;
  }

  Result<std::string_view> value() {
    const size_t start = at_;
    if (at('"')) return string();
    if (!at('{') && !at('[')) {
      while (!at_end() && !is_blank(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' && text_[at_] != '}') ++at_;
      if (at_ == start) return fail(malformed("a value"));
      const std::string_view found = text_.substr(start, at_ - start);
      skip_blanks();
      return found;
    }
    int depth = 0;
    do {
      if (at_end()) return fail(malformed("a closing bracket"));
      const char c = text_[at_];
      if (c == '"') {
        TRY(string());
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth > kDeepest) return fail(malformed("less depth"));
      ++at_;
    } while (depth > 0);
    const std::string_view found = text_.substr(start, at_ - start);
    skip_blanks();
    return found;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<void> for_each_member(std::string_view object, const std::function<Result<void>(std::string, std::string_view)>& visit) {
  Cursor cursor(object);
  if (!cursor.accept('{')) return fail(cursor.malformed("an object"));
  if (!cursor.accept('}')) {
    do {
      const std::string_view name = TRY(cursor.string());
      if (!cursor.accept(':')) return fail(cursor.malformed("a colon"));
      TRY(visit(text_of_json(name), TRY(cursor.value())));
    } while (cursor.accept(','));
    if (!cursor.accept('}')) return fail(cursor.malformed("a comma or a closing brace"));
  }
  if (!cursor.at_end()) return fail(cursor.malformed("the end"));
  return {};
}

Result<void> for_each_element(std::string_view array, const std::function<Result<void>(std::string_view)>& visit) {
  Cursor cursor(array);
  if (!cursor.accept('[')) return fail(cursor.malformed("an array"));
  if (!cursor.accept(']')) {
    do TRY(visit(TRY(cursor.value())));
    while (cursor.accept(','));
    if (!cursor.accept(']')) return fail(cursor.malformed("a comma or a closing bracket"));
  }
  if (!cursor.at_end()) return fail(cursor.malformed("the end"));
  return {};
}

std::string text_of_json(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return "";
  const std::string_view inside = value.substr(1, value.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return std::string(inside);
  const auto read = hcl::from_json(value, hcl::Type::string());
  return read && read->has_value() ? read->as_string() : std::string();
}

std::string json_quoted(std::string_view text) { return hcl::to_json(hcl::Value::string(text)); }

void indent_json(std::string_view json, int depth, std::string& out) {
  const auto line = [&] {
    out += '\n';
    out.append(static_cast<size_t>(depth) * 2, ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (is_blank(c)) continue;
    if (c == '"') {
      size_t end = i + 1;
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      out += json.substr(i, end - i + 1);
      i = end;
      continue;
    }
    if (c == '{' || c == '[') {
      size_t next = i + 1;
      while (next < json.size() && is_blank(json[next])) ++next;
      if (next < json.size() && (json[next] == '}' || json[next] == ']')) {
        out += c;
        out += json[next];
        i = next;
        continue;
      }
      out += c;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += ": ";
    } else {
      out += c;
    }
  }
}

std::string compact_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (is_blank(json[i])) continue;
    if (json[i] != '"') {
      out += json[i];
      continue;
    }
    size_t end = i + 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    out += json.substr(i, end - i + 1);
    i = end;
  }
  return out;
}

}  // namespace landfall::terraform
