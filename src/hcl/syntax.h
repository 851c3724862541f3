#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hcl/diagnostic.h"
#include "hcl/source.h"
#include "hcl/value.h"

/// The syntax tree of a Terraform file. It owns itself; everything in it lives as long as its File.
namespace landfall::hcl {

/// Which language a root is written in. One root, one dialect: see detect_dialect.
enum class Dialect : uint8_t {
  v011,   ///< 0.11 and before: HCL 1 files with HIL in "${…}"
  modern  ///< 0.12 and later
};

/// One step of a reference: a name (`.id`), or a constant index (`[0]`, `["a"]`, legacy `.0`).
struct Step {
  std::variant<std::string, Value> key;
  Range range;
  bool is_name() const { return std::holds_alternative<std::string>(key); }
  const std::string& name() const { return std::get<std::string>(key); }  ///< of a name
  const Value& index() const { return std::get<Value>(key); }             ///< of an index
};

/// `aws_vpc.main[0].id`: a root name and constant steps. What cannot be constant (`[count.index]`, splats) is
/// not part of it: `aws_vpc.x[count.index].id` refers to `aws_vpc.x` and to `count.index`.
struct Reference {
  std::vector<Step> steps;  ///< steps[0] is the root name: "var", "local", "data", "aws_vpc", "each", …
  Range range;
  const std::string& root() const { return steps[0].name(); }
  /// steps[i] if it is a name, else "".
  std::string_view name(size_t i) const {
    return i < steps.size() && steps[i].is_name() ? std::string_view(steps[i].name()) : std::string_view();
  }
  std::string text() const;  ///< as one would write it
};

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

enum class Operator : uint8_t {
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  negate,
  logical_not
};

struct Literal {
  Value value;
};
struct Template {
  std::vector<ExpressionPtr> parts;
};  ///< text of all parts, joined
struct TemplateWrap {
  ExpressionPtr inner;
};  ///< "${x}" alone: x itself
struct Parentheses {
  ExpressionPtr inner;
};
struct TupleNode {
  std::vector<ExpressionPtr> elements;
};
struct ObjectItem {
  ExpressionPtr key, value;
};  ///< a bare name as key is a string Literal
struct ObjectNode {
  std::vector<ObjectItem> items;
};
struct Variable {
  Reference reference;
};
struct GetStep {
  ExpressionPtr object;
  Step step;
};  ///< `f(x).a`, `x[i].a`: a constant step on an expression
struct Index {
  ExpressionPtr object, key;
};  ///< `x[expression]`
struct Splat {
  ExpressionPtr source;
  ExpressionPtr each;
  bool is_full;
};                    ///< [*] (full) or .*; `each` uses SplatItem
struct SplatItem {};  ///< the element at hand inside a Splat's `each`
struct ForNode {
  std::string key_name, value_name;                 ///< key_name may be ""
  ExpressionPtr collection, key, value, condition;  ///< key: only for an object; condition may be null
  bool is_object = false, is_grouping = false;
};
struct ConditionalNode {
  ExpressionPtr condition, if_true, if_false;
};
struct Binary {
  Operator op;
  ExpressionPtr left, right;
};
struct Unary {
  Operator op;
  ExpressionPtr operand;
};
struct Call {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool expands_last = false;
  Range name_range;
};
/// %{if} and %{for} of templates, as expressions: ConditionalNode and TemplateFor.
struct TemplateFor {
  std::string key_name, value_name;
  ExpressionPtr collection, body;
};

/// One expression. A tree; `range` covers it all. Immutable once parsed.
struct Expression {
  std::variant<Literal, Template, TemplateWrap, Parentheses, TupleNode, ObjectNode, Variable, GetStep, Index,
               Splat, SplatItem, ForNode, ConditionalNode, Binary, Unary, Call, TemplateFor>
      node;
  Range range;
  Dialect dialect = Dialect::modern;
  uint16_t height = 1;  ///< of this tree; bounded, so that walking it cannot exhaust the stack

  /// Every reference in it, in order of writing; names bound inside (`for` variables) are left out.
  std::vector<const Reference*> references() const;
  /// Names of the functions it calls, in order of writing.
  std::vector<std::string_view> calls() const;
  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }

  /// The expression as a reference, if it is nothing but one (`aws_vpc.x`, also `"${aws_vpc.x}"`); else null.
  const Reference* as_reference() const;
  /// The text of a string without interpolation, or null: for what must be constant (quoted `depends_on`,
  /// `source`).
  const std::string* as_constant_string() const;
  /// The bare word (`string`, `all`, `true`), or "".
  std::string_view as_keyword() const;
};

struct Attribute {
  std::string name;
  ExpressionPtr value;
  Range name_range, range;
};

struct Block;

/// What stands between braces, or in a whole file: arguments and blocks, each in order of writing.
/// In 0.11 the same name may be given twice; find gives the last.
struct Body {
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;
  bool is_json = false;  ///< of the JSON syntax: arguments may stand for blocks
  Range range{};  ///< for "missing argument": the closing brace's line, or the end of the file
  const Attribute* find(std::string_view name) const;
};

struct Label {
  std::string text;
  Range range;
};

struct Block {
  std::string type;
  std::vector<Label> labels;
  Body body;
  Range type_range, header_range;  ///< header: type and labels
};

struct File {
  std::shared_ptr<const Source> source;
  Dialect dialect = Dialect::modern;
  Body body;
  std::vector<std::shared_ptr<const Source>> more_sources{};  ///< templates in JSON strings
};

struct ParsedFile {
  File file;
  Diagnostics diagnostics;  ///< with errors the tree holds what could be read
};
struct ParsedExpression {
  std::shared_ptr<const Source> source;
  ExpressionPtr expression;  ///< null after errors
  Diagnostics diagnostics;
};

/// Reads a whole .tf or .tfvars file. In 0.11 a text that begins with `{` is read as JSON; in both, so is one
/// whose name ends in ".json". Several errors are collected. Depth (256 levels) and size (16 MiB) are
/// bounded.
ParsedFile parse_file(std::string_view name, std::string_view text, Dialect dialect = Dialect::modern);

/// Reads one expression that fills the whole text (console, -var).
ParsedExpression parse_expression(std::string_view name, std::string_view text,
                                  Dialect dialect = Dialect::modern);

/// Reads a bare template (templatefile, template_file): the whole text, as between quotes but without
/// \ escapes.
ParsedExpression parse_template(std::string_view name, std::string_view text,
                                Dialect dialect = Dialect::modern);

/// Which dialect the files of one root are written in. A root is 0.11 if some file has a tell-tale of it
/// (`x = "${…}"` as a whole value, `type = "string|list|map"`, quoted `depends_on`) and no file has what 0.11
/// could not read (a reference, call, operator, `null` or `for` outside quotes; `dynamic`, `for_each`).
/// Otherwise it is modern.
Dialect detect_dialect(std::span<const std::string_view> texts);

}  // namespace landfall::hcl
