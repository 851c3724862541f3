#include "services/logs/insights_expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace landfall::services::logs::insights {

namespace {

using Test = std::function<std::optional<Value>(const Scope&)>;
using Maybe = std::optional<Value>;

constexpr int kMaxDepth = 32;
constexpr double kMsPerSecond = 1000;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '@'; }

bool is_true(const Maybe& value) { return value && value->text != "0" && value->text != "false" && !value->text.empty(); }

/// Numbers by size where both are, texts by their bytes.
std::strong_ordering order_of(const Value& a, const Value& b) {
  const auto x = a.number(), y = b.number();
  if (x && y) return *x < *y ? std::strong_ordering::less : *x > *y ? std::strong_ordering::greater : std::strong_ordering::equal;
  return a.text <=> b.text;
}

Test compared(const std::string& mark, Test left, Test right) {
  return [mark, left = std::move(left), right = std::move(right)](const Scope& scope) -> Maybe {
    const Maybe a = left(scope), b = right(scope);
    if (!a || !b) return of_bool(false);
    const auto order = order_of(*a, *b);
    if (mark == "=") return of_bool(order == 0);
    if (mark == "!=") return of_bool(order != 0);
    if (mark == "<") return of_bool(order < 0);
    if (mark == "<=") return of_bool(order <= 0);
    return of_bool(mark == ">" ? order > 0 : order >= 0);
  };
}

/// Of a calculation that has no result (a division by zero, a text that is no number): missing.
template <class Calculate>
Test calculated(Test left, Test right, Calculate calculate) {
  return [left = std::move(left), right = std::move(right), calculate](const Scope& scope) -> Maybe {
    const Maybe a = left(scope), b = right(scope);
    const auto x = a ? a->number() : std::nullopt, y = b ? b->number() : std::nullopt;
    if (!x || !y) return std::nullopt;
    const double result = calculate(*x, *y);
    return std::isfinite(result) ? Maybe(of_number(result)) : std::nullopt;
  };
}

Test arithmetic(char mark, Test left, Test right) {
  switch (mark) {
    case '+': return calculated(std::move(left), std::move(right), [](double a, double b) { return a + b; });
    case '-': return calculated(std::move(left), std::move(right), [](double a, double b) { return a - b; });
    case '*': return calculated(std::move(left), std::move(right), [](double a, double b) { return a * b; });
    case '/': return calculated(std::move(left), std::move(right), [](double a, double b) { return a / b; });
    case '%': return calculated(std::move(left), std::move(right), [](double a, double b) { return std::fmod(a, b); });
    default: return calculated(std::move(left), std::move(right), [](double a, double b) { return std::pow(a, b); });
  }
}

using Arguments = std::vector<Maybe>;

/// A function of the values of one row. `least` and `most` arguments.
struct Function {
  size_t least, most;
  std::function<Maybe(const Arguments&)> of;
};

std::string text_of(const Maybe& value) { return value ? value->shown() : ""; }

Maybe of_text(std::string text) { return Value{.text = std::move(text)}; }

Function numeric(double (*calculate)(double)) {
  return {1, 1, [calculate](const Arguments& a) -> Maybe {
            const auto x = a[0] ? a[0]->number() : std::nullopt;
            if (!x || !std::isfinite(calculate(*x))) return std::nullopt;
            return of_number(calculate(*x));
          }};
}

Function textual(std::string (*change)(std::string_view)) {
  return {1, 1, [change](const Arguments& a) -> Maybe { return a[0] ? of_text(change(a[0]->shown())) : std::nullopt; }};
}

/// Of the given numbers the one that `is_better` than the others.
Function chosen(bool is_greatest) {
  return {1, 64, [is_greatest](const Arguments& a) -> Maybe {
            Maybe best;
            for (const Maybe& one : a) {
              if (one && one->number() && (!best || (*one->number() > *best->number()) == is_greatest)) best = one;
            }
            return best;
          }};
}

/// trim, ltrim, rtrim: white space, or the characters of a second argument.
Function trimmed(bool left, bool right) {
  return {1, 2, [left, right](const Arguments& a) -> Maybe {
            if (!a[0]) return std::nullopt;
            const std::string value = a[0]->shown(), unwanted = a.size() > 1 ? text_of(a[1]) : " \t\r\n";
            const size_t begin = left ? value.find_first_not_of(unwanted) : 0;
            if (begin == std::string::npos) return of_text("");
            const size_t end = right ? value.find_last_not_of(unwanted) : value.size() - 1;
            return end == std::string::npos ? of_text("") : of_text(value.substr(begin, end - begin + 1));
          }};
}

Maybe substring(const Arguments& a) {
  const auto start = a[1] ? a[1]->number() : std::nullopt, length = a.size() > 2 && a[2] ? a[2]->number() : std::nullopt;
  if (!a[0] || !start || *start < 0) return std::nullopt;
  const std::string value = a[0]->shown();
  if (*start >= static_cast<double>(value.size())) return of_text("");
  return of_text(value.substr(static_cast<size_t>(*start), length && *length >= 0 ? static_cast<size_t>(*length) : std::string::npos));
}

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"abs", numeric(std::fabs)},
      {"ceil", numeric(std::ceil)},
      {"floor", numeric(std::floor)},
      {"log", numeric(std::log)},
      {"sqrt", numeric(std::sqrt)},
      {"greatest", chosen(true)},
      {"least", chosen(false)},
      {"ispresent", {1, 1, [](const Arguments& a) -> Maybe { return of_bool(a[0].has_value()); }}},
      {"isempty", {1, 1, [](const Arguments& a) -> Maybe { return of_bool(text_of(a[0]).empty()); }}},
      {"isblank", {1, 1, [](const Arguments& a) -> Maybe { return of_bool(trim(text_of(a[0])).empty()); }}},
      {"coalesce", {1, 64, [](const Arguments& a) -> Maybe {
                      const auto first = std::ranges::find_if(a, [](const Maybe& one) { return one.has_value(); });
                      return first == a.end() ? std::nullopt : *first;
                    }}},
      {"concat", {1, 64, [](const Arguments& a) -> Maybe {
                    std::string all_of_them;
                    for (const Maybe& one : a) all_of_them += text_of(one);
                    return of_text(all_of_them);
                  }}},
      {"strlen", {1, 1, [](const Arguments& a) -> Maybe { return a[0] ? Maybe(of_number(static_cast<double>(a[0]->shown().size()))) : std::nullopt; }}},
      {"toupper", textual(upper)},
      {"tolower", textual(lower)},
      {"trim", trimmed(true, true)},
      {"ltrim", trimmed(true, false)},
      {"rtrim", trimmed(false, true)},
      {"substr", {2, 3, substring}},
      {"replace", {3, 3, [](const Arguments& a) -> Maybe { return a[0] && !text_of(a[1]).empty() ? of_text(replace_all(a[0]->shown(), text_of(a[1]), text_of(a[2]))) : a[0]; }}},
      {"strcontains", {2, 2, [](const Arguments& a) -> Maybe { return of_bool(a[0] && a[0]->shown().find(text_of(a[1])) != std::string::npos); }}},
      {"frommillis", {1, 1, [](const Arguments& a) -> Maybe { return a[0] && a[0]->number() ? Maybe(of_moment({static_cast<int64_t>(*a[0]->number())})) : std::nullopt; }}},
      {"tomillis", {1, 1, [](const Arguments& a) -> Maybe { return a[0] && a[0]->number() ? Maybe(of_number(*a[0]->number())) : std::nullopt; }}},
  };
  return all;
}

/// What the guide lists and this engine does not carry.
const std::set<std::string>& known_functions() {
  static const std::set<std::string> names{"isvalidip", "isvalidipv4", "isvalidipv6", "isipinsubnet", "isipv4insubnet", "isipv6insubnet", "jsonparse", "jsonstringify", "strcontainsany", "pattern"};
  return names;
}

/// The values that an aggregate's argument has in the rows of a group.
std::vector<Value> values_in(const Scope& scope, const Test& argument) {
  std::vector<Value> values;
  for (const Row* row : scope.group) {
    if (auto value = argument({.row = *row, .now = scope.now})) values.push_back(std::move(*value));
  }
  return values;
}

std::vector<double> numbers_in(const Scope& scope, const Test& argument) {
  std::vector<double> numbers;
  for (const Value& value : values_in(scope, argument)) {
    if (const auto number = value.number()) numbers.push_back(*number);
  }
  return numbers;
}

double total(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum;
}

double deviation(const std::vector<double>& numbers) {
  const double mean = total(numbers) / static_cast<double>(numbers.size());
  double squares = 0;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  return std::sqrt(squares / static_cast<double>(numbers.size()));
}

/// The smallest value that at least `percent` of the values do not exceed.
double percentile(std::vector<double> numbers, double percent) {
  std::ranges::sort(numbers);
  const double rank = std::ceil(percent / 100 * static_cast<double>(numbers.size()));
  return numbers[std::min(numbers.size() - 1, static_cast<size_t>(std::max(1.0, rank)) - 1)];
}

Maybe edge_in(const Scope& scope, const Test& argument, bool is_last) {
  const auto values = values_in(scope, argument);
  if (values.empty()) return std::nullopt;
  const auto less = [](const Value& a, const Value& b) { return order_of(a, b) < 0; };
  return is_last ? *std::ranges::max_element(values, less) : *std::ranges::min_element(values, less);
}

/// The argument's value in the row of the group whose @timestamp is the first, or the last.
Maybe timed_in(const Scope& scope, const Test& argument, bool is_last) {
  const Row* chosen = nullptr;
  const auto moment = [](const Row& row) {
    const auto at = row.find("@timestamp");
    return at == row.end() ? 0 : at->second.number().value_or(0);
  };
  for (const Row* row : scope.group) {
    if (!argument({.row = *row, .now = scope.now})) continue;
    if (chosen == nullptr || (is_last ? moment(*row) > moment(*chosen) : moment(*row) < moment(*chosen))) chosen = row;
  }
  return chosen == nullptr ? std::nullopt : argument({.row = *chosen, .now = scope.now});
}

bool is_aggregate(const std::string& name) {
  static const std::set<std::string> names{"avg", "count", "count_distinct", "max", "min", "pct", "median", "stddev", "sum", "earliest", "latest", "sortsfirst", "sortslast"};
  return names.contains(name);
}

template <class Reduce>
Test reduced(Test argument, Reduce reduce) {
  return [argument = std::move(argument), reduce](const Scope& scope) -> Maybe {
    const auto numbers = numbers_in(scope, argument);
    return numbers.empty() ? std::nullopt : Maybe(of_number(reduce(numbers)));
  };
}

}  // namespace

std::optional<double> Value::number() const {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string Value::shown() const {
  if (!is_moment) return text;
  std::string told = iso8601({static_cast<int64_t>(number().value_or(0))}, true);
  told[10] = ' ';
  if (told.ends_with('Z')) told.pop_back();
  return told;
}

Value of_number(double number) { return {.text = std::floor(number) == number && std::abs(number) < 1e15 ? fmt::format("{:.0f}", number) : fmt::format("{}", number)}; }
Value of_moment(WallTime at) { return {.text = std::to_string(at.ms), .is_moment = true}; }
Value of_bool(bool is_true) { return {.text = is_true ? "1" : "0"}; }

std::unexpected<Error> Reader::malformed() const {
  return fail("MalformedQueryException", at_ < text_.size() ? fmt::format("unexpected symbol found {} at line 1 and position {}", text_[at_], at_ + 1) : fmt::format("unexpected end of the query at line 1 and position {}", at_ + 1));
}
std::unexpected<Error> Reader::unsupported(std::string_view what) const { return fail("InvalidParameterException", fmt::format("Landfall does not support {} in Logs Insights queries yet", what)); }

void Reader::blanks() {
  while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '#')) at_ = text_[at_] == '#' ? std::min(text_.find('\n', at_), text_.size()) : at_ + 1;
}
bool Reader::at_end() {
  blanks();
  return at_ >= text_.size();
}
bool Reader::take(std::string_view symbol) {
  blanks();
  if (!std::string_view(text_).substr(at_).starts_with(symbol)) return false;
  at_ += symbol.size();
  return true;
}
bool Reader::take_word(std::string_view word) {
  blanks();
  const std::string_view here = std::string_view(text_).substr(at_, word.size());
  if (!iequals(here, word) || (at_ + word.size() < text_.size() && is_name(text_[at_ + word.size()]))) return false;
  at_ += word.size();
  return true;
}

Result<std::string> Reader::name() {
  blanks();
  if (at_ < text_.size() && text_[at_] == '`') {
    const size_t end = text_.find('`', at_ + 1);
    if (end == std::string::npos) return malformed();
    const size_t begin = at_ + 1;
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }
  const size_t begin = at_;
  while (at_ < text_.size() && is_name(text_[at_])) ++at_;
  if (at_ == begin) return malformed();
  return text_.substr(begin, at_ - begin);
}

bool Reader::sees_quote() {
  blanks();
  return at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
}
bool Reader::sees_regex() {
  blanks();
  return at_ < text_.size() && text_[at_] == '/';
}

Result<std::string> Reader::quoted() {
  if (!sees_quote()) return malformed();
  const char mark = text_[at_];
  std::string value;
  size_t at = at_ + 1;
  for (; at < text_.size() && text_[at] != mark; ++at) {
    if (text_[at] == '\\' && at + 1 < text_.size() && (text_[at + 1] == mark || text_[at + 1] == '\\')) ++at;
    value += text_[at];
  }
  if (at >= text_.size()) return malformed();
  at_ = at + 1;
  return value;
}

Result<std::string> Reader::regex() {
  if (!sees_regex()) return malformed();
  std::string value;
  size_t at = at_ + 1;
  for (; at < text_.size() && text_[at] != '/'; ++at) {
    if (text_[at] == '\\' && at + 1 < text_.size()) {
      if (text_[at + 1] != '/') value += text_[at];
      ++at;
    }
    value += text_[at];
  }
  if (at >= text_.size()) return malformed();
  static const RE2 kNamedGroup(R"(\(\?<([A-Za-z_]))");
  RE2::GlobalReplace(&value, kNamedGroup, R"((?P<\1)");  // (?<name>…) as RE2 writes it
  const RE2 compiled(value, RE2::Quiet);
  if (!compiled.ok()) return fail("MalformedQueryException", fmt::format("Invalid regular expression at line 1 and position {}: {}", at_ + 1, compiled.error()));
  at_ = at + 1;
  return value;
}

Result<Expression> Reader::expression() {
  blanks();
  const size_t begin = at_;
  Expression read;
  read.of = TRY(either());
  read.text = trim(text_.substr(begin, at_ - begin));
  read.is_field = std::ranges::all_of(read.text, is_name) && !Value{.text = read.text}.number();
  if (read.text.starts_with('`') && read.text.ends_with('`') && std::ranges::count(read.text, '`') == 2) {
    read.text = read.text.substr(1, read.text.size() - 2);
    read.is_field = true;
  }
  return read;
}

Result<Test> Reader::either() {
  if (++depth_ > kMaxDepth) return fail("MalformedQueryException", "the query is nested too deeply");
  Test left = TRY(both());
  while (take_word("or")) {
    Test right = TRY(both());
    left = [left, right](const Scope& scope) -> Maybe { return of_bool(is_true(left(scope)) || is_true(right(scope))); };
  }
  --depth_;
  return left;
}

Result<Test> Reader::both() {
  Test left = TRY(negated());
  while (take_word("and")) {
    Test right = TRY(negated());
    left = [left, right](const Scope& scope) -> Maybe { return of_bool(is_true(left(scope)) && is_true(right(scope))); };
  }
  return left;
}

Result<Test> Reader::negated() {
  if (!take_word("not")) return comparison();
  if (++depth_ > kMaxDepth) return fail("MalformedQueryException", "the query is nested too deeply");
  Test inner = TRY(negated());
  --depth_;
  return Test([inner](const Scope& scope) -> Maybe { return of_bool(!is_true(inner(scope))); });
}

Result<Test> Reader::comparison() {
  Test left = TRY(sum());
  const bool is_not = take_word("not");
  const bool is_like = take_word("like") || (!is_not && take("=~"));
  if (is_like || take_word("in")) {
    Test right = is_like ? TRY(like()) : TRY(list_test(left));
    return Test([left, right, is_not, is_like](const Scope& scope) -> Maybe {
      const Maybe value = left(scope);
      if (!value) return of_bool(is_not);
      const Row row{{"", *value}};  // what `like` looks at
      return of_bool(is_true(is_like ? right({.row = row}) : right(scope)) != is_not);
    });
  }
  if (is_not) return malformed();
  for (const char* mark : {"!=", "<=", ">=", "=", "<", ">"}) {
    if (!take(mark)) continue;
    Test right = TRY(sum());
    return compared(mark, std::move(left), std::move(right));
  }
  return left;
}

/// Looks at the value that stands in the row without a name.
Result<Test> Reader::like() {
  if (sees_regex()) {
    const auto pattern = std::make_shared<RE2>(TRY(regex()), RE2::Quiet);
    return Test([pattern](const Scope& scope) -> Maybe { return of_bool(RE2::PartialMatch(scope.row.at("").shown(), *pattern)); });
  }
  const std::string wanted = TRY(quoted());
  return Test([wanted](const Scope& scope) -> Maybe { return of_bool(scope.row.at("").shown().find(wanted) != std::string::npos); });
}

Result<Test> Reader::list_test(Test left) {
  if (!take("[")) return malformed();
  std::vector<Test> members;
  do {
    members.push_back(compared("=", left, TRY(sum())));
  } while (take(","));
  if (!take("]")) return malformed();
  return Test([members](const Scope& scope) -> Maybe { return of_bool(std::ranges::any_of(members, [&](const Test& same) { return is_true(same(scope)); })); });
}

Result<Test> Reader::sum() {
  Test left = TRY(product());
  for (;;) {
    const char mark = take("+") ? '+' : take("-") ? '-' : ' ';
    if (mark == ' ') return left;
    Test right = TRY(product());
    left = arithmetic(mark, std::move(left), std::move(right));
  }
}

Result<Test> Reader::product() {
  Test left = TRY(power());
  for (;;) {
    const char mark = take("*") ? '*' : take("/") ? '/' : take("%") ? '%' : ' ';
    if (mark == ' ') return left;
    Test right = TRY(power());
    left = arithmetic(mark, std::move(left), std::move(right));
  }
}

Result<Test> Reader::power() {
  Test left = TRY(primary());
  if (!take("^")) return left;
  if (++depth_ > kMaxDepth) return fail("MalformedQueryException", "the query is nested too deeply");
  Test right = TRY(power());
  --depth_;
  return arithmetic('^', std::move(left), std::move(right));
}

Result<Test> Reader::primary() {
  if (++depth_ > kMaxDepth) return fail("MalformedQueryException", "the query is nested too deeply");
  const auto read = [&]() -> Result<Test> {
    if (take("(")) {
      Test inner = TRY(either());
      if (!take(")")) return malformed();
      return inner;
    }
    if (take("-")) return arithmetic('-', [](const Scope&) -> Maybe { return of_number(0); }, TRY(primary()));
    if (sees_quote()) {
      const std::string value = TRY(quoted());
      return Test([value](const Scope&) -> Maybe { return of_text(value); });
    }
    const std::string word = TRY(name());
    if (take("(")) return call(lower(word));
    const Value constant{.text = word};
    if (constant.number()) return Test([constant](const Scope&) -> Maybe { return constant; });
    return Test([word](const Scope& scope) -> Maybe {
      const auto found = scope.row.find(word);
      return found == scope.row.end() ? std::nullopt : Maybe(found->second);
    });
  };
  auto done = read();
  --depth_;
  return done;
}

Result<std::vector<Test>> Reader::arguments() {
  std::vector<Test> all;
  if (take(")")) return all;
  do {
    all.push_back(TRY(either()));
  } while (take(","));
  if (!take(")")) return malformed();
  return all;
}

/// "5m", "1 hour": the lengths that bin and datefloor take.
Result<double> Reader::duration_ms() {
  blanks();
  const size_t begin = at_;
  while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  const auto count = Value{.text = text_.substr(begin, at_ - begin)}.number();
  if (!count || *count < 1) return malformed();
  const std::string unit = lower(TRY(name()));
  static const std::vector<std::pair<std::vector<std::string>, double>> units{{{"ms", "msec", "msecs", "millisecond", "milliseconds"}, 1},
                                                                              {{"s", "sec", "secs", "second", "seconds"}, kMsPerSecond},
                                                                              {{"m", "min", "mins", "minute", "minutes"}, 60 * kMsPerSecond},
                                                                              {{"h", "hr", "hrs", "hour", "hours"}, 3600 * kMsPerSecond},
                                                                              {{"d", "day", "days"}, 86400 * kMsPerSecond},
                                                                              {{"w", "week", "weeks"}, 7 * 86400 * kMsPerSecond}};
  for (const auto& [names, length] : units) {
    if (std::ranges::count(names, unit) > 0) return *count * length;
  }
  return unsupported(fmt::format("the period {}", unit));
}

Result<Test> Reader::call(const std::string& name) {
  if (is_aggregate(name)) return aggregate(name);
  if (name == "now") {
    if (!take(")")) return malformed();
    return Test([](const Scope& scope) -> Maybe { return of_number(std::floor(static_cast<double>(scope.now.ms) / kMsPerSecond)); });
  }
  if (name == "bin" || name == "datefloor" || name == "dateceil") {
    Test of = [](const Scope& scope) -> Maybe {
      const auto found = scope.row.find("@timestamp");
      return found == scope.row.end() ? std::nullopt : Maybe(found->second);
    };
    if (name != "bin") {
      of = TRY(either());
      if (!take(",")) return malformed();
    }
    const double length = TRY(duration_ms());
    if (!take(")")) return malformed();
    return Test([of, length, up = name == "dateceil"](const Scope& scope) -> Maybe {
      const Maybe value = of(scope);
      const auto at = value ? value->number() : std::nullopt;
      if (!at) return std::nullopt;
      return of_moment({static_cast<int64_t>((up ? std::ceil(*at / length) : std::floor(*at / length)) * length)});
    });
  }
  const auto found = functions().find(name);
  if (found == functions().end()) {
    if (known_functions().contains(name)) return unsupported(fmt::format("the function {}", name));
    return fail("MalformedQueryException", fmt::format("Invalid function {} at line 1 and position {}", name, at_));
  }
  const auto given = TRY(arguments());
  if (given.size() < found->second.least || given.size() > found->second.most) return fail("MalformedQueryException", fmt::format("Wrong number of arguments of {} at line 1 and position {}", name, at_));
  return Test([given, of = found->second.of](const Scope& scope) -> Maybe {
    Arguments values;
    for (const Test& one : given) values.push_back(one(scope));
    return of(values);
  });
}

Result<Test> Reader::aggregate(const std::string& name) {
  if (name == "count" && take("*")) {
    if (!take(")")) return malformed();
    return Test([](const Scope& scope) -> Maybe { return of_number(static_cast<double>(scope.group.size())); });
  }
  auto given = TRY(arguments());
  if (name == "count" && given.empty()) return Test([](const Scope& scope) -> Maybe { return of_number(static_cast<double>(scope.group.size())); });
  if (given.size() != (name == "pct" ? 2U : 1U)) return malformed();
  const Test of = given[0];
  if (name == "count") return Test([of](const Scope& scope) -> Maybe { return of_number(static_cast<double>(values_in(scope, of).size())); });
  if (name == "count_distinct") {
    return Test([of](const Scope& scope) -> Maybe {
      std::set<std::string> different;
      for (const Value& value : values_in(scope, of)) different.insert(value.text);
      return of_number(static_cast<double>(different.size()));
    });
  }
  if (name == "min" || name == "sortsfirst") return Test([of](const Scope& scope) -> Maybe { return edge_in(scope, of, false); });
  if (name == "max" || name == "sortslast") return Test([of](const Scope& scope) -> Maybe { return edge_in(scope, of, true); });
  if (name == "earliest") return Test([of](const Scope& scope) -> Maybe { return timed_in(scope, of, false); });
  if (name == "latest") return Test([of](const Scope& scope) -> Maybe { return timed_in(scope, of, true); });
  if (name == "sum") return reduced(of, total);
  if (name == "avg") return reduced(of, [](const std::vector<double>& numbers) { return total(numbers) / static_cast<double>(numbers.size()); });
  if (name == "stddev") return reduced(of, deviation);
  if (name == "median") return reduced(of, [](const std::vector<double>& numbers) { return percentile(numbers, 50); });
  const Maybe percent = given[1]({.row = {}});
  if (!percent || !percent->number() || *percent->number() < 0 || *percent->number() > 100) return malformed();
  return reduced(of, [wanted = *percent->number()](const std::vector<double>& numbers) { return percentile(numbers, wanted); });
}

}  // namespace landfall::services::logs::insights
