#include "hcl/format.h"

#include <algorithm>
#include <span>

#include "hcl/format_style.h"
#include "hcl/format_token.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

using Kind = FormatToken::Kind;
using Tokens = std::span<FormatToken>;

/// One line in up to three columns: what is before `=`, `=` and what it gives, a comment.
struct Line {
  Tokens lead{}, assign{}, comment{};
};

size_t columns(Tokens tokens) {
  size_t sum = 0;
  for (const FormatToken& token : tokens) sum += static_cast<size_t>(token.spaces) + grapheme_count(token.text);
  return sum;
}

int net_brackets(Tokens tokens) {
  int net = 0;
  for (const FormatToken& token : tokens) net += token.bracket_change();
  return net;
}

void split_columns(Line& line) {
  if (line.lead.size() > 1 && line.lead.back().kind == Kind::comment) {
    line.comment = line.lead.last(1);
    line.lead = line.lead.first(line.lead.size() - 1);
  }
  for (size_t i = 1; i < line.lead.size(); ++i) {
    if (line.lead[i].kind != Kind::equals) continue;
    if (net_brackets(line.lead.subspan(i)) == 0) {
      line.assign = line.lead.subspan(i);
      line.lead = line.lead.first(i);
    }
    return;
  }
}

std::vector<Line> lines_of(Tokens tokens) {
  std::vector<Line> lines;
  size_t start = 0;
  for (size_t i = 0; i <= tokens.size(); ++i) {
    if (i < tokens.size() && !tokens[i].ends_line()) continue;
    const size_t end = std::min(i + 1, tokens.size());
    if (end > start) lines.push_back({.lead = tokens.subspan(start, end - start)});
    start = end;
  }
  for (Line& line : lines) split_columns(line);
  return lines;
}

/// A line that opens more than it closes indents what follows by one step, however many it opens.
void indent(std::vector<Line>& lines) {
  std::vector<int> open;  // how many brackets each step stands for
  for (Line& line : lines) {
    FormatToken& first = line.lead[0];
    if (first.kind == Kind::newline) {
      first.spaces = 0;
      continue;
    }
    int net = 0;
    for (const Tokens part : {line.lead, line.assign}) {
      for (const FormatToken& token : part) {
        net += token.bracket_change();
        if (token.kind == Kind::open_heredoc) break;
      }
    }
    if (net > 0) {
      first.spaces = static_cast<int>(2 * open.size());
      open.push_back(net);
      continue;
    }
    for (int closed = -net; closed > 0 && !open.empty();) {
      if (closed < open.back()) {
        open.back() -= closed;
        break;
      }
      closed -= open.back();
      open.pop_back();
    }
    first.spaces = static_cast<int>(2 * open.size());
  }
}

bool is_template_edge(Kind subject, Kind after) {
  const bool inside_left = subject == Kind::quoted_text || subject == Kind::heredoc_text || subject == Kind::open_quote || subject == Kind::open_heredoc;
  const bool inside_right = after == Kind::quoted_text || after == Kind::heredoc_text || after == Kind::close_quote || after == Kind::close_heredoc;
  return inside_left || inside_right;
}

/// A minus after what cannot end an expression is a sign.
bool is_sign(Kind before) {
  switch (before) {
    case Kind::none:
    case Kind::open_paren:
    case Kind::open_brace:
    case Kind::open_bracket:
    case Kind::equals:
    case Kind::colon:
    case Kind::comma:
    case Kind::question:
    case Kind::arithmetic:
    case Kind::minus:
    case Kind::comparison:
    case Kind::logical:
    case Kind::bang: return true;
    default: return false;
  }
}

bool has_space_between(const FormatToken& subject, Kind before, const FormatToken& after) {
  const Kind left = subject.kind, right = after.kind;
  if (right == Kind::newline) return false;
  if (left == Kind::identifier && right == Kind::open_paren) return false;
  if ((left == Kind::identifier && right == Kind::double_colon) || (left == Kind::double_colon && right == Kind::identifier)) return false;
  if (left == Kind::dot || right == Kind::dot) return false;
  if (right == Kind::comma || right == Kind::ellipsis) return false;
  if (left == Kind::comma) return true;
  if (is_template_edge(left, right)) return false;
  if (left == Kind::identifier && subject.text == "in" && before == Kind::identifier) return true;
  if (right == Kind::open_bracket && (left == Kind::identifier || left == Kind::number || subject.bracket_change() < 0)) return false;
  if (left == Kind::bang) return false;
  if (left == Kind::minus) return !is_sign(before);
  if (left == Kind::open_brace || right == Kind::close_brace) return !(left == Kind::open_brace && right == Kind::close_brace);
  if ((left == Kind::interpolation || left == Kind::control) && right == Kind::open_brace) return true;
  if (left == Kind::close_brace && right == Kind::sequence_end) return true;
  if (left == Kind::sequence_end && (right == Kind::interpolation || right == Kind::control)) return false;
  return subject.bracket_change() <= 0 && after.bracket_change() >= 0;
}

void space(Tokens tokens) {
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    tokens[i + 1].spaces = has_space_between(tokens[i], i == 0 ? Kind::none : tokens[i - 1].kind, tokens[i + 1]) ? 1 : 0;
  }
}

/// Lines that follow each other and have the column get it at one place.
template <class Column, class Before>
void align(std::vector<Line>& lines, Column column, Before before) {
  for (size_t start = 0; start < lines.size();) {
    if (column(lines[start]).empty()) {
      ++start;
      continue;
    }
    size_t end = start, widest = 0;
    for (; end < lines.size() && !column(lines[end]).empty(); ++end) widest = std::max(widest, before(lines[end]));
    for (; start < end; ++start) column(lines[start])[0].spaces = static_cast<int>(widest - before(lines[start]) + 1);
  }
}

}  // namespace

std::string format_file(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t last = text.find_last_not_of(" \t");
  const size_t blanks_at_end = text.size() - (last == std::string_view::npos ? 0 : last + 1);
  std::vector<FormatToken> tokens = with_usual_style(format_tokens(text));
  std::vector<Line> lines = lines_of(tokens);
  indent(lines);
  for (Line& line : lines) {
    space(line.lead);
    space(line.assign);
  }
  align(lines, [](Line& line) { return line.assign; }, [](Line& line) { return columns(line.lead); });
  align(lines, [](Line& line) { return line.comment; }, [](Line& line) { return columns(line.lead) + columns(line.assign); });
  std::string out;
  for (const FormatToken& token : tokens) {
    out.append(static_cast<size_t>(token.spaces), ' ');
    out += token.text;
  }
  return out.append(blanks_at_end, ' ');  // Terraform keeps these
}

}  // namespace landfall::hcl
