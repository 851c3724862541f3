#include "services/dynamodb/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::dynamodb {
namespace {

constexpr size_t kMaxExpression = 4096;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

Result<Reader> Reader::open(std::string_view text, std::string_view kind, Placeholders& placeholders) {
  Reader reader(text, kind, placeholders);
  if (text.size() > kMaxExpression) return reader.invalid(fmt::format("Expression size has exceeded the maximum allowed size; expression size: {}", text.size()));
  TRY(reader.split());
  if (reader.tokens_.empty()) return reader.invalid("The expression can not be empty;");
  return reader;
}

/// Words (with # or : in front), numbers, and the marks ( ) [ ] , . + - = <> < <= > >=.
Result<void> Reader::split() {
  const std::string_view text = text_;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (is_blank(c)) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (is_word(c) || c == '#' || c == ':') {
      while (end < text.size() && is_word(text[end])) ++end;
    } else if ((c == '<' || c == '>') && end < text.size() && (text[end] == '=' || (c == '<' && text[end] == '>'))) {
      ++end;
    } else if (std::string_view("()[],.=<>+-").find(c) == std::string_view::npos) {
      const size_t from = tokens_.empty() ? 0 : tokens_.back().begin;
      return invalid(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", c, text.substr(from, std::min(text.size(), i + 12) - from)));
    }
    tokens_.push_back({std::string(text.substr(i, end - i)), i, end});
    i = end;
  }
  return {};
}

std::string_view Reader::token(size_t ahead) const { return at_ + ahead < tokens_.size() ? std::string_view(tokens_[at_ + ahead].text) : std::string_view(); }

bool Reader::take(std::string_view wanted) {
  if (is_at_end() || !iequals(token(), wanted)) return false;
  ++at_;
  return true;
}

Result<void> Reader::expect(std::string_view wanted) {
  if (!take(wanted)) return unexpected();
  return {};
}

std::unexpected<Error> Reader::invalid(std::string what) const { return fail("ValidationException", fmt::format("Invalid {}: {}", kind_, what)); }

std::unexpected<Error> Reader::unexpected() const {
  const size_t first = at_ > 0 ? at_ - 1 : 0, last = std::min(tokens_.size() - 1, at_ + 1);
  const std::string near = text_.substr(tokens_[first].begin, tokens_[last].end - tokens_[first].begin);
  return invalid(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", is_at_end() ? "<EOF>" : token(), near));
}

bool Reader::is_redundant_parenthesis() const {
  if (token() != "(" || token(1) != "(") return false;
  int depth = 0;
  for (size_t i = 1; !token(i).empty(); ++i) {
    depth += token(i) == "(" ? 1 : token(i) == ")" ? -1 : 0;
    if (depth == 0) return token(i + 1) == ")";
  }
  return false;
}

Result<Path> Reader::path() {
  Path steps{Step{.name = TRY(attribute_name())}};
  names_.insert(steps[0].name);
  for (;;) {
    if (take(".")) {
      steps.push_back({.name = TRY(attribute_name())});
    } else if (take("[")) {
      const bool is_number = !token().empty() && token().size() < 9 && std::ranges::all_of(token(), is_digit);
      if (!is_number) return unexpected();
      steps.push_back({.name = "", .index = std::stoul(std::string(token()))});
      skip();
      TRY(expect("]"));
    } else {
      return steps;
    }
  }
}

Result<Value> Reader::value() {
  if (!is_value()) return unexpected();
  return placeholders_.value(tokens_[at_++].text, kind_);
}

Result<std::string> Reader::attribute_name() {
  const std::string word(token());
  if (word.empty() || (!is_word(word[0]) && word[0] != '#') || is_digit(word[0])) return unexpected();
  for (const std::string_view keyword : {"AND", "OR", "NOT", "BETWEEN", "IN"}) {
    if (iequals(word, keyword)) return unexpected();
  }
  if (word[0] != '#' && is_reserved(word)) return invalid(fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", word));
  ++at_;
  return word[0] == '#' ? placeholders_.name(word, kind_) : Result<std::string>(word);
}

}  // namespace landfall::services::dynamodb
