#include "services/logs/filter_pattern.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::services::logs {
namespace {

constexpr size_t kLongest = 1024;  // CloudWatch Logs API, FilterPattern
constexpr int kMaxDepth = 16;

std::unexpected<Error> invalid() { return fail("InvalidParameterException", "Invalid filter pattern"); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// What a field is compared with: a number, or a text with "*" for anything.
struct Comparison {
  std::string mark, value;
  bool is_quoted = false;

  bool holds(const std::string& found) const {
    const auto wanted = is_quoted ? std::nullopt : number_of(value), has = number_of(found);
    if (mark == "=" || mark == "!=") {
      const bool same = wanted && has ? *wanted == *has : glob_match(value, found, false);
      return same == (mark == "=");
    }
    if (!wanted || !has) return false;
    if (mark == "<") return *has < *wanted;
    if (mark == "<=") return *has <= *wanted;
    return mark == ">" ? *has > *wanted : *has >= *wanted;
  }
};

/// "$.a.b[0]" in a parsed message.
const json::value* select(const json::value& message, std::string_view selector) {
  const json::value* at = &message;
  size_t i = 1;
  while (i < selector.size() && at != nullptr) {
    if (selector[i] == '.') {
      const size_t end = std::min(selector.find_first_of(".[", i + 1), selector.size());
      const json::object* object = at->if_object();
      at = object == nullptr ? nullptr : object->if_contains(selector.substr(i + 1, end - i - 1));
      i = end;
    } else {
      const size_t end = selector.find(']', i);
      const auto index = end == std::string_view::npos ? std::nullopt : number_of(selector.substr(i + 1, end - i - 1));
      const json::array* array = at->if_array();
      at = array != nullptr && index && *index >= 0 && *index < static_cast<double>(array->size()) ? &(*array)[static_cast<size_t>(*index)] : nullptr;
      i = end == std::string_view::npos ? selector.size() : end + 1;
    }
  }
  return at;
}

std::string shown(const json::value& value) { return value.is_string() ? std::string(value.get_string()) : json::serialize(value); }

/// Words of a line; what stands in quotes or brackets is one.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (size_t i = 0; i < line.size();) {
    if (is_blank(line[i])) {
      ++i;
      continue;
    }
    const char close = line[i] == '"' ? '"' : line[i] == '[' ? ']' : ' ';
    const size_t end = close == ' ' ? line.find_first_of(" \t\n\r", i) : line.find(close, i + 1);
    const size_t begin = close == ' ' ? i : i + 1;
    words.push_back(line.substr(begin, end == std::string::npos ? end : end - begin));
    i = end == std::string::npos ? line.size() : end + 1;
  }
  return words;
}

/// The words that stand for the fields; empty if they are not as many.
std::optional<std::map<std::string, std::string>> fields_of(const std::vector<std::string>& fields, const std::string& line) {
  const auto words = words_of(line);
  const auto rest = std::ranges::find(fields, "...");
  const size_t before = static_cast<size_t>(rest - fields.begin());
  if (rest == fields.end() ? words.size() != fields.size() : words.size() + 1 < fields.size()) return std::nullopt;
  std::map<std::string, std::string> values;
  for (size_t i = 0; i < before; ++i) values["$" + fields[i]] = words[i];
  for (size_t i = before + 1; i < fields.size(); ++i) values["$" + fields[i]] = words[words.size() - (fields.size() - i)];
  return values;
}

}  // namespace

/// Reads from left to right; `test` is built of what was read.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(trim(text)) {}

  Result<FilterPattern> parse() {
    if (text_.size() > kLongest) return invalid();
    if (text_.find('%') != std::string::npos) return fail("InvalidParameterException", fmt::format("Landfall does not support regular expressions in filter patterns yet; found '{}'", text_));
    if (text_.starts_with('{')) return json_pattern();
    if (text_.starts_with('[')) return line_pattern();
    return terms();
  }

 private:
  using Test = FilterPattern::Test;
  using Leaf = Result<Test> (PatternParser::*)();

  void blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(std::string_view wanted) {
    blanks();
    if (!iequals(std::string_view(text_).substr(at_, wanted.size()), wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  std::string word(std::string_view stops) {
    blanks();
    const size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && stops.find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  Result<std::string> quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ >= text_.size()) return invalid();
    ++at_;
    return value;
  }

  Result<FilterPattern> terms() {
    std::vector<std::string> all, any, none;
    for (blanks(); at_ < text_.size(); blanks()) {
      const char sign = text_[at_];
      if (sign == '?' || sign == '-') ++at_;
      std::string term = at_ < text_.size() && text_[at_] == '"' ? TRY(quoted()) : word("\"");
      if (term.empty()) return invalid();
      const bool is_plain = std::ranges::all_of(term, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0; });
      if (!is_plain && text_[at_ - 1] != '"') return invalid();
      (sign == '?' ? any : sign == '-' ? none : all).push_back(std::move(term));
    }
    FilterPattern pattern;
    pattern.matches_ = [all, any, none](const std::string& message) {
      const auto has = [&](const std::string& term) { return message.find(term) != std::string::npos; };
      return std::ranges::all_of(all, has) && std::ranges::none_of(none, has) && (any.empty() || !all.empty() || std::ranges::any_of(any, has));
    };
    return pattern;
  }

  Result<FilterPattern> json_pattern() {
    TRY(expect("{"));
    Test test = TRY(any_of(&PatternParser::json_leaf));
    TRY(expect("}"));
    blanks();
    if (at_ < text_.size()) return invalid();
    FilterPattern pattern;
    pattern.matches_ = std::move(test);
    pattern.selectors_ = selectors_;
    return pattern;
  }

  Result<FilterPattern> line_pattern() {
    all_fields_ = PatternParser(text_).line_names();
    TRY(expect("["));
    std::vector<Test> tests;
    do {
      if (take("...")) {
        if (std::ranges::count(fields_, "...") > 0) return invalid();
        fields_.emplace_back("...");
        continue;
      }
      field_ = word(",=!<>]&|");
      if (field_.empty()) return invalid();
      fields_.push_back(field_);
      blanks();
      if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ']') tests.push_back(TRY(conditions_of_field()));
    } while (take(","));
    TRY(expect("]"));
    FilterPattern pattern;
    pattern.fields_ = fields_;
    pattern.matches_ = [tests, fields = fields_](const std::string& message) {
      return fields_of(fields, message).has_value() && std::ranges::all_of(tests, [&](const Test& test) { return test(message); });
    };
    return pattern;
  }

  /// "=4* && status!=404": the first condition stands after the field's name already.
  Result<Test> conditions_of_field() {
    Test left = TRY(field_test());
    for (;;) {
      const bool both = take("&&"), either = !both && take("||");
      if (!both && !either) return left;
      const std::string name = word(",=!<>]&|");
      if (name != field_) return invalid();
      Test right = TRY(field_test());
      left = [left, right, both](const std::string& message) { return both ? left(message) && right(message) : left(message) || right(message); };
    }
  }

  Result<Test> field_test() {
    const Comparison comparison = TRY(read_comparison(",]&|"));
    const std::string name = "$" + field_;
    return Test([all = all_fields_, name, comparison](const std::string& message) {
      const auto values = fields_of(all, message);
      return values && comparison.holds(values->at(name));
    });
  }

  /// The names alone, read ahead: where a field stands depends on those after it.
  std::vector<std::string> line_names() {
    std::vector<std::string> names;
    ++at_;
    do {
      names.push_back(take("...") ? "..." : word(",=!<>]&|"));
      bool is_in_quotes = false;
      while (at_ < text_.size() && (is_in_quotes || (text_[at_] != ',' && text_[at_] != ']'))) is_in_quotes ^= text_[at_++] == '"';
    } while (take(","));
    return names;
  }

  Result<Comparison> read_comparison(std::string_view stops) {
    Comparison comparison;
    for (const char* mark : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (!take(mark)) continue;
      comparison.mark = mark;
      blanks();
      comparison.is_quoted = at_ < text_.size() && text_[at_] == '"';
      comparison.value = comparison.is_quoted ? TRY(quoted()) : word(stops);
      if (!comparison.is_quoted && comparison.value.empty()) return invalid();
      return comparison;
    }
    return invalid();
  }

  Result<Test> any_of(Leaf leaf) {
    if (++depth_ > kMaxDepth) return invalid();
    Test left = TRY(all_of(leaf));
    while (take("||")) {
      Test right = TRY(all_of(leaf));
      left = [left, right](const std::string& message) { return left(message) || right(message); };
    }
    --depth_;
    return left;
  }
  Result<Test> all_of(Leaf leaf) {
    Test left = TRY(one_of(leaf));
    while (take("&&")) {
      Test right = TRY(one_of(leaf));
      left = [left, right](const std::string& message) { return left(message) && right(message); };
    }
    return left;
  }
  Result<Test> one_of(Leaf leaf) {
    if (!take("(")) return (this->*leaf)();
    Test inner = TRY(any_of(leaf));
    TRY(expect(")"));
    return inner;
  }

  Result<Test> json_leaf() {
    const std::string selector = word("=!<>)&|}");
    if (!selector.starts_with("$.") && !selector.starts_with("$[")) return invalid();
    selectors_.push_back(selector);
    const auto with = [selector](auto test) {
      return Test([selector, test](const std::string& message) {
        const auto value = parse_json(message, "the event");
        return value && value->is_object() && test(select(*value, selector));
      });
    };
    if (take("NOT EXISTS")) return with([](const json::value* found) { return found == nullptr; });
    if (take("EXISTS")) return with([](const json::value* found) { return found != nullptr; });
    if (take("IS TRUE")) return with([](const json::value* found) { return found != nullptr && found->is_bool() && found->get_bool(); });
    if (take("IS FALSE")) return with([](const json::value* found) { return found != nullptr && found->is_bool() && !found->get_bool(); });
    if (take("IS NULL")) return with([](const json::value* found) { return found != nullptr && found->is_null(); });
    const Comparison comparison = TRY(read_comparison(")&|}"));
    return with([comparison](const json::value* found) { return found != nullptr && !found->is_object() && !found->is_array() && comparison.holds(shown(*found)); });
  }

  Result<void> expect(std::string_view wanted) {
    if (!take(wanted)) return invalid();
    return {};
  }

  std::string text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> selectors_, fields_, all_fields_;
  std::string field_;  ///< whose conditions are read
};

Result<FilterPattern> FilterPattern::parse(std::string_view text) { return PatternParser(text).parse(); }

std::optional<std::string> FilterPattern::value_of(const std::string& message, const std::string& selector) const {
  if (!selector.starts_with('$')) return selector;
  if (selector.starts_with("$.") || selector.starts_with("$[")) {
    const auto value = parse_json(message, "the event");
    const json::value* found = value ? select(*value, selector) : nullptr;
    return found == nullptr ? std::nullopt : std::optional(shown(*found));
  }
  const auto values = fields_of(fields_, message);
  const auto found = values ? values->find(selector) : std::map<std::string, std::string>::const_iterator{};
  return values && found != values->end() ? std::optional(found->second) : std::nullopt;
}

std::map<std::string, std::string> FilterPattern::values_of(const std::string& message) const {
  if (!fields_.empty()) return fields_of(fields_, message).value_or(std::map<std::string, std::string>{});
  std::map<std::string, std::string> values;
  for (const std::string& selector : selectors_) {
    if (auto value = value_of(message, selector)) values[selector] = *value;
  }
  return values;
}

}  // namespace landfall::services::logs
