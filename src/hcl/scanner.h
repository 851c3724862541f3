#pragma once

#include <cstdint>
#include <string_view>

#include "hcl/source.h"
#include "hcl/syntax.h"

namespace landfall::hcl {

/// One token of HCL outside of quoted and heredoc text.
struct Token {
  enum class Kind : uint8_t {
    end,
    newline,
    identifier,
    number,
    quote,
    heredoc,
    invalid,
    unclosed_comment,
    open_brace,
    close_brace,
    open_bracket,
    close_bracket,
    open_paren,
    close_paren,
    equals,
    arrow,
    colon,
    double_colon,
    question,
    comma,
    dot,
    ellipsis,
    star,
    slash,
    percent,
    plus,
    minus,
    equal_equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    and_and,
    or_or,
    bang
  };
  Kind kind = Kind::end;
  Position start{}, end{};
  std::string_view text{};
};

/// The position after `text`, which begins at `from`.
Position advance(Position from, std::string_view text);

/// Reads the token at or after `at`; blanks and comments in between are skipped, a newline is a token.
/// Knows no state: strings and heredocs are opened here (quote, heredoc) and read by the parser.
class Scanner {
 public:
  Scanner(const Source& source, Dialect dialect) : text_(source.text), dialect_(dialect) {}
  Token scan(Position at) const;

 private:
  Token take(Position at, Token::Kind kind, size_t length) const;
  Token scan_number(Position at) const;
  Token scan_symbol(Position at) const;
  size_t identifier_length(size_t byte) const;

  std::string_view text_;
  Dialect dialect_;
};

}  // namespace landfall::hcl
