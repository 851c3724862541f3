#include "model/alarm_expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::model {

/// Recursive descent; NOT binds stronger than AND, AND stronger than OR.
class AlarmExpression::Parser {
 public:
  Parser(std::string_view text, AlarmExpression& into) : text_(text), into_(into) {}

  Result<void> all() {
    into_.test_ = TRY(either());
    blanks();
    return at_ == text_.size() ? Result<void>() : wrong();
  }

 private:
  static constexpr int kDeepest = 64;

  std::unexpected<Error> wrong() const { return fail("AlarmRule.Malformed", fmt::format("Invalid AlarmRule: unexpected {} at position {}", at_ < text_.size() ? fmt::format("'{}'", text_[at_]) : "end", at_ + 1)); }
  void blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(char symbol) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != symbol) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    blanks();
    const size_t end = at_ + word.size();
    if (text_.substr(at_, word.size()) != word || (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_'))) return false;
    at_ = end;
    ++elements_;
    return true;
  }

  Result<Test> either() {
    if (++depth_ > kDeepest) return fail("AlarmRule.Malformed", "Invalid AlarmRule: it is nested too deeply");
    Test left = TRY(both());
    while (take_word("OR")) {
      Test right = TRY(both());
      left = [left, right](const StateOf& state_of) { return left(state_of) || right(state_of); };
    }
    --depth_;
    return left;
  }
  Result<Test> both() {
    Test left = TRY(one());
    while (take_word("AND")) {
      Test right = TRY(one());
      left = [left, right](const StateOf& state_of) { return left(state_of) && right(state_of); };
    }
    return left;
  }
  Result<Test> one() {
    if (elements_ > kMostElements) return fail("AlarmRule.Malformed", fmt::format("Invalid AlarmRule: it has more than {} elements", kMostElements));
    if (take_word("NOT")) {
      if (++depth_ > kDeepest) return fail("AlarmRule.Malformed", "Invalid AlarmRule: it is nested too deeply");
      Test inner = TRY(one());
      --depth_;
      return Test([inner](const StateOf& state_of) { return !inner(state_of); });
    }
    if (take('(')) {
      Test inner = TRY(either());
      if (!take(')')) return wrong();
      return inner;
    }
    if (take_word("TRUE")) return Test([](const StateOf&) { return true; });
    if (take_word("FALSE")) return Test([](const StateOf&) { return false; });
    if (take_word("AT_LEAST")) return at_least();
    const std::string state = TRY(state_name());
    if (!take('(')) return wrong();
    const std::string name = TRY(alarm());
    if (!take(')')) return wrong();
    return Test([state, name](const StateOf& state_of) { return state_of(name) == state; });
  }

  Result<std::string> state_name() {
    for (const char* state : {"ALARM", "OK", "INSUFFICIENT_DATA"}) {
      if (take_word(state)) return std::string(state);
    }
    return wrong();
  }

  /// "name", 'name', or a name without blanks; or an ARN in one of these forms.
  Result<std::string> alarm() {
    blanks();
    std::string name;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const size_t end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return wrong();
      name = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ',' && text_[at_] != '(' && std::isspace(static_cast<unsigned char>(text_[at_])) == 0) ++at_;
      name = text_.substr(begin, at_ - begin);
    }
    if (const size_t mark = name.find(":alarm:"); name.starts_with("arn:") && mark != std::string::npos) name.erase(0, mark + 7);
    if (name.empty()) return wrong();
    if (std::ranges::count(into_.alarms_, name) == 0) into_.alarms_.push_back(name);
    if (into_.alarms_.size() > kMostAlarms) return fail("AlarmRule.Malformed", fmt::format("Invalid AlarmRule: it names more than {} alarms", kMostAlarms));
    return name;
  }

  /// AT_LEAST(2, ALARM, (a, b, c)); "50%" is a share of them.
  Result<Test> at_least() {
    if (!take('(')) return wrong();
    blanks();
    size_t wanted = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), wanted);
    if (error != std::errc() || wanted == 0) return wrong();
    at_ = static_cast<size_t>(end - text_.data());
    const bool is_share = take('%');
    if (!take(',')) return wrong();
    const bool is_not = take_word("NOT");
    const std::string state = TRY(state_name());
    if (!take(',') || !take('(')) return wrong();
    std::vector<std::string> names;
    do {
      names.push_back(TRY(alarm()));
    } while (take(','));
    if (!take(')') || !take(')')) return wrong();
    if (is_share ? wanted > 100 : wanted > names.size()) return fail("AlarmRule.Malformed", fmt::format("Invalid AlarmRule: AT_LEAST wants {} of {} alarms", wanted, names.size()));
    const size_t enough = is_share ? (wanted * names.size() + 99) / 100 : wanted;
    return Test([state, names, enough, is_not](const StateOf& state_of) {
      return static_cast<size_t>(std::ranges::count_if(names, [&](const std::string& name) { return (state_of(name) == state) != is_not; })) >= enough;
    });
  }

  std::string_view text_;
  AlarmExpression& into_;
  size_t at_ = 0, elements_ = 0;
  int depth_ = 0;
};

Result<AlarmExpression> AlarmExpression::parse(std::string_view text) {
  if (text.empty() || trim(text).size() != text.size()) return fail("AlarmRule.Malformed", "AlarmRule must not contain leading or trailing whitespace or be null");
  AlarmExpression expression;
  TRY(Parser(text, expression).all());
  return expression;
}

}  // namespace landfall::model
