#include <fmt/format.h>

#include <algorithm>

#include "hcl/functions/function.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

Value text(std::string_view content) { return Value::string(content); }

std::string mapped(std::string_view content, char32_t (*map)(char32_t)) {
  std::string out;
  out.reserve(content.size());
  while (!content.empty()) append_utf8(out, map(take_code_point(content)));
  return out;
}

/// Go's strings.Title: the first letter of each word, where letters, digits, _ and ' do not separate words.
std::string title_of(std::string_view content) {
  std::string out;
  bool starts_word = true;
  while (!content.empty()) {
    const char32_t c = take_code_point(content);
    append_utf8(out, starts_word ? to_title(c) : c);
    const bool is_separator =
        c < 0x80 ? !(is_letter(c) || is_digit(c) || c == '_') : !is_letter(c) && !is_digit(c) && is_space(c);
    starts_word = is_separator;
  }
  return out;
}

bool contains_code_point(std::string_view set, char32_t wanted) {
  while (!set.empty()) {
    if (take_code_point(set) == wanted) return true;
  }
  return false;
}

std::string_view trim_set(std::string_view content, std::string_view set) {
  for (std::string_view rest = content; !rest.empty(); content = rest) {
    if (!contains_code_point(set, take_code_point(rest))) break;
  }
  while (!content.empty()) {
    size_t start = content.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(content[start]) & 0xC0) == 0x80) --start;
    std::string_view last = content.substr(start);
    if (!contains_code_point(set, take_code_point(last))) break;
    content = content.substr(0, start);
  }
  return content;
}

Result<Value> chomp(const Arguments& a) {
  std::string_view content = a.string(0);
  while (content.ends_with('\n') || content.ends_with('\r')) content.remove_suffix(1);
  return text(content);
}

Result<Value> indent(const Arguments& a) {
  const int64_t spaces = TRY(a.whole(0));
  if (spaces < 0 || spaces > 10'000) return a.bad(0, "must be between 0 and 10000");
  std::string out;
  for (const char c : a.string(1)) {
    out += c;
    if (c == '\n') out.append(static_cast<size_t>(spaces), ' ');
  }
  return text(out);
}

Result<Value> join(const Arguments& a) {
  std::string out;
  bool is_first = true;
  if (a.size() < 2) return failed("at least one list is required");
  for (size_t i = 1; i < a.size(); ++i) {
    size_t index = 0;
    for (const Value& element : a[i].elements()) {
      if (element.is_null())
        return a.bad(i, fmt::format("element {} is null; cannot concatenate null values", index));
      if (!std::exchange(is_first, false)) out += a.string(0);
      out += element.as_string();
      ++index;
    }
  }
  return text(out);
}

Result<Value> split(const Arguments& a) {
  const std::string_view content = a.string(1);
  const std::string_view separator = a.string(0);
  std::vector<Value> parts;
  if (separator.empty()) {
    for (std::string_view rest = content; !rest.empty();) {
      const std::string_view before = rest;
      take_code_point(rest);
      parts.push_back(text(before.substr(0, before.size() - rest.size())));
    }
    return Value::list(Type::string(), std::move(parts));
  }
  for (size_t start = 0;;) {
    const size_t end = content.find(separator, start);
    parts.push_back(text(content.substr(start, end == std::string_view::npos ? end : end - start)));
    if (end == std::string_view::npos) break;
    start = end + separator.size();
  }
  return Value::list(Type::string(), std::move(parts));
}

Result<Value> strrev(const Arguments& a) {
  std::vector<std::string_view> characters = graphemes(a.string(0));
  std::reverse(characters.begin(), characters.end());
  std::string out;
  for (const std::string_view one : characters) out += one;
  return text(out);
}

Result<Value> substr(const Arguments& a) {
  const std::vector<std::string_view> characters = graphemes(a.string(0));
  const auto count = static_cast<int64_t>(characters.size());
  int64_t offset = TRY(a.whole(1));
  const int64_t length = TRY(a.whole(2));
  const bool is_from_end = offset < 0;
  if (is_from_end) offset = std::max<int64_t>(offset + count, 0);
  if (offset >= count || (length == 0 && !is_from_end)) return text("");
  const int64_t end = length <= 0 || length > count - offset ? count : offset + length;
  std::string out;
  for (int64_t i = offset; i < end; ++i) out += characters[static_cast<size_t>(i)];
  return text(out);
}

Result<Value> trimprefix(const Arguments& a) {
  std::string_view content = a.string(0);
  if (content.starts_with(a.string(1))) content.remove_prefix(a.string(1).size());
  return text(content);
}

Result<Value> trimsuffix(const Arguments& a) {
  std::string_view content = a.string(0);
  if (content.ends_with(a.string(1))) content.remove_suffix(a.string(1).size());
  return text(content);
}

}  // namespace

std::span<const Function> string_functions() {
  static const std::vector<Function> kFunctions{
      {"chomp", {{"str", Type::string()}}, {}, Type::string(), chomp},
      {"endswith",
       {{"str", Type::string()}, {"suffix", Type::string()}},
       {},
       Type::boolean(),
       [](const Arguments& a) -> Result<Value> {
         return Value::boolean(a.string(0).ends_with(a.string(1)));
       }},
      {"indent", {{"spaces", Type::number()}, {"str", Type::string()}}, {}, Type::string(), indent},
      {"join",
       {{"separator", Type::string()}},
       Parameter{"lists", Type::list(Type::string())},
       Type::string(),
       join},
      {"lower",
       {{"str", Type::string()}},
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return text(mapped(a.string(0), to_lower)); }},
      {"split",
       {{"separator", Type::string()}, {"str", Type::string()}},
       {},
       Type::list(Type::string()),
       split},
      {"startswith",
       {{"str", Type::string()}, {"prefix", Type::string()}},
       {},
       Type::boolean(),
       [](const Arguments& a) -> Result<Value> {
         return Value::boolean(a.string(0).starts_with(a.string(1)));
       }},
      {"strcontains",
       {{"str", Type::string()}, {"substr", Type::string()}},
       {},
       Type::boolean(),
       [](const Arguments& a) -> Result<Value> {
         return Value::boolean(a.string(0).find(a.string(1)) != std::string::npos);
       }},
      {"strrev", {{"str", Type::string()}}, {}, Type::string(), strrev},
      {"substr",
       {{"str", Type::string()}, {"offset", Type::number()}, {"length", Type::number()}},
       {},
       Type::string(),
       substr},
      {"title",
       {{"str", Type::string()}},
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return text(title_of(a.string(0))); }},
      {"trim",
       {{"str", Type::string()}, {"cutset", Type::string()}},
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return text(trim_set(a.string(0), a.string(1))); }},
      {"trimprefix", {{"str", Type::string()}, {"prefix", Type::string()}}, {}, Type::string(), trimprefix},
      {"trimspace",
       {{"str", Type::string()}},
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> {
         return text(trim_space_left(trim_space_right(a.string(0))));
       }},
      {"trimsuffix", {{"str", Type::string()}, {"suffix", Type::string()}}, {}, Type::string(), trimsuffix},
      {"upper",
       {{"str", Type::string()}},
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return text(mapped(a.string(0), to_upper)); }},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
