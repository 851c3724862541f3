#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/scanner.h"
#include "hcl/syntax.h"

/// Recursive descent over one source. Private to the folder: callers use parse_file, parse_expression,
/// parse_template.
namespace landfall::hcl {

constexpr int kDeepestNesting = 256;
constexpr int kTallestTree = 1000;
constexpr size_t kLargestText = 16u << 20;
constexpr size_t kMostErrors = 50;

class Parser {
 public:
  Parser(Source& source, Dialect dialect, Diagnostics& diagnostics);

  Body parse_whole_body();
  ExpressionPtr parse_whole_expression();
  ExpressionPtr parse_whole_template();

 private:
  using Kind = Token::Kind;

  // Tokens.
  void next();                ///< newlines are skipped while inside ( [ or ${
  void restart(Position at);  ///< reads the token at a place, after text was read by characters
  Token peek() const;         ///< the token after this one, newlines not skipped
  bool at(Kind kind) const { return token_.kind == kind; }
  bool at_word(std::string_view word) const { return at(Kind::identifier) && token_.text == word; }
  bool accept(Kind kind);
  void skip_newlines();
  Range range_of(const Token& token) const { return {&source_, token.start, token.end}; }
  Range here() const { return range_of(token_); }
  Range from(Position start) const { return {&source_, start, last_end_}; }
  std::nullptr_t fail(const Range& at, std::string summary, std::string detail);
  bool
  deeper();  ///< counts one level; false (and an error) beyond the bound. The caller lowers depth_ again.

  /// Newlines mean nothing while one of these is alive.
  class IgnoreNewlines;
  class KeepNewlines;

  // Bodies.
  Body parse_body(bool is_whole_file, const Range& opener);
  bool parse_item(Body& body);
  bool parse_attribute(Body& body, const Token& name);
  bool parse_block(Body& body, const Token& type);
  void parse_one_line(Body& body);
  std::string why_not_closed() const;
  bool parse_label(std::vector<Label>& labels);
  bool finish_item(std::string_view what);
  void recover();

  // Expressions.
  ExpressionPtr make(decltype(Expression::node) node, Range range);
  ExpressionPtr parse_expression();
  ExpressionPtr parse_conditional();
  ExpressionPtr parse_binary(int level);
  ExpressionPtr parse_unary();
  ExpressionPtr parse_postfix();
  ExpressionPtr parse_traversal(ExpressionPtr object);
  ExpressionPtr parse_dot(ExpressionPtr object);
  ExpressionPtr parse_bracket(ExpressionPtr object);
  ExpressionPtr parse_attribute_splat(ExpressionPtr object, const Range& star);
  ExpressionPtr parse_full_splat(ExpressionPtr object, const Range& star);
  std::optional<Step> parse_dot_step();
  ExpressionPtr add_step(ExpressionPtr object, Step step);
  ExpressionPtr parse_primary();
  std::nullptr_t fail_invalid();
  ExpressionPtr parse_parentheses();
  ExpressionPtr parse_number();
  ExpressionPtr parse_word();
  ExpressionPtr parse_call(std::string name, const Range& name_range);
  ExpressionPtr parse_tuple();
  ExpressionPtr parse_object();
  ExpressionPtr parse_object_key();
  bool parse_object_item(ObjectNode& object);
  std::optional<ForNode> parse_for(bool is_object);

  // Templates.
  struct Part;
  enum class Ending { quote, marker, end_of_text };
  struct Text;  ///< how the text at hand ends and which escapes it has
  ExpressionPtr parse_quoted();
  ExpressionPtr parse_heredoc();
  bool parse_parts(const Text& text, Position& at, std::vector<Part>& parts);
  bool parse_sequence(const Text& text, Position& at, std::vector<Part>& parts);
  bool parse_control(Part& part);
  bool at_close_of_sequence() const;
  bool read_literal(const Text& text, Position& at, std::vector<Part>& parts, bool trim_left);
  bool read_escape(Position& at, std::string& literal);
  ExpressionPtr assemble(std::vector<Part> parts, const Range& range);
  ExpressionPtr assemble_until(std::vector<Part>& parts, size_t& index, const Range& range, int depth);
  ExpressionPtr assemble_if(std::vector<Part>& parts, size_t& index, int depth);
  ExpressionPtr assemble_for(std::vector<Part>& parts, size_t& index, int depth);

  Source& source_;
  Dialect dialect_;
  Diagnostics& diagnostics_;
  Scanner scanner_;
  Token token_{};
  Position last_end_{};
  bool ignores_newlines_ = false;
  bool in_interpolation_ = false;
  int depth_ = 0;
};

class Parser::IgnoreNewlines {
 public:
  explicit IgnoreNewlines(Parser& parser) : parser_(parser), before_(parser.ignores_newlines_) {
    parser.ignores_newlines_ = true;
  }
  ~IgnoreNewlines() { parser_.ignores_newlines_ = before_; }

 private:
  Parser& parser_;
  bool before_;
};

class Parser::KeepNewlines {
 public:
  explicit KeepNewlines(Parser& parser) : parser_(parser), before_(parser.ignores_newlines_) {
    parser.ignores_newlines_ = false;
  }
  ~KeepNewlines() { parser_.ignores_newlines_ = before_; }

 private:
  Parser& parser_;
  bool before_;
};

}  // namespace landfall::hcl
