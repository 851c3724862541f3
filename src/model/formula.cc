#include "model/formula.h"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace landfall::model {

/// Recursive descent; `depth` bounds what a hostile expression can nest.
class Formula::Parser {
 public:
  Parser(std::string_view text, Formula& into) : text_(text), into_(into) {}
  Result<void> all() {
    TRY(sum());
    return next() == '\0' ? Result<void>() : unexpected();
  }

 private:
  static constexpr int kDeepest = 32;

  char next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  Result<void> unexpected() { return fail("Formula.Unsupported", at_ < text_.size() ? fmt::format("Landfall does not know '{}' at position {} of the expression '{}'", text_[at_], at_ + 1, text_) : fmt::format("the expression '{}' ends too early", text_)); }

  Result<void> sum() {
    TRY(product());
    while (next() == '+' || next() == '-') {
      const char op = text_[at_++];
      TRY(product());
      into_.steps_.push_back({.what = op});
    }
    return {};
  }

  Result<void> product() {
    TRY(operand());
    while (next() == '*' || next() == '/') {
      const char op = text_[at_++];
      TRY(operand());
      into_.steps_.push_back({.what = op});
    }
    return {};
  }

  Result<void> operand() {
    if (++depth_ > kDeepest) return fail("Formula.Unsupported", "the expression is nested too deeply");
    const char first = next();
    Result<void> done;
    if (first == '(') {
      ++at_;
      done = sum();
      if (done && next() != ')') done = unexpected();
      ++at_;
    } else if (first == '-') {
      ++at_;
      into_.steps_.push_back({.what = '#'});
      done = operand();
      into_.steps_.push_back({.what = '-'});
    } else if (std::isdigit(static_cast<unsigned char>(first)) || first == '.') {
      done = number();
    } else if (std::isalpha(static_cast<unsigned char>(first))) {
      done = id();
    } else {
      done = unexpected();
    }
    --depth_;
    return done;
  }

  Result<void> number() {
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return unexpected();
    at_ = static_cast<size_t>(end - text_.data());
    into_.steps_.push_back({.what = '#', .number = value});
    return {};
  }

  Result<void> id() {
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    std::string name(text_.substr(start, at_ - start));
    if (next() == '(') return fail("Formula.Unsupported", fmt::format("Landfall does not know the function {} of metric math yet; it knows + - * / and parentheses", name));
    into_.ids_.insert(name);
    into_.steps_.push_back({.what = 'v', .id = std::move(name)});
    return {};
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

std::optional<double> Formula::evaluate(const std::map<std::string, double>& values) const {
  std::vector<double> stack;
  for (const Step& step : steps_) {
    if (step.what == '#') {
      stack.push_back(step.number);
      continue;
    }
    if (step.what == 'v') {
      const auto found = values.find(step.id);
      if (found == values.end()) return std::nullopt;
      stack.push_back(found->second);
      continue;
    }
    const double right = stack.back();
    stack.pop_back();
    double& left = stack.back();
    if (step.what == '/' && right == 0) return std::nullopt;
    left = step.what == '+' ? left + right : step.what == '-' ? left - right : step.what == '*' ? left * right : left / right;
  }
  return stack.back();
}

}  // namespace landfall::model
