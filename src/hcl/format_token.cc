#include "hcl/format_token.h"

#include <algorithm>
#include <utility>

#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

using Kind = FormatToken::Kind;

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<FormatToken> run() && {
    while (at_ < text_.size()) {
      if (modes_.empty() || modes_.back().kind == Mode::Kind::expression) expression();
      else template_text();
    }
    return std::move(tokens_);
  }

 private:
  /// What surrounds the place: expressions count their braces, to know which ends a sequence.
  struct Mode {
    enum class Kind : uint8_t { expression, quoted, heredoc } kind;
    int braces = 0;
    std::string marker{};
  };

  std::string_view rest() const { return text_.substr(at_); }
  bool is_next(std::string_view what) const { return rest().starts_with(what); }

  void take(Kind kind, size_t length) {
    tokens_.push_back({kind, std::string(text_.substr(at_, length))});
    at_ += length;
  }

  void expression() {
    const char c = text_[at_];
    if (c == ' ' || c == '\t') ++at_;
    else if (c == '\n') take(Kind::newline, 1);
    else if (is_next("\r\n")) take(Kind::newline, 2);
    else if (c == '#' || is_next("//")) line_comment();
    else if (is_next("/*")) take(Kind::comment, std::min(rest().find("*/", 2), rest().size() - 2) + 2);
    else if (c >= '0' && c <= '9') take(Kind::number, number_length());
    else if (const size_t length = identifier_length(); length > 0) take(Kind::identifier, length);
    else if (c == '"') open_quote();
    else if (is_next("<<") && heredoc()) return;
    else symbol();
  }

  void line_comment() {
    const size_t end = rest().find('\n');
    take(Kind::comment, end == std::string_view::npos ? rest().size() : end + 1);
  }

  size_t number_length() const {
    const std::string_view text = rest();
    size_t i = 0;
    const auto digits = [&] {
      while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    };
    const auto is_digit_at = [&](size_t place) { return place < text.size() && text[place] >= '0' && text[place] <= '9'; };
    digits();
    if (i < text.size() && text[i] == '.' && is_digit_at(i + 1)) {
      ++i;
      digits();
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
      const size_t sign = i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-') ? 1 : 0;
      if (is_digit_at(i + 1 + sign)) {
        i += 1 + sign;
        digits();
      }
    }
    return i;
  }

  size_t identifier_length() const {
    std::string_view left = rest();
    std::string_view after = left;
    if (!is_identifier_start(take_code_point(after))) return 0;
    while (!after.empty()) {
      std::string_view next = after;
      if (!is_identifier_part(take_code_point(next))) break;
      after = next;
    }
    return left.size() - after.size();
  }

  void open_quote() {
    take(Kind::open_quote, 1);
    modes_.push_back({Mode::Kind::quoted});
  }

  bool heredoc() {
    std::string_view line = rest().substr(0, rest().find('\n'));
    if (line.size() == rest().size()) return false;
    std::string_view marker = line.substr(line.starts_with("<<-") ? 3 : 2);
    if (marker.ends_with('\r')) marker.remove_suffix(1);
    if (marker.empty()) return false;
    for (std::string_view left = marker; !left.empty();) {
      if (!is_identifier_part(take_code_point(left))) return false;
    }
    modes_.push_back({Mode::Kind::heredoc, 0, std::string(marker)});
    take(Kind::open_heredoc, line.size() + 1);
    starts_line_ = true;
    return true;
  }

  void symbol() {
    const char c = text_[at_];
    switch (c) {
      case '{':
        if (!modes_.empty()) ++modes_.back().braces;
        return take(Kind::open_brace, 1);
      case '}':
        if (!modes_.empty() && modes_.back().braces == 0) return end_sequence(1);
        if (!modes_.empty()) --modes_.back().braces;
        return take(Kind::close_brace, 1);
      case '~':
        if (is_next("~}") && !modes_.empty() && modes_.back().braces == 0) return end_sequence(2);
        return take(Kind::other, 1);
      case '(': return take(Kind::open_paren, 1);
      case ')': return take(Kind::close_paren, 1);
      case '[': return take(Kind::open_bracket, 1);
      case ']': return take(Kind::close_bracket, 1);
      case ',': return take(Kind::comma, 1);
      case '?': return take(Kind::question, 1);
      case '-': return take(Kind::minus, 1);
      case '+':
      case '*':
      case '/':
      case '%': return take(Kind::arithmetic, 1);
      case '.': return is_next("...") ? take(Kind::ellipsis, 3) : take(Kind::dot, 1);
      case ':': return is_next("::") ? take(Kind::double_colon, 2) : take(Kind::colon, 1);
      case '=': return is_next("==") ? take(Kind::comparison, 2) : is_next("=>") ? take(Kind::other, 2) : take(Kind::equals, 1);
      case '!': return is_next("!=") ? take(Kind::comparison, 2) : take(Kind::bang, 1);
      case '<':
      case '>': return take(Kind::comparison, is_next("<=") || is_next(">=") ? 2 : 1);
      case '&':
      case '|': return is_next("&&") || is_next("||") ? take(Kind::logical, 2) : take(Kind::other, 1);
      default: return take(Kind::other, 1);
    }
  }

  void end_sequence(size_t length) {
    take(Kind::sequence_end, length);
    modes_.pop_back();
  }

  void begin_sequence() {
    const Kind kind = text_[at_] == '$' ? Kind::interpolation : Kind::control;
    take(kind, rest().substr(2).starts_with('~') ? 3 : 2);
    modes_.push_back({Mode::Kind::expression});
    starts_line_ = false;
  }

  void template_text() {
    const bool is_quoted = modes_.back().kind == Mode::Kind::quoted;
    if (is_quoted && text_[at_] == '"') {
      take(Kind::close_quote, 1);
      modes_.pop_back();
      return;
    }
    if (!is_quoted && std::exchange(starts_line_, false) && close_heredoc()) return;
    if (is_next("${") || is_next("%{")) return begin_sequence();
    size_t length = 0;
    const std::string_view text = rest();
    while (length < text.size()) {
      const std::string_view here = text.substr(length);
      if (here.starts_with("$${") || here.starts_with("%%{")) {
        length += 3;
      } else if (here.starts_with("${") || here.starts_with("%{") || (is_quoted && here[0] == '"')) {
        break;
      } else if (is_quoted && here[0] == '\\') {
        length += 2;
      } else if (here[0] == '\n') {
        ++length;
        starts_line_ = true;
        break;
      } else {
        ++length;
      }
    }
    take(is_quoted ? Kind::quoted_text : Kind::heredoc_text, std::min(length, text.size()));
  }

  bool close_heredoc() {
    std::string_view line = rest().substr(0, rest().find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim_space_left(trim_space_right(line)) != modes_.back().marker) return false;
    take(Kind::close_heredoc, line.size());
    modes_.pop_back();
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Mode> modes_;
  bool starts_line_ = false;  ///< inside a heredoc
  std::vector<FormatToken> tokens_;
};

}  // namespace

int FormatToken::bracket_change() const {
  switch (kind) {
    case Kind::open_brace:
    case Kind::open_bracket:
    case Kind::open_paren:
    case Kind::control:
    case Kind::interpolation: return 1;
    case Kind::close_brace:
    case Kind::close_bracket:
    case Kind::close_paren:
    case Kind::sequence_end: return -1;
    default: return 0;
  }
}

std::vector<FormatToken> format_tokens(std::string_view text) { return Tokenizer(text).run(); }

}  // namespace landfall::hcl
