#include "hcl/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

/// Files: arguments, blocks, and getting going again after an error.
/// Source: hashicorp/hcl, hclsyntax/spec.md; for 0.11 hashicorp/hcl (version 1), hcl/parser.
namespace landfall::hcl {

Parser::Parser(Source& source, Dialect dialect, Diagnostics& diagnostics)
    : source_(source), dialect_(dialect), diagnostics_(diagnostics), scanner_(source, dialect) {
  Position start;
  if (source.text.starts_with("\xEF\xBB\xBF")) start.byte = 3;  // a byte order mark
  restart(start);
}

void Parser::next() {
  last_end_ = token_.end;
  restart(token_.end);
}

void Parser::restart(Position at) {
  token_ = scanner_.scan(at);
  while (ignores_newlines_ && token_.kind == Kind::newline) token_ = scanner_.scan(token_.end);
}

Token Parser::peek() const { return scanner_.scan(token_.end); }

bool Parser::accept(Kind kind) {
  if (!at(kind)) return false;
  next();
  return true;
}

void Parser::skip_newlines() {
  while (at(Kind::newline)) next();
}

std::nullptr_t Parser::fail(const Range& at, std::string summary, std::string detail) {
  diagnostics_.error(at, std::move(summary), std::move(detail));
  return nullptr;
}

bool Parser::deeper() {
  if (++depth_ <= kDeepestNesting) return true;
  fail(here(), "Nesting too deep",
       fmt::format("Expressions and blocks may be nested {} levels deep, and this goes beyond.",
                   kDeepestNesting));
  return false;
}

Body Parser::parse_whole_body() { return parse_body(true, {&source_, {}, {}}); }

Body Parser::parse_body(bool is_whole_file, const Range& opener) {
  Body body;
  for (;;) {
    skip_newlines();
    if (at(Kind::end)) {
      if (!is_whole_file) {
        fail(opener, "Unclosed configuration block",
             "There is no closing brace for this block before the end of the file. This may be caused by "
             "incorrect "
             "brace nesting elsewhere in this file.");
      }
      break;
    }
    if (!is_whole_file && at(Kind::close_brace)) break;
    if (diagnostics_.size() >= kMostErrors) {
      restart(advance(token_.start, std::string_view(source_.text).substr(token_.start.byte)));
      break;
    }
    if (!parse_item(body)) recover();
  }
  body.range = here();
  return body;
}

bool Parser::parse_item(Body& body) {
  const bool may_be_quoted = dialect_ == Dialect::v011 && at(Kind::quote);
  if (!at(Kind::identifier) && !may_be_quoted) {
    fail(
        here(), "Argument or block definition required",
        at(Kind::invalid)
            ? fmt::format("An argument or block definition is required here; \"{}\" is neither.", token_.text)
            : "An argument or block definition is required here.");
    return false;
  }
  Token name = token_;
  std::vector<Label> quoted_name;
  if (may_be_quoted) {
    // HCL 1 lets names be quoted.
    if (!parse_label(quoted_name)) return false;
    name.end = last_end_;
    name.text = quoted_name[0].range.text();
    name.text = name.text.substr(1, name.text.size() - 2);
  } else {
    next();
  }
  if (at(Kind::equals)) return parse_attribute(body, name);
  if (at(Kind::open_brace) || at(Kind::quote) || at(Kind::identifier)) return parse_block(body, name);
  if (at(Kind::colon)) {
    fail(here(), "Argument or block definition required",
         "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to "
         "introduce the argument value.");
    return false;
  }
  if (at(Kind::newline) || at(Kind::end)) {
    fail(range_of(name), "Invalid block definition",
         "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line "
         "as the "
         "block header.");
    return false;
  }
  fail(range_of(name), "Unsupported operation",
       "An argument or block definition is required here: a name, followed by \"=\" and a value or by a "
       "block.");
  return false;
}

bool Parser::parse_attribute(Body& body, const Token& name) {
  next();  // =
  ExpressionPtr value = parse_expression();
  if (!value) return false;
  if (dialect_ == Dialect::modern) {
    const auto earlier = std::find_if(body.attributes.begin(), body.attributes.end(),
                                      [&](const Attribute& a) { return a.name == name.text; });
    if (earlier != body.attributes.end()) {
      fail(range_of(name), "Attribute redefined",
           fmt::format("The argument \"{}\" was already set at {}:{},{}. Each argument may be set only once.",
                       name.text, source_.name, earlier->name_range.start.line,
                       earlier->name_range.start.column));
    }
  }
  body.attributes.push_back({std::string(name.text), std::move(value), range_of(name), from(name.start)});
  return finish_item("argument");
}

bool Parser::parse_block(Body& body, const Token& type) {
  Block block;
  block.type = type.text;
  block.type_range = range_of(type);
  while (at(Kind::quote) || at(Kind::identifier)) {
    if (!parse_label(block.labels)) return false;
  }
  block.header_range = from(type.start);
  if (dialect_ == Dialect::v011 && at(Kind::equals)) next();  // `resource "a" "b" = {`
  if (!at(Kind::open_brace)) {
    fail(here(), "Invalid block definition",
         at(Kind::newline) || at(Kind::end)
             ? "A block definition must have block content delimited by \"{\" and \"}\", starting on the "
               "same line as "
               "the block header."
             : "Either a quoted string block label or an opening brace (\"{\") is expected here.");
    return false;
  }
  const bool is_top_level = depth_ == 0;
  if (is_top_level) {
    std::string header = block.type;
    for (const Label& label : block.labels) header += fmt::format(" \"{}\"", label.text);
    source_.contexts.push_back({type.start.line, std::numeric_limits<uint32_t>::max(), std::move(header)});
  }
  const size_t context = source_.contexts.size() - 1;
  bool fits = deeper();
  if (fits) {
    const Range brace = here();
    next();  // {
    const bool is_one_line = dialect_ == Dialect::modern && !at(Kind::newline) && !at(Kind::end);
    if (is_one_line) parse_one_line(block.body);
    else block.body = parse_body(false, brace);
    block.body.range = here();
    accept(Kind::close_brace);
  }
  --depth_;
  if (is_top_level) source_.contexts[context].last_line = last_end_.line;
  body.blocks.push_back(std::move(block));
  return fits && finish_item("block definition");
}

/// `name { argument = value }`: one argument at most, and the brace that closes it on the same line.
void Parser::parse_one_line(Body& body) {
  if (at(Kind::close_brace)) return;
  const Token name = token_;
  if (accept(Kind::identifier) && !at(Kind::equals)) {
    fail({&source_, name.start, token_.end}, "Argument definition required",
         fmt::format("A single-line block definition can contain only a single argument. If you meant to define argument \"{}\", use an "
                     "equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.",
                     name.text));
  } else if (at(Kind::equals)) {
    next();
    ExpressionPtr value = parse_expression();
    if (value) body.attributes.push_back({std::string(name.text), std::move(value), range_of(name), from(name.start)});
    if (!body.attributes.empty() && at(Kind::close_brace)) return;
    if (!body.attributes.empty()) fail(here(), "Invalid single-argument block definition", why_not_closed());
  } else {
    fail(here(), "Argument or block definition required", "An argument or block definition is required here.");
  }
  for (recover(); at(Kind::newline); recover()) next();
}

std::string Parser::why_not_closed() const {
  if (at(Kind::comma)) {
    return "Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block "
           "syntax with one argument definition per line.";
  }
  if (at(Kind::newline)) {
    return "An argument definition on the same line as its containing block creates a single-line block definition, which must also be "
           "closed on the same line. Place the block's closing brace immediately after the argument definition.";
  }
  return "A single-line block definition must end with a closing brace immediately after its single argument definition.";
}

bool Parser::parse_label(std::vector<Label>& labels) {
  const Position start = token_.start;
  if (at(Kind::identifier)) {
    labels.push_back({std::string(token_.text), here()});
    next();
    return true;
  }
  const ExpressionPtr label = parse_quoted();
  if (!label) return false;
  const std::string* text = label->as_constant_string();
  if (text == nullptr) {
    fail(from(start), "Invalid string literal",
         "Template sequences are not allowed in this string. To include a literal \"$\", double it (as "
         "\"$$\") to "
         "escape it.");
    return false;
  }
  labels.push_back({*text, from(start)});
  return true;
}

/// After an argument or a block its line ends. HCL 1 needs no newline and takes commas.
bool Parser::finish_item(std::string_view what) {
  if (at(Kind::newline) || at(Kind::end) || at(Kind::close_brace)) return true;
  if (dialect_ == Dialect::v011) {
    accept(Kind::comma);
    return true;
  }
  if (at(Kind::comma)) {
    fail(here(), "Unexpected comma after argument",
         "Argument definitions must be separated by newlines, not commas. An argument definition must end "
         "with a "
         "newline.");
    return false;
  }
  fail(here(), fmt::format("Missing newline after {}", what),
       fmt::format("{} must end with a newline.",
                   what == "argument" ? "An argument definition" : "A block definition"));
  return false;
}

/// Goes on to the end of this line, or of the brackets that were opened on it.
void Parser::recover() {
  ignores_newlines_ = false;
  in_interpolation_ = false;
  int open = 0;
  for (;;) {
    switch (token_.kind) {
      case Kind::end:
        return;
      case Kind::newline:
        if (open == 0) return;
        break;
      case Kind::open_brace:
      case Kind::open_bracket:
      case Kind::open_paren:
        ++open;
        break;
      case Kind::close_brace:
        if (open == 0 && depth_ > 0) return;
        open = std::max(0, open - 1);
        break;
      case Kind::close_bracket:
      case Kind::close_paren:
        open = std::max(0, open - 1);
        break;
      case Kind::quote: {
        // To the closing quote on this line, if there is one.
        const std::string_view text = source_.text;
        size_t end = token_.end.byte;
        while (end < text.size() && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
        if (end < text.size() && text[end] == '"') ++end;
        end = std::min(end, text.size());
        token_.end = advance(token_.end, text.substr(token_.end.byte, end - token_.end.byte));
        break;
      }
      default:
        break;
    }
    next();
  }
}

ParsedFile parse_json_file(std::shared_ptr<Source> source, Dialect dialect);

namespace {

std::shared_ptr<Source> source_of(std::string_view name, std::string_view text) {
  return std::make_shared<Source>(Source{std::string(name), std::string(text)});
}

bool check_size(Source& source, Diagnostics& diagnostics) {
  if (source.text.size() <= kLargestText) return true;
  diagnostics.error(
      {}, "File too large",
      fmt::format("{} has {} bytes; at most {} are read.", source.name, source.text.size(), kLargestText));
  return false;
}

bool is_json(std::string_view name, std::string_view text, Dialect dialect) {
  if (name.ends_with(".json")) return true;
  if (dialect != Dialect::v011) return false;
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

template <class Parse>
ParsedExpression parse_one(std::string_view name, std::string_view text, Dialect dialect, Parse parse) {
  const std::shared_ptr<Source> source = source_of(name, text);
  ParsedExpression parsed{source, {}, {}};
  if (!check_size(*source, parsed.diagnostics)) return parsed;
  Parser parser(*source, dialect, parsed.diagnostics);
  parsed.expression = parse(parser);
  if (parsed.diagnostics.has_errors()) parsed.expression = nullptr;
  return parsed;
}

}  // namespace

ParsedFile parse_file(std::string_view name, std::string_view text, Dialect dialect) {
  const std::shared_ptr<Source> source = source_of(name, text);
  ParsedFile parsed{{source, dialect, {}}, {}};
  if (!check_size(*source, parsed.diagnostics)) return parsed;
  if (is_json(name, text, dialect)) return parse_json_file(source, dialect);
  Parser parser(*source, dialect, parsed.diagnostics);
  parsed.file.body = parser.parse_whole_body();
  return parsed;
}

ParsedExpression parse_expression(std::string_view name, std::string_view text, Dialect dialect) {
  return parse_one(name, text, dialect, [](Parser& parser) { return parser.parse_whole_expression(); });
}

ParsedExpression parse_template(std::string_view name, std::string_view text, Dialect dialect) {
  return parse_one(name, text, dialect, [](Parser& parser) { return parser.parse_whole_template(); });
}

}  // namespace landfall::hcl
