#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The tokens of a whole file with everything in them, comments and templates too: joined they are the text.
namespace landfall::hcl {

struct FormatToken {
  enum class Kind : uint8_t {
    none,
    newline,
    comment,  ///< with its line feed if it is of one line
    identifier,
    number,
    open_paren,
    close_paren,
    open_bracket,
    close_bracket,
    open_brace,
    close_brace,
    open_quote,
    close_quote,
    quoted_text,
    open_heredoc,
    close_heredoc,
    heredoc_text,
    interpolation,  ///< `${`, `${~`
    control,        ///< `%{`, `%{~`
    sequence_end,   ///< the `}` or `~}` of these
    comma,
    dot,
    ellipsis,
    colon,
    double_colon,
    question,
    equals,
    minus,
    bang,
    arithmetic,  ///< + * / %
    comparison,
    logical,
    other
  };
  Kind kind = Kind::none;
  std::string text{};
  int spaces = 0;  ///< before it

  /// +1 for what opens, -1 for what closes, 0 for the others.
  int bracket_change() const;
  bool ends_line() const { return kind == Kind::newline || (kind == Kind::comment && text.ends_with('\n')); }
};

std::vector<FormatToken> format_tokens(std::string_view text);

}  // namespace landfall::hcl
