#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "hcl/parser.h"
#include "hcl/unicode.h"

/// Text with ${…} and %{…} in it: quoted, heredoc and bare.
///
/// A template is first cut into parts (literals end at each line's end, which is what ~ and <<- work on),
/// then the parts are put together as a tree. Source: hashicorp/hcl, hclsyntax/parser_template.go and answers
/// of Terraform 1.11.4.
namespace landfall::hcl {

struct Parser::Part {
  enum class Kind { literal, interpolation, if_, else_, endif, for_, endfor };
  Kind kind = Kind::literal;
  std::string text{};  ///< of a literal
  ExpressionPtr expression{};
  std::string key_name{}, value_name{};
  Range range{};
};

struct Parser::Text {
  Ending ending;
  std::string_view marker{};  ///< of a heredoc
  bool has_escapes = false;   ///< backslashes mean something
  bool has_control = true;    ///< %{…}; not in 0.11
};

namespace {

constexpr std::string_view kUnterminated = "No closing marker was found for the string.";

/// Length of the line at the start of text without its end, and with it.
struct Line {
  std::string_view content;
  size_t whole = 0;
};
Line first_line(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return {text, text.size()};
  return {text.substr(0, end), end + 1};
}

std::string place(const Range& range) {
  return fmt::format("{}:{},{}-{}", range.source->name, range.start.line, range.start.column,
                     range.end.column);
}

std::string_view trimmed(std::string_view text) { return trim_space_left(trim_space_right(text)); }

}  // namespace

ExpressionPtr Parser::parse_quoted() {
  const Position start = token_.start;
  Position at = token_.end;
  std::vector<Part> parts;
  const Text text{.ending = Ending::quote, .has_escapes = true, .has_control = dialect_ == Dialect::modern};
  if (!parse_parts(text, at, parts)) return nullptr;
  last_end_ = advance(at, "\"");
  restart(last_end_);
  return assemble(std::move(parts), from(start));
}

ExpressionPtr Parser::parse_whole_template() {
  Position at;
  std::vector<Part> parts;
  const Text text{.ending = Ending::end_of_text, .has_control = dialect_ == Dialect::modern};
  if (!parse_parts(text, at, parts)) return nullptr;
  last_end_ = at;
  return assemble(std::move(parts), from({}));
}

namespace {

/// Takes the common indentation away from lines that begin with text; a line that begins with ${ has none.
template <class Parts>
void remove_indentation(Parts& parts) {
  size_t least = std::numeric_limits<size_t>::max();
  std::vector<std::string*> lines;
  bool is_line_start = true;
  for (auto& part : parts) {
    const bool is_literal = part.expression.get() == nullptr && !part.text.empty();
    if (is_line_start) {
      is_line_start = false;
      if (is_literal) {
        const std::string_view rest = trim_space_left(part.text);
        const bool is_blank = rest.empty() && part.text.ends_with('\n');
        if (!is_blank) {
          least = std::min(
              least, grapheme_count(std::string_view(part.text).substr(0, part.text.size() - rest.size())));
          lines.push_back(&part.text);
        }
      } else {
        least = 0;
      }
    }
    if (part.text.ends_with('\n')) is_line_start = true;
  }
  for (std::string* line : lines) {
    const std::vector<std::string_view> characters = graphemes(*line);
    size_t bytes = 0;
    for (size_t i = 0; i < std::min(least, characters.size()); ++i) bytes += characters[i].size();
    line->erase(0, bytes);
  }
}

/// HCL 1 takes away the blanks before the end marker, if every line begins with them; else nothing.
template <class Parts>
void remove_marker_indentation(Parts& parts, std::string_view indentation) {
  if (indentation.empty()) return;
  std::vector<std::string*> lines;
  bool is_line_start = true;
  for (auto& part : parts) {
    if (is_line_start) {
      if (!part.text.starts_with(indentation)) return;
      lines.push_back(&part.text);
    }
    is_line_start = part.text.ends_with('\n');
  }
  for (std::string* line : lines) line->erase(0, indentation.size());
}

}  // namespace

ExpressionPtr Parser::parse_heredoc() {
  const Token opener = token_;
  const std::string_view all = source_.text;
  const Line header = first_line(all.substr(opener.end.byte));
  std::string_view marker = trimmed(header.content);
  if (dialect_ == Dialect::v011 && marker.size() > 1 && marker.front() == '"' && marker.back() == '"') {
    marker = marker.substr(1, marker.size() - 2);
  }
  const bool is_name = !marker.empty() && std::all_of(marker.begin(), marker.end(), [](char c) {
    return is_identifier_part(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
  });
  if (!is_name || header.whole == header.content.size()) {
    return fail(range_of(opener), "Invalid expression",
                "A heredoc begins with << or <<-, a marker word, and the end of the line.");
  }
  Position at = advance(opener.end, all.substr(opener.end.byte, header.whole));
  std::vector<Part> parts;
  const Text text{.ending = Ending::marker, .marker = marker, .has_control = dialect_ == Dialect::modern};
  if (!parse_parts(text, at, parts)) return nullptr;
  const Line last = first_line(all.substr(at.byte));
  if (opener.text == "<<-" && dialect_ == Dialect::modern) remove_indentation(parts);
  if (opener.text == "<<-" && dialect_ == Dialect::v011) {
    remove_marker_indentation(parts, last.content.substr(0, last.content.find(text.marker)));
  }
  const size_t marker_end = last.content.find(marker) + marker.size();
  last_end_ = advance(at, last.content.substr(0, marker_end));
  restart(last_end_);
  return assemble(std::move(parts), from(opener.start));
}

bool Parser::parse_parts(const Text& text, Position& at, std::vector<Part>& parts) {
  const std::string_view all = source_.text;
  const Position start = at;
  const bool outer_ignores = ignores_newlines_;
  const bool outer_in_interpolation = in_interpolation_;
  bool trim_left = false;
  bool is_line_start = text.ending == Ending::marker;
  bool good = true;
  while (good) {
    const std::string_view rest = all.substr(at.byte);
    const Line line = is_line_start ? first_line(rest) : Line{};
    const bool is_whole = dialect_ == Dialect::v011 || line.whole > line.content.size();  // a marker at the end of a file ends nothing
    if (text.ending == Ending::marker && is_line_start && is_whole && trimmed(line.content) == text.marker) break;
    is_line_start = false;
    if (rest.empty()) {
      if (text.ending == Ending::end_of_text) break;
      fail({&source_, start, at},
           "Unterminated template string",
           std::string(kUnterminated));
      good = false;
      break;
    }
    if (text.ending == Ending::quote && rest[0] == '"') break;
    const bool is_control = text.has_control && rest.starts_with("%{");
    if (rest.starts_with("${") || is_control) {
      const bool trims_before = rest.size() > 2 && rest[2] == '~';
      if (trims_before && !parts.empty() && parts.back().kind == Part::Kind::literal) {
        parts.back().text = trim_space_right(parts.back().text);
      }
      good = parse_sequence(text, at, parts);
      trim_left = good && all[at.byte - 2] == '~';
      continue;
    }
    good = read_literal(text, at, parts, trim_left);
    trim_left = false;
    is_line_start = at.byte > 0 && all[at.byte - 1] == '\n';
  }
  ignores_newlines_ = outer_ignores;
  in_interpolation_ = outer_in_interpolation;
  return good;
}

/// `${…}` or `%{…}`, with its braces. `at` ends after the closing brace.
bool Parser::parse_sequence(const Text& text, Position& at, std::vector<Part>& parts) {
  const std::string_view rest = std::string_view(source_.text).substr(at.byte);
  const bool is_control = rest[0] == '%';
  const Position start = at;
  const size_t opener = rest.size() > 2 && rest[2] == '~' ? 3 : 2;
  const IgnoreNewlines ignore(*this);
  in_interpolation_ = true;
  restart(advance(at, rest.substr(0, opener)));
  Part part;
  part.kind = Part::Kind::interpolation;
  bool fits = deeper();
  if (fits && is_control) fits = parse_control(part);
  if (fits && !is_control) {
    part.expression = parse_expression();
    fits = static_cast<bool>(part.expression);
  }
  --depth_;
  if (!fits) return false;
  const bool closes = at_close_of_sequence();
  if (!closes) {
    const char* kind = is_control ? "control" : "interpolation";
    if (this->at(Kind::end)) {
      fail({&source_, start, advance(start, rest.substr(0, opener))},
           fmt::format("Unclosed template {} sequence", kind),
           fmt::format("There is no closing brace for this {} sequence before the end of the file. This "
                       "might be caused "
                       "by incorrect nesting inside the given expression.",
                       kind));
    } else {
      fail(
          here(), fmt::format("Extra characters after {} expression", kind),
          fmt::format(
              "Expected a closing brace to end the {0} expression, but found extra characters. This can "
              "happen when "
              "you include interpolation syntax for another language, such as shell scripting, but forget to "
              "escape the interpolation start token. If this is an embedded sequence for another language, "
              "escape it by starting with \"{1}\" instead of just \"{2}\".",
              kind, is_control ? "%%{" : "$${", is_control ? "%{" : "${"));
    }
    return false;
  }
  at = token_.text == "~}" ? token_.end : advance(token_.start, "}");
  last_end_ = at;
  part.range = {&source_, start, at};
  parts.push_back(std::move(part));
  (void)text;
  return true;
}

bool Parser::at_close_of_sequence() const {
  return at(Kind::close_brace) || (at(Kind::invalid) && token_.text == "~}");
}

/// What stands in %{…}.
bool Parser::parse_control(Part& part) {
  const auto invalid = [&](const Range& where, std::string detail) {
    fail(where, "Invalid template control sequence", std::move(detail));
    return false;
  };
  if (!at(Kind::identifier)) {
    return invalid(
        here(),
        "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.");
  }
  const Token word = token_;
  next();
  if (word.text == "if") {
    part.kind = Part::Kind::if_;
    part.expression = parse_expression();
    return static_cast<bool>(part.expression);
  }
  if (word.text == "else") part.kind = Part::Kind::else_;
  if (word.text == "endif") part.kind = Part::Kind::endif;
  if (word.text == "endfor") part.kind = Part::Kind::endfor;
  if (part.kind != Part::Kind::interpolation) return true;
  if (word.text != "for") {
    fail(range_of(word), "Invalid template control keyword",
         fmt::format("\"{}\" is not a valid template control keyword.", word.text));
    return false;
  }
  part.kind = Part::Kind::for_;
  if (!at(Kind::identifier)) return invalid(here(), "For expression requires variable name after 'for'.");
  part.value_name = token_.text;
  next();
  if (accept(Kind::comma)) {
    if (!at(Kind::identifier)) return invalid(here(), "For expression requires variable name after comma.");
    part.key_name = std::move(part.value_name);
    part.value_name = token_.text;
    next();
  }
  if (!at_word("in"))
    return invalid(here(), "For expression requires the 'in' keyword after its name declarations.");
  next();
  part.expression = parse_expression();
  return static_cast<bool>(part.expression);
}

/// Literal text up to a sequence, the end, or the end of the line (which belongs to it).
bool Parser::read_literal(const Text& text, Position& at, std::vector<Part>& parts, bool trim_left) {
  const std::string_view all = source_.text;
  Part part;
  const Position start = at;
  Position flushed = at;  // columns are counted in one go at the end
  size_t byte = at.byte;
  for (bool more = true; more && byte < all.size();) {
    const std::string_view rest = all.substr(byte);
    const char c = rest[0];
    if (text.ending == Ending::quote && c == '"') break;
    if (c == '\n') {
      if (text.ending == Ending::quote) {
        if (dialect_ == Dialect::modern) {
          fail({&source_, start, start}, "Invalid multi-line string",
               "Quoted strings may not be split over multiple lines. To produce a multi-line string, either "
               "use the "
               "\\n escape to represent a newline character or use the \"heredoc\" multi-line template "
               "syntax.");
        } else {
          fail({&source_, start, start}, "Unterminated template string", std::string(kUnterminated));
        }
        return false;
      }
      part.text += c;
      ++byte;
      more = false;
    } else if (rest.starts_with("$${") || (text.has_control && rest.starts_with("%%{"))) {
      part.text += rest.substr(1, 2);
      byte += 3;
    } else if (rest.starts_with("${") || (text.has_control && rest.starts_with("%{"))) {
      break;
    } else if (c == '\\' && text.has_escapes) {
      flushed = advance(flushed, all.substr(flushed.byte, byte - flushed.byte));
      if (!read_escape(flushed, part.text)) return false;
      byte = flushed.byte;
    } else {
      part.text += c;
      ++byte;
    }
  }
  at = advance(flushed, all.substr(flushed.byte, byte - flushed.byte));
  if (trim_left) part.text = trim_space_left(part.text);
  if (part.text.ends_with("\r\n") && dialect_ == Dialect::v011) part.text.erase(part.text.size() - 2, 1);
  part.range = {&source_, start, at};
  parts.push_back(std::move(part));
  return true;
}

bool Parser::read_escape(Position& at, std::string& literal) {
  const std::string_view rest = std::string_view(source_.text).substr(at.byte);
  const char selector = rest.size() > 1 ? rest[1] : '\0';
  const auto take = [&](size_t length) {
    at = advance(at, rest.substr(0, length));
    return true;
  };
  switch (selector) {
    case 'n':
      literal += '\n';
      return take(2);
    case 'r':
      literal += '\r';
      return take(2);
    case 't':
      literal += '\t';
      return take(2);
    case '"':
      literal += '"';
      return take(2);
    case '\\':
      literal += '\\';
      return take(2);
    default:
      break;
  }
  if (dialect_ == Dialect::v011) {
    constexpr std::string_view kLetters = "abfv'";
    constexpr std::string_view kMeanings = "\a\b\f\v'";
    if (const size_t known = kLetters.find(selector); selector != '\0' && known != std::string_view::npos) {
      literal += kMeanings[known];
      return take(2);
    }
  }
  if (selector == 'u' || selector == 'U') {
    const size_t length = selector == 'u' ? 4 : 8;
    const std::string_view digits = rest.substr(2, std::min(length, rest.size() - 2));
    const auto code = Number::parse_whole(digits, 16);
    const int64_t point =
        code && digits.size() == length && digits[0] != '-' && digits[0] != '+' ? *code->as_int64() : -1;
    if (point < 0 || point > 0x10FFFF) {
      fail({&source_, at, advance(at, rest.substr(0, 2))}, "Invalid escape sequence",
           fmt::format("The \\{} escape sequence must be followed by {} hexadecimal digits.", selector,
                       selector == 'u' ? "four" : "eight"));
      return false;
    }
    append_utf8(literal, static_cast<char32_t>(point));
    return take(2 + length);
  }
  std::string_view after = rest.substr(1);
  if (!after.empty()) take_code_point(after);
  const std::string_view shown = rest.substr(1, rest.size() - 1 - after.size());
  fail({&source_, at, advance(at, rest.substr(0, 1 + shown.size()))}, "Invalid escape sequence",
       fmt::format("The symbol \"{}\" is not a valid escape sequence selector.", shown));
  return false;
}

ExpressionPtr Parser::assemble(std::vector<Part> parts, const Range& range) {
  // Literals that lie side by side are one.
  std::vector<Part> melded;
  for (Part& part : parts) {
    if (part.kind == Part::Kind::literal && !melded.empty() && melded.back().kind == Part::Kind::literal) {
      melded.back().text += part.text;
      melded.back().range = cover(melded.back().range, part.range);
    } else {
      melded.push_back(std::move(part));
    }
  }
  if (melded.empty()) return make(Literal{Value::string("")}, range);
  if (melded.size() == 1 && melded[0].kind == Part::Kind::literal) {
    return make(Literal{Value::string(melded[0].text)}, range);
  }
  if (melded.size() == 1 && melded[0].kind == Part::Kind::interpolation) {
    return make(TemplateWrap{std::move(melded[0].expression)}, range);
  }
  size_t index = 0;
  ExpressionPtr whole = assemble_until(melded, index, range, 0);
  if (!whole) return nullptr;
  if (index < melded.size()) {
    return fail(melded[index].range, "Unexpected template directive",
                fmt::format("{} closes nothing: the control directives within this template are unbalanced.",
                            melded[index].range.text()));
  }
  return whole;
}

/// Parts up to a directive that belongs to something outside.
ExpressionPtr Parser::assemble_until(std::vector<Part>& parts, size_t& index, const Range& range, int depth) {
  if (depth > kDeepestNesting)
    return fail(range, "Nesting too deep", "Template directives are nested too deep.");
  Template all;
  while (index < parts.size()) {
    Part& part = parts[index];
    ExpressionPtr piece;
    switch (part.kind) {
      case Part::Kind::literal:
        piece = make(Literal{Value::string(part.text)}, part.range);
        break;
      case Part::Kind::interpolation:
        piece = std::move(part.expression);
        break;
      case Part::Kind::if_:
        piece = assemble_if(parts, index, depth + 1);
        break;
      case Part::Kind::for_:
        piece = assemble_for(parts, index, depth + 1);
        break;
      case Part::Kind::else_:
      case Part::Kind::endif:
      case Part::Kind::endfor:
        return make(std::move(all), range);
    }
    if (!piece) return nullptr;
    all.parts.push_back(std::move(piece));
    ++index;
  }
  return make(std::move(all), range);
}

/// From %{if} to %{endif}; index is left on the latter.
ExpressionPtr Parser::assemble_if(std::vector<Part>& parts, size_t& index, int depth) {
  Part& opener = parts[index];
  const auto unclosed = [&] {
    return fail(opener.range, "Unexpected end of template",
                fmt::format("The if directive at {} is missing its corresponding endif directive.",
                            place(opener.range)));
  };
  ++index;
  ExpressionPtr if_true = assemble_until(parts, index, opener.range, depth);
  if (!if_true) return nullptr;
  ExpressionPtr if_false;
  if (index < parts.size() && parts[index].kind == Part::Kind::else_) {
    ++index;
    if_false = assemble_until(parts, index, opener.range, depth);
  } else {
    if_false = make(Literal{Value::string("")}, opener.range);
  }
  if (!if_false) return nullptr;
  if (index >= parts.size() || parts[index].kind != Part::Kind::endif) return unclosed();
  return make(ConditionalNode{std::move(opener.expression), std::move(if_true), std::move(if_false)},
              cover(opener.range, parts[index].range));
}

ExpressionPtr Parser::assemble_for(std::vector<Part>& parts, size_t& index, int depth) {
  Part& opener = parts[index];
  ++index;
  ExpressionPtr body = assemble_until(parts, index, opener.range, depth);
  if (!body) return nullptr;
  if (index >= parts.size() || parts[index].kind != Part::Kind::endfor) {
    return fail(opener.range, "Unexpected end of template",
                fmt::format("The for directive at {} is missing its corresponding endfor directive.",
                            place(opener.range)));
  }
  return make(TemplateFor{std::move(opener.key_name), std::move(opener.value_name),
                          std::move(opener.expression), std::move(body)},
              cover(opener.range, parts[index].range));
}

}  // namespace landfall::hcl
