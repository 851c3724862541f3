#include "model/formula.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace landfall::model {
namespace {

using Input = Formula::Input;
using Value = Formula::Value;
using Node = std::function<Value(const Input&)>;
using Nodes = std::vector<Node>;
using Operation = double (*)(double, double);

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What has no finite result is no data point.
void keep(Series& into, int64_t at, double value) {
  if (std::isfinite(value)) into[at] = value;
}

Value each(const Value& value, const std::function<double(double)>& change) {
  if (const double* number = std::get_if<double>(&value)) return change(*number);
  const auto changed = [&](const Series& series) {
    Series made;
    for (const auto& [at, one] : series) keep(made, at, change(one));
    return made;
  };
  if (const Series* series = std::get_if<Series>(&value)) return changed(*series);
  std::vector<Series> all;
  for (const Series& series : std::get<std::vector<Series>>(value)) all.push_back(changed(series));
  return all;
}

/// Numbers go with every point; of two series the periods that both have.
Value combined(const Value& left, const Value& right, Operation operation) {
  if (const auto* list = std::get_if<std::vector<Series>>(&left)) {
    std::vector<Series> all;
    for (const Series& one : *list) all.push_back(std::get<Series>(combined(one, std::holds_alternative<std::vector<Series>>(right) ? Value(Series{}) : right, operation)));
    return all;
  }
  if (const auto* list = std::get_if<std::vector<Series>>(&right)) {
    std::vector<Series> all;
    for (const Series& one : *list) all.push_back(std::get<Series>(combined(std::holds_alternative<double>(left) ? left : Value(std::get<Series>(left)), one, operation)));
    return all;
  }
  if (const double* number = std::get_if<double>(&right)) return each(left, [=](double value) { return operation(value, *number); });
  if (const double* number = std::get_if<double>(&left)) return each(right, [=](double value) { return operation(*number, value); });
  Series made;
  const Series& other = std::get<Series>(right);
  for (const auto& [at, value] : std::get<Series>(left)) {
    if (const auto same = other.find(at); same != other.end()) keep(made, at, operation(value, same->second));
  }
  return made;
}

using Reduction = double (*)(const std::vector<double>&);

double total(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}
double mean(const std::vector<double>& values) { return total(values) / static_cast<double>(values.size()); }
double deviation(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += (value - mean(values)) * (value - mean(values));
  return std::sqrt(squares / static_cast<double>(values.size()));
}

/// Of one series a number; of several a series, period by period.
Value reduced(const Value& value, Reduction reduce) {
  if (const double* number = std::get_if<double>(&value)) return *number;
  std::map<int64_t, std::vector<double>> by_period;
  if (const Series* series = std::get_if<Series>(&value)) {
    std::vector<double> values;
    for (const auto& [at, one] : *series) values.push_back(one);
    return values.empty() ? kNone : reduce(values);
  }
  for (const Series& series : std::get<std::vector<Series>>(value)) {
    for (const auto& [at, one] : series) by_period[at].push_back(one);
  }
  Series made;
  for (const auto& [at, values] : by_period) keep(made, at, reduce(values));
  return made;
}

/// Of every series in it.
Value over_series(const Value& value, const std::function<Series(const Series&)>& change) {
  if (const Series* series = std::get_if<Series>(&value)) return change(*series);
  if (std::holds_alternative<double>(value)) return value;
  std::vector<Series> all;
  for (const Series& series : std::get<std::vector<Series>>(value)) all.push_back(change(series));
  return all;
}

/// What a point says of the one before it.
Series stepped(const Series& series, double (*step)(double difference, double seconds)) {
  Series made;
  for (auto at = series.begin(); at != series.end(); ++at) {
    if (at != series.begin()) keep(made, at->first, step(at->second - std::prev(at)->second, static_cast<double>(at->first - std::prev(at)->first) / 1000));
  }
  return made;
}

Series running(const Series& series) {
  Series made;
  double sum = 0;
  for (const auto& [at, value] : series) made[at] = sum += value;
  return made;
}

enum class Filling { number, repeat, linear };

Series filled(const Series& series, const std::vector<int64_t>& times, Filling how, double number) {
  Series made = series;
  for (const int64_t at : times) {
    if (made.contains(at)) continue;
    const auto next = series.lower_bound(at);
    const bool has_before = next != series.begin(), has_after = next != series.end();
    if (how == Filling::number) keep(made, at, number);
    if (how == Filling::repeat && has_before) made[at] = std::prev(next)->second;
    if (how == Filling::linear && has_before && has_after) {
      const auto& [begin, low] = *std::prev(next);
      made[at] = low + (next->second - low) * static_cast<double>(at - begin) / static_cast<double>(next->first - begin);
    }
  }
  return made;
}

/// The value of a number or series at one time.
double at(const Value& value, int64_t time) {
  if (const double* number = std::get_if<double>(&value)) return *number;
  const Series* series = std::get_if<Series>(&value);
  const auto found = series == nullptr ? Series::const_iterator{} : series->find(time);
  return series == nullptr || found == series->end() ? kNone : found->second;
}

Value chosen(const Value& condition, const Value& then, const Value& otherwise) {
  if (const double* number = std::get_if<double>(&condition)) return *number != 0 ? then : otherwise;
  const Series* series = std::get_if<Series>(&condition);
  Series made;
  if (series == nullptr) return made;
  for (const auto& [time, is_true] : *series) keep(made, time, at(is_true != 0 ? then : otherwise, time));
  return made;
}

struct Function {
  size_t least, most;
  Value (*of)(const std::vector<Value>& arguments, const Input& input);
};

template <double (*change)(double)>
Function numeric() {
  return {1, 1, [](const std::vector<Value>& a, const Input&) { return each(a[0], change); }};
}
template <Reduction reduce>
Function aggregate() {
  return {1, 1, [](const std::vector<Value>& a, const Input&) { return reduced(a[0], reduce); }};
}

double absolute(double value) { return std::fabs(value); }
double up(double value) { return std::ceil(value); }
double down(double value) { return std::floor(value); }
double natural_log(double value) { return std::log(value); }
double decimal_log(double value) { return std::log10(value); }
double smallest(const std::vector<double>& values) { return *std::ranges::min_element(values); }
double largest(const std::vector<double>& values) { return *std::ranges::max_element(values); }
double number_of(const std::vector<double>& values) { return static_cast<double>(values.size()); }
double first(const std::vector<double>& values) { return values.front(); }
double last(const std::vector<double>& values) { return values.back(); }

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"ABS", numeric<absolute>()},
      {"CEIL", numeric<up>()},
      {"FLOOR", numeric<down>()},
      {"LOG", numeric<natural_log>()},
      {"LOG10", numeric<decimal_log>()},
      {"AVG", aggregate<mean>()},
      {"SUM", aggregate<total>()},
      {"MIN", aggregate<smallest>()},
      {"MAX", aggregate<largest>()},
      {"STDDEV", aggregate<deviation>()},
      {"DATAPOINT_COUNT", aggregate<number_of>()},
      {"FIRST", aggregate<first>()},
      {"LAST", aggregate<last>()},
      {"DIFF", {1, 1, [](const std::vector<Value>& a, const Input&) { return over_series(a[0], [](const Series& s) { return stepped(s, [](double difference, double) { return difference; }); }); }}},
      {"DIFF_TIME", {1, 1, [](const std::vector<Value>& a, const Input&) { return over_series(a[0], [](const Series& s) { return stepped(s, [](double, double seconds) { return seconds; }); }); }}},
      {"RATE", {1, 1, [](const std::vector<Value>& a, const Input&) { return over_series(a[0], [](const Series& s) { return stepped(s, [](double difference, double seconds) { return difference / seconds; }); }); }}},
      {"RUNNING_SUM", {1, 1, [](const std::vector<Value>& a, const Input&) { return over_series(a[0], running); }}},
      {"IF", {2, 3, [](const std::vector<Value>& a, const Input&) { return chosen(a[0], a[1], a.size() > 2 ? a[2] : Value(kNone)); }}},
      {"TIME_SERIES", {1, 1, [](const std::vector<Value>& a, const Input& input) { return Value(filled({}, input.times, Filling::number, std::holds_alternative<double>(a[0]) ? std::get<double>(a[0]) : kNone)); }}},
  };
  return all;
}

}  // namespace

/// Recursive descent; `depth_` bounds what a hostile expression can nest.
class Formula::Parser {
 public:
  Parser(std::string_view text, Formula& into) : text_(text), into_(into) {}
  Result<void> all() {
    into_.root_ = TRY(either());
    return next() == '\0' ? Result<void>() : unexpected();
  }

 private:
  static constexpr int kDeepest = 32;

  char next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(std::string_view symbol) {
    next();
    if (!text_.substr(std::min(at_, text_.size())).starts_with(symbol)) return false;
    const size_t end = at_ + symbol.size();
    if (std::isalpha(static_cast<unsigned char>(symbol[0])) && end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_')) return false;
    at_ = end;
    return true;
  }
  std::unexpected<Error> unexpected() { return fail("Formula.Unsupported", at_ < text_.size() ? fmt::format("Landfall does not know '{}' at position {} of the expression '{}'", text_[at_], at_ + 1, text_) : fmt::format("the expression '{}' ends too early", text_)); }

  static Node joined(Node left, Node right, Operation operation) {
    return [left = std::move(left), right = std::move(right), operation](const Input& input) { return combined(left(input), right(input), operation); };
  }

  Result<Node> either() {
    Node left = TRY(both());
    while (take("||") || take("OR")) left = joined(left, TRY(both()), [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; });
    return left;
  }
  Result<Node> both() {
    Node left = TRY(comparison());
    while (take("&&") || take("AND")) left = joined(left, TRY(comparison()), [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; });
    return left;
  }
  Result<Node> comparison() {
    static const std::vector<std::pair<const char*, Operation>> marks{{"==", [](double a, double b) { return a == b ? 1.0 : 0.0; }}, {"!=", [](double a, double b) { return a != b ? 1.0 : 0.0; }}, {"<=", [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
                                                                      {">=", [](double a, double b) { return a >= b ? 1.0 : 0.0; }},  {"<", [](double a, double b) { return a < b ? 1.0 : 0.0; }},   {">", [](double a, double b) { return a > b ? 1.0 : 0.0; }}};
    Node left = TRY(sum());
    for (const auto& [mark, operation] : marks) {
      if (take(mark)) return joined(left, TRY(sum()), operation);
    }
    return left;
  }
  Result<Node> sum() {
    Node left = TRY(product());
    for (;;) {
      if (take("+")) left = joined(left, TRY(product()), [](double a, double b) { return a + b; });
      else if (take("-")) left = joined(left, TRY(product()), [](double a, double b) { return a - b; });
      else return left;
    }
  }
  Result<Node> product() {
    Node left = TRY(power());
    for (;;) {
      if (take("*")) left = joined(left, TRY(power()), [](double a, double b) { return a * b; });
      else if (take("/")) left = joined(left, TRY(power()), [](double a, double b) { return b == 0 ? kNone : a / b; });
      else return left;
    }
  }
  Result<Node> power() {
    Node left = TRY(operand());
    if (!take("^")) return left;
    return joined(left, TRY(operand()), [](double a, double b) { return std::pow(a, b); });
  }

  Result<Node> operand() {
    if (++depth_ > kDeepest) return fail("Formula.Unsupported", "the expression is nested too deeply");
    auto done = one();
    --depth_;
    return done;
  }

  Result<Node> one() {
    const char first = next();
    if (take("(")) {
      Node inner = TRY(either());
      if (!take(")")) return unexpected();
      return inner;
    }
    if (take("-")) return joined([](const Input&) -> Value { return 0.0; }, TRY(operand()), [](double a, double b) { return a - b; });
    if (take("[")) return list();
    if (std::isdigit(static_cast<unsigned char>(first)) || first == '.') return number();
    if (std::isalpha(static_cast<unsigned char>(first))) return named();
    return unexpected();
  }

  Result<Node> number() {
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return unexpected();
    at_ = static_cast<size_t>(end - text_.data());
    return Node([value](const Input&) -> Value { return value; });
  }

  std::string word() {
    next();
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  Result<Nodes> members(std::string_view close) {
    Nodes all;
    do {
      all.push_back(TRY(either()));
    } while (take(","));
    if (!take(close)) return unexpected();
    return all;
  }

  /// "[m1, m2]"
  Result<Node> list() {
    return Node([all = TRY(members("]"))](const Input& input) -> Value {
      std::vector<Series> made;
      for (const Node& one : all) {
        const Value value = one(input);
        if (const Series* series = std::get_if<Series>(&value)) made.push_back(*series);
        if (const auto* several = std::get_if<std::vector<Series>>(&value)) made.insert(made.end(), several->begin(), several->end());
      }
      return made;
    });
  }

  Result<Node> named() {
    const std::string name = word();
    if (take("(")) return call(name);
    into_.ids_.insert(name);
    return Node([name](const Input& input) -> Value {
      const auto found = input.series.find(name);
      return found == input.series.end() ? Series{} : found->second;
    });
  }

  Result<Node> call(const std::string& name) {
    if (name == "METRICS") return metrics();
    if (name == "PERIOD") return period();
    if (name == "FILL") return fill();
    const auto found = functions().find(name);
    if (found == functions().end()) return fail("Formula.Unsupported", fmt::format("Landfall does not know the function {} of metric math yet", name));
    const Nodes given = TRY(members(")"));
    if (given.size() < found->second.least || given.size() > found->second.most) return fail("Formula.Unsupported", fmt::format("the function {} has {} arguments in the expression '{}'", name, given.size(), text_));
    return Node([given, of = found->second.of](const Input& input) {
      std::vector<Value> values;
      for (const Node& one : given) values.push_back(one(input));
      return of(values, input);
    });
  }

  /// METRICS(), or those whose ids have a text in them: METRICS("errors").
  Result<Node> metrics() {
    std::string part;
    if (take("\"")) {
      const size_t end = text_.find('"', at_);
      if (end == std::string_view::npos) return unexpected();
      part = text_.substr(at_, end - at_);
      at_ = end + 1;
    }
    if (!take(")")) return unexpected();
    into_.asks_for_all_ = true;
    return Node([part](const Input& input) -> Value {
      std::vector<Series> all;
      for (const std::string& id : input.metrics) {
        const auto found = input.series.find(id);
        if (id.find(part) != std::string::npos && found != input.series.end()) all.push_back(found->second);
      }
      return all;
    });
  }

  Result<Node> period() {
    const std::string id = word();
    if (id.empty() || !take(")")) return unexpected();
    into_.ids_.insert(id);
    return Node([id](const Input& input) -> Value {
      const auto found = input.periods.find(id);
      return found == input.periods.end() ? kNone : found->second;
    });
  }

  /// FILL(m, 0), FILL(m, REPEAT), FILL(m, LINEAR)
  Result<Node> fill() {
    const Node of = TRY(either());
    if (!take(",")) return unexpected();
    const Filling how = take("REPEAT") ? Filling::repeat : take("LINEAR") ? Filling::linear : Filling::number;
    Node with = [](const Input&) -> Value { return kNone; };
    if (how == Filling::number) with = TRY(either());
    if (!take(")")) return unexpected();
    return Node([of, with, how](const Input& input) {
      const Value number = with(input);
      const double value = std::holds_alternative<double>(number) ? std::get<double>(number) : kNone;
      return over_series(of(input), [&](const Series& series) { return filled(series, input.times, how, value); });
    });
  }

  std::string_view text_;
  Formula& into_;
  size_t at_ = 0;
  int depth_ = 0;
};

Result<Formula> Formula::parse(std::string_view text) {
  Formula formula;
  TRY(Parser(text, formula).all());
  return formula;
}

Result<std::vector<Series>> Formula::evaluate(const Input& input) const {
  Value value = root_(input);
  if (std::holds_alternative<double>(value)) return fail("Formula.Scalar", "the expression comes to a number, not to a time series");
  if (Series* series = std::get_if<Series>(&value)) return std::vector<Series>{std::move(*series)};
  return std::get<std::vector<Series>>(std::move(value));
}

}  // namespace landfall::model
