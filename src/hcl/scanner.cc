#include "hcl/scanner.h"

#include <array>
#include <utility>

#include "hcl/unicode.h"

namespace landfall::hcl {

Position advance(Position from, std::string_view text) {
  Position to = from;
  to.byte += static_cast<uint32_t>(text.size());
  const size_t last = text.rfind('\n');
  if (last != std::string_view::npos) {
    for (const char c : text) to.line += c == '\n' ? 1 : 0;
    to.column = 1;
    text.remove_prefix(last + 1);
  }
  to.column += static_cast<uint32_t>(grapheme_count(text));
  return to;
}

Token Scanner::take(Position at, Token::Kind kind, size_t length) const {
  const std::string_view text = text_.substr(at.byte, length);
  return {kind, at, advance(at, text), text};
}

Token Scanner::scan(Position at) const {
  for (;;) {
    size_t byte = at.byte;
    while (byte < text_.size() && (text_[byte] == ' ' || text_[byte] == '\t')) ++byte;
    at.column += static_cast<uint32_t>(byte - at.byte);
    at.byte = static_cast<uint32_t>(byte);
    if (byte >= text_.size()) return {Token::Kind::end, at, at, {}};
    const std::string_view rest = text_.substr(byte);
    if (rest[0] == '#' || rest.starts_with("//")) {
      const size_t end = rest.find('\n');
      at = advance(at, rest.substr(0, end));
      continue;
    }
    if (rest.starts_with("/*")) {
      const size_t end = rest.find("*/", 2);
      if (end == std::string_view::npos) return take(at, Token::Kind::unclosed_comment, rest.size());
      at = advance(at, rest.substr(0, end + 2));
      continue;
    }
    if (rest[0] == '\n') return take(at, Token::Kind::newline, 1);
    if (rest.starts_with("\r\n")) return take(at, Token::Kind::newline, 2);
    if (rest[0] == '\r' && dialect_ == Dialect::v011) {
      at = advance(at, rest.substr(0, 1));
      continue;
    }
    if (rest[0] >= '0' && rest[0] <= '9') return scan_number(at);
    if (const size_t length = identifier_length(byte); length > 0)
      return take(at, Token::Kind::identifier, length);
    return scan_symbol(at);
  }
}

size_t Scanner::identifier_length(size_t byte) const {
  std::string_view rest = text_.substr(byte);
  const size_t whole = rest.size();
  if (!is_identifier_start(take_code_point(rest))) return 0;
  while (!rest.empty() && static_cast<unsigned char>(rest[0]) < 0x80) {
    if (!is_identifier_part(static_cast<unsigned char>(rest[0]))) return whole - rest.size();
    rest.remove_prefix(1);
  }
  while (!rest.empty()) {
    std::string_view after = rest;
    if (!is_identifier_part(take_code_point(after))) break;
    rest = after;
  }
  return whole - rest.size();
}

Token Scanner::scan_number(Position at) const {
  const std::string_view rest = text_.substr(at.byte);
  const auto digits_from = [&](size_t from) {
    while (from < rest.size() && rest[from] >= '0' && rest[from] <= '9') ++from;
    return from;
  };
  if (dialect_ == Dialect::v011 && (rest.starts_with("0x") || rest.starts_with("0X"))) {
    const size_t end = rest.find_first_not_of("0123456789abcdefABCDEF", 2);
    return take(at, Token::Kind::number, end == std::string_view::npos ? rest.size() : end);
  }
  size_t length = digits_from(0);
  if (length + 1 < rest.size() && rest[length] == '.' && digits_from(length + 1) > length + 1) {
    length = digits_from(length + 1);
  }
  if (length < rest.size() && (rest[length] == 'e' || rest[length] == 'E')) {
    size_t exponent = length + 1;
    if (exponent < rest.size() && (rest[exponent] == '+' || rest[exponent] == '-')) ++exponent;
    if (digits_from(exponent) > exponent) length = digits_from(exponent);
  }
  return take(at, Token::Kind::number, length);
}

Token Scanner::scan_symbol(Position at) const {
  using Kind = Token::Kind;
  // Longest first.
  static constexpr std::array<std::pair<std::string_view, Kind>, 34> kSymbols{{
      {"...", Kind::ellipsis},  {"<<-", Kind::heredoc},      {"<<", Kind::heredoc},
      {"=>", Kind::arrow},      {"==", Kind::equal_equal},   {"!=", Kind::not_equal},
      {"<=", Kind::less_equal}, {">=", Kind::greater_equal}, {"&&", Kind::and_and},
      {"||", Kind::or_or},      {"::", Kind::double_colon},  {"{", Kind::open_brace},
      {"}", Kind::close_brace}, {"[", Kind::open_bracket},   {"]", Kind::close_bracket},
      {"(", Kind::open_paren},  {")", Kind::close_paren},    {"=", Kind::equals},
      {":", Kind::colon},       {"?", Kind::question},       {",", Kind::comma},
      {".", Kind::dot},         {"*", Kind::star},           {"/", Kind::slash},
      {"%", Kind::percent},     {"+", Kind::plus},           {"-", Kind::minus},
      {"<", Kind::less},        {">", Kind::greater},        {"!", Kind::bang},
      {"\"", Kind::quote},      {"~}", Kind::invalid},       {"&", Kind::invalid},
      {"|", Kind::invalid},
  }};
  const std::string_view rest = text_.substr(at.byte);
  for (const auto& [symbol, kind] : kSymbols) {
    if (symbol[0] == rest[0] && rest.starts_with(symbol)) return take(at, kind, symbol.size());
  }
  std::string_view after = rest;
  take_code_point(after);
  return take(at, Kind::invalid, rest.size() - after.size());
}

}  // namespace landfall::hcl
