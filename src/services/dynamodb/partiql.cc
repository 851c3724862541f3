#include "services/dynamodb/partiql.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::dynamodb {
namespace {

constexpr int kMaxDepth = 32;

struct Token {
  enum class Kind { word, name, text, number, mark, end };
  Kind kind = Kind::end;
  std::string text;
};

std::unexpected<Error> malformed(const std::string& what) { return fail("ValidationException", "Statement wasn't well formed, can't be processed: " + what); }

/// Up to the quote that ends it; two quotes stand for one.
Result<std::string> quoted(std::string_view text, size_t& at) {
  const char quote = text[at++];
  std::string value;
  for (; at < text.size(); ++at) {
    if (text[at] != quote) {
      value += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      value += quote;
      ++at;
    } else {
      ++at;
      return value;
    }
  }
  return malformed("Expected end of a quoted text");
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Result<std::vector<Token>> split(std::string_view text) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::string_view two = text.substr(at, 2);
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (c == '\'' || c == '"') {
      const auto kind = c == '"' ? Token::Kind::name : Token::Kind::text;
      tokens.push_back({kind, TRY(quoted(text, at))});
    } else if (is_digit(c) || (c == '-' && at + 1 < text.size() && is_digit(text[at + 1]) && (tokens.empty() || tokens.back().kind == Token::Kind::mark || tokens.back().kind == Token::Kind::word))) {
      size_t end = at + 1;
      while (end < text.size() && (is_digit(text[end]) || text[end] == '.' || text[end] == 'e' || text[end] == 'E' || ((text[end] == '-' || text[end] == '+') && (text[end - 1] == 'e' || text[end - 1] == 'E')))) ++end;
      tokens.push_back({Token::Kind::number, std::string(text.substr(at, end - at))});
      at = end;
    } else if (is_word(c)) {
      size_t end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      tokens.push_back({Token::Kind::word, std::string(text.substr(at, end - at))});
      at = end;
    } else {
      const bool is_double = two == "<>" || two == "!=" || two == "<=" || two == ">=" || two == "<<" || two == ">>";
      tokens.push_back({Token::Kind::mark, std::string(text.substr(at, is_double ? 2 : 1))});
      at += is_double ? 2 : 1;
    }
  }
  tokens.push_back({});
  return tokens;
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, const std::vector<Value>& parameters) : tokens_(std::move(tokens)), parameters_(parameters) {}

  Result<Statement> statement() {
    const bool asks_existence = take("EXISTS");
    if (asks_existence) TRY(expect("("));
    if (take("SELECT")) TRY(select());
    else if (take("INSERT")) TRY(insert());
    else if (take("UPDATE")) TRY(update());
    else if (take("DELETE")) TRY(remove());
    else return malformed("Unexpected token: " + shown());
    if (asks_existence) {
      TRY(expect(")"));
      statement_.kind = Statement::Kind::exists;
    }
    take(";");
    if (now().kind != Token::Kind::end) return malformed("Unexpected token: " + shown());
    if (used_ != parameters_.size()) return fail("ValidationException", "Number of parameters in request and statement don't match.");
    return std::move(statement_);
  }

 private:
  const Token& now(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  std::string shown() const { return now().kind == Token::Kind::end ? "end of statement" : now().text; }
  bool is(std::string_view word, size_t ahead = 0) const { return (now(ahead).kind == Token::Kind::word || now(ahead).kind == Token::Kind::mark) && iequals(now(ahead).text, word); }
  bool take(std::string_view word) {
    if (!is(word)) return false;
    ++at_;
    return true;
  }
  Result<void> expect(std::string_view word) {
    if (!take(word)) return malformed(fmt::format("Expected {}, found: {}", word, shown()));
    return {};
  }

  Result<std::string> identifier() {
    if (now().kind != Token::Kind::word && now().kind != Token::Kind::name) return malformed("Expected identifier, found: " + shown());
    return tokens_[at_++].text;
  }

  Result<void> source() {
    statement_.table = TRY(component());
    if (take(".")) statement_.index = TRY(component());
    if (is(".")) return fail("ValidationException", "A path may contain at most 2 components in the FROM clause");
    return {};
  }

  Result<std::string> component() {
    std::string name = TRY(identifier());
    if (name.empty()) return fail("ValidationException", "Path component cannot be an empty string");
    return name;
  }

  Result<void> select() {
    if (!take("*")) {
      do statement_.projection.push_back(TRY(path()));
      while (take(","));
    }
    TRY(expect("FROM"));
    TRY(source());
    TRY(where());
    if (!take("ORDER")) return {};
    TRY(expect("BY"));
    statement_.order_by = TRY(identifier());
    statement_.is_descending = take("DESC");
    if (!statement_.is_descending) take("ASC");
    return {};
  }

  Result<void> insert() {
    statement_.kind = Statement::Kind::insert;
    TRY(expect("INTO"));
    TRY(source());
    TRY(expect("VALUE"));
    const Value item = TRY(literal());
    if (!item.m) return malformed("Expected a tuple after VALUE");
    statement_.item = *item.m;
    return {};
  }

  Result<void> update() {
    statement_.kind = Statement::Kind::update;
    TRY(source());
    std::vector<std::string> sets, removes, adds, erases;
    for (;;) {
      if (take("SET")) {
        do {
          const std::string target = TRY(path());
          TRY(expect("="));
          TRY(assign(target, sets, adds, erases));
        } while (take(","));
      } else if (take("REMOVE")) {
        do removes.push_back(TRY(path()));
        while (take(","));
      } else {
        break;
      }
    }
    if (sets.empty() && removes.empty() && adds.empty() && erases.empty()) return malformed("Expected SET or REMOVE, found: " + shown());
    for (const auto& [clause, actions] : {std::pair("SET", &sets), std::pair("REMOVE", &removes), std::pair("ADD", &adds), std::pair("DELETE", &erases)}) {
      if (!actions->empty()) statement_.update += (statement_.update.empty() ? "" : " ") + std::string(clause) + " " + join(*actions, ", ");
    }
    TRY(where());
    return returning();
  }

  /// "value", "a + b", "list_append(…)", "set_add(path, set)", "set_delete(path, set)"
  Result<void> assign(const std::string& target, std::vector<std::string>& sets, std::vector<std::string>& adds, std::vector<std::string>& erases) {
    const bool adds_to = is("set_add"), takes_from = is("set_delete");
    if (!adds_to && !takes_from) {
      sets.push_back(target + " = " + TRY(sum()));
      return {};
    }
    at_ += 1;
    TRY(expect("("));
    (void)TRY(path());
    TRY(expect(","));
    (adds_to ? adds : erases).push_back(target + " " + value(TRY(literal())));
    return expect(")");
  }

  Result<std::string> sum() {
    std::string left = TRY(operand());
    if (is("+") || is("-")) {
      const std::string mark = tokens_[at_++].text;
      left += " " + mark + " " + TRY(operand());
    }
    return left;
  }

  Result<void> remove() {
    statement_.kind = Statement::Kind::remove;
    TRY(expect("FROM"));
    TRY(source());
    TRY(where());
    TRY(returning());
    const std::string& asked = statement_.returning;
    if (!asked.empty() && asked != "ALL OLD") return fail("ValidationException", fmt::format("Invalid returning clause: RETURNING {} *. Only RETURNING ALL OLD * is allowed in DELETE statements.", asked));
    return {};
  }

  Result<void> returning() {
    if (!take("RETURNING")) return {};
    const bool is_whole = take("ALL");
    if (!is_whole) TRY(expect("MODIFIED"));
    const bool is_old = take("OLD");
    if (!is_old) TRY(expect("NEW"));
    TRY(expect("*"));
    statement_.returning = fmt::format("{} {}", is_whole ? "ALL" : "MODIFIED", is_old ? "OLD" : "NEW");
    return {};
  }

  Result<void> where() {
    if (!take("WHERE")) return {};
    // Alternatives on the top are one term.
    std::vector<WhereTerm> terms = TRY(all_of());
    if (!is("OR")) {
      statement_.where = std::move(terms);
      return {};
    }
    std::string text = joined(terms);
    while (take("OR")) text += " OR " + joined(TRY(all_of()));
    statement_.where.push_back({.text = text});
    return {};
  }

  static std::string joined(const std::vector<WhereTerm>& terms) {
    std::vector<std::string> texts;
    for (const WhereTerm& term : terms) texts.push_back(term.text);
    return join(texts, " AND ");
  }

  Result<std::vector<WhereTerm>> all_of() {
    std::vector<WhereTerm> terms;
    do terms.push_back(TRY(term()));
    while (take("AND"));
    return terms;
  }

  Result<WhereTerm> term() {
    if (++depth_ > kMaxDepth) return malformed("The condition is nested too deep");
    WhereTerm found = TRY(term_here());
    --depth_;
    return found;
  }

  /// Not twice: conditions refuse what is in parentheses already (only a group begins with one).
  static std::string in_parentheses(std::string term) { return term.starts_with('(') ? std::move(term) : "(" + std::move(term) + ")"; }

  Result<WhereTerm> term_here() {
    if (take("NOT")) return WhereTerm{.text = "NOT " + in_parentheses(TRY(term()).text)};
    if (take("(")) {
      std::vector<WhereTerm> terms = TRY(all_of());
      if (terms.size() == 1 && is(")")) {
        ++at_;
        if (terms[0].equals) return std::move(terms[0]);
        return WhereTerm{.text = in_parentheses(terms[0].text)};
      }
      std::string text = joined(terms);
      while (take("OR")) text += " OR " + joined(TRY(all_of()));
      TRY(expect(")"));
      return WhereTerm{.text = "(" + text + ")"};
    }
    const bool is_function = now().kind == Token::Kind::word && is("(", 1) && !is("size");
    return is_function ? function() : comparison();
  }

  Result<WhereTerm> function() {
    const std::string name = lower(tokens_[at_].text);
    at_ += 2;
    std::vector<std::string> arguments;
    do arguments.push_back(TRY(operand()));
    while (take(","));
    TRY(expect(")"));
    return WhereTerm{.text = fmt::format("{}({})", name, join(arguments, ", "))};
  }

  Result<WhereTerm> comparison() {
    const size_t start = at_;
    const std::string left = TRY(operand());
    const bool is_top = at_ == start + 1 && (tokens_[start].kind == Token::Kind::word || tokens_[start].kind == Token::Kind::name);
    if (take("IS")) {
      const bool is_not = take("NOT");
      if (take("MISSING")) return WhereTerm{.text = fmt::format("{}({})", is_not ? "attribute_exists" : "attribute_not_exists", left)};
      TRY(expect("NULL"));
      return WhereTerm{.text = fmt::format("{}attribute_type({}, {})", is_not ? "NOT " : "", left, value(Value{.s = "NULL"}))};
    }
    if (take("BETWEEN")) {
      const std::string low = TRY(operand());
      TRY(expect("AND"));
      return WhereTerm{.text = fmt::format("{} BETWEEN {} AND {}", left, low, TRY(operand()))};
    }
    const bool is_not_in = is("NOT") && is("IN", 1);
    if (is_not_in) ++at_;
    if (take("IN")) {
      const bool is_list = take("[");
      if (!is_list) TRY(expect("("));
      std::vector<std::string> candidates;
      do candidates.push_back(TRY(operand()));
      while (take(","));
      TRY(expect(is_list ? "]" : ")"));
      return WhereTerm{.text = fmt::format("{}{} IN ({})", is_not_in ? "NOT " : "", left, join(candidates, ", ")), .attribute = is_top && !is_not_in ? statement_.names.at(left) : ""};
    }
    static constexpr std::array kMarks{"=", "<>", "!=", "<", "<=", ">", ">="};
    if (std::ranges::none_of(kMarks, [&](const char* mark) { return is(mark); })) return malformed("Unexpected token: " + shown());
    const std::string mark = tokens_[at_++].text == "!=" ? "<>" : tokens_[at_ - 1].text;
    const std::string right = TRY(operand());
    WhereTerm term{.text = fmt::format("{} {} {}", left, mark, right)};
    const auto known = statement_.values.find(right);
    if (mark == "=" && is_top && known != statement_.values.end()) {
      term.attribute = statement_.names.at(left);
      term.equals = known->second;
    }
    return term;
  }

  bool is_literal() const {
    const Token& token = now();
    return token.kind == Token::Kind::text || token.kind == Token::Kind::number || is("?") || is("[") || is("{") || is("<<") || is("TRUE") || is("FALSE") || is("NULL");
  }

  Result<std::string> operand() {
    if (is_literal()) return value(TRY(literal()));
    if (now().kind == Token::Kind::word && is("(", 1)) {
      const std::string name = lower(tokens_[at_].text);
      at_ += 2;
      std::vector<std::string> arguments;
      do arguments.push_back(TRY(operand()));
      while (take(","));
      TRY(expect(")"));
      return fmt::format("{}({})", name, join(arguments, ", "));
    }
    return path();
  }

  Result<std::string> path() {
    std::string text = name(TRY(identifier()));
    for (;;) {
      if (take(".")) {
        text += "." + name(TRY(identifier()));
      } else if (is("[") && now(1).kind == Token::Kind::number) {
        ++at_;
        text += "[" + tokens_[at_++].text + "]";
        TRY(expect("]"));
      } else if (is("[") && (now(1).kind == Token::Kind::text || now(1).kind == Token::Kind::name)) {
        ++at_;
        text += "." + name(tokens_[at_++].text);
        TRY(expect("]"));
      } else {
        return text;
      }
    }
  }

  Result<Value> literal() {
    if (++depth_ > kMaxDepth) return malformed("The value is nested too deep");
    Value found = TRY(literal_here());
    --depth_;
    return found;
  }

  Result<Value> literal_here() {
    if (take("?")) {
      if (used_ == parameters_.size()) return fail("ValidationException", "Number of parameters in request and statement don't match.");
      return parameters_[used_++];
    }
    if (take("TRUE")) return Value{.bool_ = true};
    if (take("FALSE")) return Value{.bool_ = false};
    if (take("NULL")) return Value{.null = true};
    if (now().kind == Token::Kind::text) return Value{.s = tokens_[at_++].text};
    if (now().kind == Token::Kind::number) return Value{.n = tokens_[at_++].text};
    if (take("[")) {
      Value list{.l = std::vector<Value>{}};
      while (!take("]")) {
        if (!list.l->empty()) TRY(expect(","));
        list.l->push_back(TRY(literal()));
      }
      return list;
    }
    if (take("<<")) return set();
    TRY(expect("{"));
    Value map{.m = Item{}};
    while (!take("}")) {
      if (!map.m->empty()) TRY(expect(","));
      if (now().kind != Token::Kind::text && now().kind != Token::Kind::name && now().kind != Token::Kind::word) return malformed("Expected a name, found: " + shown());
      const std::string key = tokens_[at_++].text;
      TRY(expect(":"));
      (*map.m)[key] = TRY(literal());
    }
    return map;
  }

  Result<Value> set() {
    std::vector<std::string> texts, numbers;
    while (!take(">>")) {
      if (!texts.empty() || !numbers.empty()) TRY(expect(","));
      const Value one = TRY(literal());
      if (one.s) texts.push_back(*one.s);
      else if (one.n) numbers.push_back(*one.n);
      else return malformed("A set has texts or numbers alone");
    }
    if (!texts.empty() && !numbers.empty()) return malformed("A set has values of one type alone");
    return numbers.empty() ? Value{.ss = texts} : Value{.ns = numbers};
  }

  std::string name(const std::string& attribute) {
    const auto known = std::ranges::find(statement_.names, attribute, &std::pair<const std::string, std::string>::second);
    if (known != statement_.names.end()) return known->first;
    const std::string placeholder = fmt::format("#n{}", statement_.names.size());
    statement_.names[placeholder] = attribute;
    return placeholder;
  }
  std::string value(const Value& value) {
    const std::string placeholder = fmt::format(":v{}", statement_.values.size());
    statement_.values[placeholder] = value;
    return placeholder;
  }

  std::vector<Token> tokens_;
  const std::vector<Value>& parameters_;
  Statement statement_;
  size_t at_ = 0, used_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Statement> read_statement(std::string_view text, const std::vector<Value>& parameters) { return Parser(TRY(split(text)), parameters).statement(); }

}  // namespace landfall::services::dynamodb
