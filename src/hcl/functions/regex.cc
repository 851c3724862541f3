#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

constexpr int kMostGroups = 100;

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

struct Pattern {
  explicit Pattern(const std::string& text) : regex(text, quiet()) {}
  RE2 regex;
};

/// RE2's words as Go's, where they differ.
std::string complaint(const RE2& regex) {
  const auto words = [&]() -> std::string {
    switch (regex.error_code()) {
      case RE2::ErrorMissingParen:
        return "missing closing )";
      case RE2::ErrorMissingBracket:
        return "missing closing ]";
      case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
      case RE2::ErrorRepeatSize:
        return "invalid repeat count";
      case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
      default:
        return regex.error();
    }
  };
  const std::string error = words();
  const size_t colon = error.find(": ");
  return fmt::format("invalid regexp pattern: {} in {}", error.substr(0, colon), regex.error_arg());
}

Result<std::unique_ptr<Pattern>> compile(const Arguments& a, size_t index, const std::string& text) {
  auto pattern = std::make_unique<Pattern>(text);
  if (!pattern->regex.ok()) return a.bad(index, complaint(pattern->regex));
  if (pattern->regex.NumberOfCapturingGroups() > kMostGroups)
    return a.bad(index, "invalid regexp pattern: too many capture groups");
  const int named = static_cast<int>(pattern->regex.NamedCapturingGroups().size());
  if (named > 0 && named != pattern->regex.NumberOfCapturingGroups()) {
    return a.bad(index, "invalid regexp pattern: cannot mix both named and unnamed capture groups");
  }
  return pattern;
}

Value group(const re2::StringPiece& piece) {
  if (piece.data() == nullptr) return Value::null(Type::string());
  return Value::string(std::string_view(piece.data(), piece.size()));
}

using Groups = std::vector<re2::StringPiece>;

Value shaped(const RE2& regex, const Groups& groups) {
  if (regex.NumberOfCapturingGroups() == 0) return group(groups[0]);
  if (!regex.NamedCapturingGroups().empty()) {
    std::vector<Value::Field> fields;
    for (const auto& [name, index] : regex.NamedCapturingGroups()) {
      fields.push_back({name, group(groups[static_cast<size_t>(index)])});
    }
    return Value::object(std::move(fields));
  }
  std::vector<Value> parts;
  for (size_t i = 1; i < groups.size(); ++i) parts.push_back(group(groups[i]));
  return Value::tuple(std::move(parts));
}

/// Calls visit(groups) for each match, as Go's FindAll: an empty match right after a match does not count.
template <class Visit>
void each_match(const RE2& regex, const std::string& text, Visit visit) {
  Groups groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  size_t at = 0;
  const char* last_end = nullptr;
  while (at <= text.size() && regex.Match(text, at, text.size(), RE2::UNANCHORED, groups.data(),
                                          static_cast<int>(groups.size()))) {
    const char* start = groups[0].data();
    const size_t end = static_cast<size_t>(start - text.data()) + groups[0].size();
    if (!groups[0].empty() || start != last_end) visit(groups);
    last_end = text.data() + end;
    if (!groups[0].empty() && end > at) {
      at = end;
      continue;
    }
    if (end >= text.size()) break;
    std::string_view rest = std::string_view(text).substr(end);
    const size_t before = rest.size();
    take_code_point(rest);
    at = end + before - rest.size();
  }
}

Type result_type(const RE2& regex) {
  if (regex.NumberOfCapturingGroups() == 0) return Type::string();
  if (regex.NamedCapturingGroups().empty()) {
    return Type::tuple(
        std::vector<Type>(static_cast<size_t>(regex.NumberOfCapturingGroups()), Type::string()));
  }
  std::vector<Type::Attribute> attributes;
  for (const auto& [name, index] : regex.NamedCapturingGroups()) attributes.push_back({name, Type::string()});
  return Type::object(std::move(attributes));
}

Result<Value> regex(const Arguments& a) {
  const std::unique_ptr<Pattern> pattern = TRY(compile(a, 0, a.string(0)));
  Groups groups(static_cast<size_t>(pattern->regex.NumberOfCapturingGroups()) + 1);
  const std::string& text = a.string(1);
  if (!pattern->regex.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(),
                            static_cast<int>(groups.size()))) {
    return failed("pattern did not match any part of the given string");
  }
  return shaped(pattern->regex, groups);
}

Result<Value> regexall(const Arguments& a) {
  const std::unique_ptr<Pattern> pattern = TRY(compile(a, 0, a.string(0)));
  std::vector<Value> matches;
  each_match(pattern->regex, a.string(1),
             [&](const Groups& groups) { matches.push_back(shaped(pattern->regex, groups)); });
  return Value::list(result_type(pattern->regex), std::move(matches));
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void append_group(std::string& out, const RE2& regex, const Groups& groups, std::string_view name) {
  size_t index = groups.size();
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos && name.size() < 4) {
    index = std::stoul(std::string(name));
  } else if (const auto found = regex.NamedCapturingGroups().find(std::string(name));
             found != regex.NamedCapturingGroups().end()) {
    index = static_cast<size_t>(found->second);
  }
  if (index < groups.size() && groups[index].data() != nullptr)
    out.append(groups[index].data(), groups[index].size());
}

/// Go's Regexp.Expand: $1, $name (the longest possible), ${name}, $$.
void append_expanded(std::string& out, std::string_view form, const RE2& regex, const Groups& groups) {
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '$' || i + 1 == form.size()) {
      out += form[i];
      continue;
    }
    if (form[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const bool has_braces = form[i + 1] == '{';
    const size_t start = i + (has_braces ? 2 : 1);
    size_t end = start;
    while (end < form.size() && is_name_character(form[end])) ++end;
    if (end == start || (has_braces && (end >= form.size() || form[end] != '}'))) {
      out += '$';
      continue;
    }
    append_group(out, regex, groups, form.substr(start, end - start));
    i = has_braces ? end : end - 1;
  }
}

Result<Value> replace(const Arguments& a) {
  const std::string& text = a.string(0);
  const std::string& what = a.string(1);
  if (what.size() < 2 || what.front() != '/' || what.back() != '/') {
    if (!what.empty()) return Value::string(replace_all(text, what, a.string(2)));
    // Go puts the replacement around every character.
    std::string out = a.string(2);
    for (std::string_view rest = text; !rest.empty();) {
      append_utf8(out, take_code_point(rest));
      out += a.string(2);
    }
    return Value::string(out);
  }
  const RE2 regex(what.substr(1, what.size() - 2), quiet());
  if (!regex.ok()) return a.bad(1, complaint(regex));
  std::string out;
  const char* copied = text.data();
  each_match(regex, text, [&](const Groups& groups) {
    out.append(copied, static_cast<size_t>(groups[0].data() - copied));
    append_expanded(out, a.string(2), regex, groups);
    copied = groups[0].data() + groups[0].size();
  });
  out.append(copied, static_cast<size_t>(text.data() + text.size() - copied));
  return Value::string(out);
}

}  // namespace

std::span<const Function> regex_functions() {
  static const std::vector<Function> kFunctions{
      {"regex", {{"pattern", Type::string()}, {"string", Type::string()}}, {}, {}, regex},
      {"regexall", {{"pattern", Type::string()}, {"string", Type::string()}}, {}, {}, regexall},
      {"replace",
       {{"str", Type::string()}, {"substr", Type::string()}, {"replace", Type::string()}},
       {},
       Type::string(),
       replace},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
