#include "hcl/format_style.h"

#include <iterator>
#include <span>

#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

using Kind = FormatToken::Kind;
using Tokens = std::vector<FormatToken>;

FormatToken token(Kind kind, std::string text) { return {kind, std::move(text)}; }

/// `string`, list(string): a type with its element.
Tokens type_of(const std::string& word, const std::string& element) {
  return {token(Kind::identifier, word), token(Kind::open_paren, "("), token(Kind::identifier, element), token(Kind::close_paren, ")")};
}

Tokens styled_type(Tokens tokens) {
  if (tokens.size() == 1 && tokens[0].kind == Kind::identifier) {
    const std::string& word = tokens[0].text;
    if (word == "list" || word == "map" || word == "set") return type_of(word, "any");
  }
  const bool is_quoted = tokens.size() == 3 && tokens[0].kind == Kind::open_quote && tokens[1].kind == Kind::quoted_text && tokens[2].kind == Kind::close_quote;
  if (!is_quoted) return tokens;
  const std::string& word = tokens[1].text;
  if (word == "string") return {token(Kind::identifier, word)};
  if (word == "list" || word == "map") return type_of(word, "string");
  return tokens;
}

/// Whether the tokens between `"${` and `}"` are one sequence: no other begins or ends outside of quotes.
bool is_one_sequence(std::span<const FormatToken> inside) {
  int quotes = 0;
  for (const FormatToken& each : inside) {
    if (each.kind == Kind::open_quote) ++quotes;
    else if (each.kind == Kind::close_quote) --quotes;
    else if (quotes == 0 && (each.kind == Kind::interpolation || each.kind == Kind::sequence_end)) return false;
  }
  return true;
}

Tokens styled_value(Tokens tokens) {
  if (tokens.size() < 5) return tokens;
  const size_t last = tokens.size() - 1;
  const bool is_wrapped = tokens[0].kind == Kind::open_quote && tokens[1].kind == Kind::interpolation && tokens[last - 1].kind == Kind::sequence_end && tokens[last].kind == Kind::close_quote;
  if (!is_wrapped) return tokens;
  std::span<const FormatToken> inside = std::span(tokens).subspan(2, tokens.size() - 4);
  if (!is_one_sequence(inside)) return tokens;
  while (!inside.empty() && inside.front().kind == Kind::newline) inside = inside.subspan(1);
  while (!inside.empty() && inside.back().kind == Kind::newline) inside = inside.first(inside.size() - 1);
  bool has_lines = false;
  for (size_t i = 1; i < inside.size(); ++i) has_lines = has_lines || inside[i].kind == Kind::newline;
  Tokens made(inside.begin(), inside.end());
  const bool has_parens = !made.empty() && made.front().kind == Kind::open_paren && made.back().kind == Kind::close_paren;
  if (has_lines && !has_parens) {
    made.insert(made.begin(), token(Kind::open_paren, "("));
    made.push_back(token(Kind::close_paren, ")"));
  }
  return made;
}

class Stylist {
 public:
  explicit Stylist(Tokens tokens) : in_(std::move(tokens)) {}

  Tokens run() && {
    body(0, "");
    while (at_ < in_.size()) move();
    return std::move(out_);
  }

 private:
  bool is(Kind kind) const { return at_ < in_.size() && in_[at_].kind == kind; }
  void move() { out_.push_back(std::move(in_[at_++])); }

  void body(int depth, const std::string& block) {
    while (at_ < in_.size() && !is(Kind::close_brace)) {
      if (!is(Kind::identifier)) {
        move();
        continue;
      }
      const std::string name = in_[at_].text;
      move();
      if (is(Kind::equals)) attribute(depth == 1 && block == "variable" && name == "type");
      else nested(depth, name);
    }
  }

  void attribute(bool is_type) {
    move();
    Tokens value;
    int open = 0;
    while (at_ < in_.size()) {
      const FormatToken& next = in_[at_];
      const bool is_end = next.ends_line() || (next.kind == Kind::comment && is_last_of_line(at_)) || next.kind == Kind::close_brace;
      if (open == 0 && is_end) break;
      const bool is_template = next.kind == Kind::open_quote || next.kind == Kind::open_heredoc;
      const bool is_template_end = next.kind == Kind::close_quote || next.kind == Kind::close_heredoc;
      open += next.bracket_change() + (is_template ? 1 : is_template_end ? -1 : 0);
      value.push_back(std::move(in_[at_++]));
    }
    value = is_type ? styled_type(std::move(value)) : styled_value(std::move(value));
    std::move(value.begin(), value.end(), std::back_inserter(out_));
  }

  bool is_last_of_line(size_t at) const { return at + 1 >= in_.size() || in_[at + 1].ends_line(); }

  void nested(int depth, const std::string& type) {
    while (at_ < in_.size() && !is(Kind::open_brace) && !in_[at_].ends_line()) {
      if (is(Kind::identifier)) {
        out_.push_back(token(Kind::open_quote, "\""));
        out_.push_back(token(Kind::quoted_text, in_[at_++].text));
        out_.push_back(token(Kind::close_quote, "\""));
      } else if (is(Kind::comment)) {
        ++at_;  // between labels
      } else {
        move();
      }
    }
    if (!is(Kind::open_brace)) return;
    move();
    body(depth + 1, type);
    if (is(Kind::close_brace)) move();
  }

  Tokens in_, out_;
  size_t at_ = 0;
};

}  // namespace

Tokens with_usual_style(Tokens tokens) { return Stylist(std::move(tokens)).run(); }

}  // namespace landfall::hcl
