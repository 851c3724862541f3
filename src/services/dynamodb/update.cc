#include "services/dynamodb/update.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/number.h"
#include "services/dynamodb/reader.h"

namespace landfall::services::dynamodb {

/// What a SET action assigns: a literal, a path, or an operator over others.
struct Update::Operand {
  enum class Kind { literal, path, plus, minus, if_not_exists, list_append };
  Kind kind = Kind::literal;
  Value literal{};
  Path path{};                                       ///< of a path and of if_not_exists
  std::vector<std::shared_ptr<const Operand>> of{};  ///< of operators
};

struct Update::Action {
  enum class Kind { set, remove, add, erase };
  Kind kind = Kind::set;
  Path path{};
  std::shared_ptr<const Operand> operand{};  ///< of set
  Value value{};                             ///< of add and erase
};

namespace {

using Operand = Update::Operand;
using Action = Update::Action;

constexpr int kMaxDepth = 32;

std::unexpected<Error> wrong_type() { return fail("ValidationException", "An operand in the update expression has an incorrect data type"); }

std::string_view long_type_of(const Value& value) {
  const std::string_view type = type_of(value);
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"S", "STRING"}, {"N", "NUMBER"}, {"B", "BINARY"}, {"SS", "STRING_SET"}, {"NS", "NUMBER_SET"}, {"BS", "BINARY_SET"}, {"M", "MAP"}, {"L", "LIST"}, {"NULL", "NULL"}, {"BOOL", "BOOLEAN"}};
  return std::ranges::find(kNames, type, &std::pair<std::string_view, std::string_view>::first)->second;
}

class Parser {
 public:
  explicit Parser(Reader reader) : reader_(std::move(reader)) {}

  Result<std::vector<std::shared_ptr<const Action>>> clauses() {
    std::set<std::string> seen;
    while (!reader_.is_at_end()) {
      const std::string word = upper(reader_.token());
      if (word != "SET" && word != "REMOVE" && word != "ADD" && word != "DELETE") return reader_.unexpected();
      if (!seen.insert(word).second) return std::unexpected(used_again(word));
      reader_.skip();
      do {
        if (const auto done = action(word); !done) return std::unexpected(first_of(done.error(), seen));
      } while (reader_.take(","));
    }
    return actions_;
  }
  const Reader& reader() const { return reader_; }

 private:
  /// What is written wrong comes before what is not defined: a section that is there again.
  Error first_of(const Error& error, std::set<std::string> seen) {
    if (error.what.find("is not defined") == std::string::npos) return error;
    for (; !reader_.is_at_end(); reader_.skip()) {
      const std::string word = upper(reader_.token());
      if ((word == "SET" || word == "REMOVE" || word == "ADD" || word == "DELETE") && !seen.insert(word).second) return used_again(word);
    }
    return error;
  }

  Error used_again(const std::string& word) const { return reader_.invalid(fmt::format("The \"{}\" section can only be used once in an update expression;", word)).error(); }

  Result<void> action(const std::string& clause) {
    Action action{.path = TRY(reader_.path())};
    if (clause == "SET") {
      TRY(reader_.expect("="));
      action.operand = TRY(sum());
    } else if (clause == "REMOVE") {
      action.kind = Action::Kind::remove;
    } else {
      action.kind = clause == "ADD" ? Action::Kind::add : Action::Kind::erase;
      action.value = TRY(reader_.value());
      const bool is_set = action.value.ss || action.value.ns || action.value.bs;
      if (!is_set && !(action.value.n && clause == "ADD")) {
        return reader_.invalid(fmt::format("Incorrect operand type for operator or function; operator: {0}, operand type: {1}, typeSet: ALLOWED_FOR_{0}_OPERAND", clause, long_type_of(action.value)));
      }
    }
    actions_.push_back(std::make_shared<const Action>(std::move(action)));
    return {};
  }

  Result<std::shared_ptr<const Operand>> sum() {
    auto left = TRY(operand());
    const std::string mark(reader_.token());
    if (mark != "+" && mark != "-") return left;
    reader_.skip();
    auto right = TRY(operand());
    for (const auto& side : {left, right}) {
      if (side->kind == Operand::Kind::literal && !side->literal.n) return wrong_operand(mark, side->literal);
    }
    return made({.kind = mark == "+" ? Operand::Kind::plus : Operand::Kind::minus, .of = {std::move(left), std::move(right)}});
  }

  Result<std::shared_ptr<const Operand>> operand() {
    if (++depth_ > kMaxDepth) return reader_.invalid(fmt::format("The expression is nested deeper than {} levels", kMaxDepth));
    auto found = TRY(one_operand());
    --depth_;
    return found;
  }

  Result<std::shared_ptr<const Operand>> one_operand() {
    if (reader_.is_value()) {
      Operand literal;
      literal.literal = TRY(reader_.value());
      return made(std::move(literal));
    }
    if (reader_.take("(")) {
      auto inner = TRY(sum());
      TRY(reader_.expect(")"));
      return inner;
    }
    if (reader_.is_call()) return function();
    Operand path{.kind = Operand::Kind::path};
    path.path = TRY(reader_.path());
    return made(std::move(path));
  }

  Result<std::shared_ptr<const Operand>> function() {
    const std::string name(reader_.token());
    const bool is_list_append = name == "list_append";
    if (!is_list_append && name != "if_not_exists") {
      constexpr std::string_view kOfConditions[] = {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"};
      if (std::ranges::count(kOfConditions, name) > 0) return reader_.invalid(fmt::format("The function is not allowed in an update expression; function: {}", name));
      return reader_.invalid(fmt::format("Invalid function name; function: {}", name));
    }
    reader_.skip();
    TRY(reader_.expect("("));
    std::vector<std::shared_ptr<const Operand>> arguments;
    do arguments.push_back(TRY(sum()));
    while (reader_.take(","));
    TRY(reader_.expect(")"));
    if (arguments.size() != 2) return reader_.invalid(fmt::format("Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}", name, arguments.size()));
    if (is_list_append) {
      for (const auto& argument : arguments) {
        if (argument->kind == Operand::Kind::literal && !argument->literal.l) return wrong_operand(name, argument->literal);
      }
      return made({.kind = Operand::Kind::list_append, .of = std::move(arguments)});
    }
    if (arguments[0]->kind != Operand::Kind::path) return reader_.invalid("Operator or function requires a document path; operator or function: if_not_exists");
    return made({.kind = Operand::Kind::if_not_exists, .path = arguments[0]->path, .of = {arguments[1]}});
  }

  std::unexpected<Error> wrong_operand(std::string_view what, const Value& value) const {
    return reader_.invalid(fmt::format("Incorrect operand type for operator or function; operator or function: {}, operand type: {}", what, type_of(value)));
  }
  static std::shared_ptr<const Operand> made(Operand operand) { return std::make_shared<const Operand>(std::move(operand)); }

  Reader reader_;
  std::vector<std::shared_ptr<const Action>> actions_;
  int depth_ = 0;
};

Result<Value> combine(const Operand& operand, const Value& left, const Value& right) {
  if (operand.kind == Operand::Kind::list_append) {
    if (!left.l || !right.l) return wrong_type();
    Value joined = left;
    joined.l->insert(joined.l->end(), right.l->begin(), right.l->end());
    return joined;
  }
  if (!left.n || !right.n) return wrong_type();
  const Number sum = TRY(Number::sum(TRY(Number::parse(*left.n)), TRY(Number::parse(*right.n)), operand.kind == Operand::Kind::minus));
  return Value{.n = sum.text()};
}

Result<Value> evaluate(const Operand& operand, const Item& item) {
  if (operand.kind == Operand::Kind::literal) return operand.literal;
  if (operand.kind == Operand::Kind::path || operand.kind == Operand::Kind::if_not_exists) {
    const Value* found = follow(item, operand.path);
    if (found != nullptr) return *found;
    if (operand.kind == Operand::Kind::if_not_exists) return evaluate(*operand.of[0], item);
    return fail("ValidationException", "The provided expression refers to an attribute that does not exist in the item");
  }
  const Value left = TRY(evaluate(*operand.of[0], item));
  const Value right = TRY(evaluate(*operand.of[1], item));
  return combine(operand, left, right);
}

/// The set of either type's members, if both are sets of one type.
std::pair<std::vector<std::string>*, const std::vector<std::string>*> sets_of(Value& at, const Value& other) {
  if (at.ss && other.ss) return {&*at.ss, &*other.ss};
  if (at.ns && other.ns) return {&*at.ns, &*other.ns};
  if (at.bs && other.bs) return {&*at.bs, &*other.bs};
  return {nullptr, nullptr};
}

Result<void> add(Item& item, const Action& action) {
  const Value* found = follow(item, action.path);
  if (found == nullptr) return set_at(item, action.path, action.value);
  Value value = *found;
  if (value.n && action.value.n) {
    value.n = TRY(Number::sum(TRY(Number::parse(*value.n)), TRY(Number::parse(*action.value.n)), false)).text();
  } else {
    const auto [own, more] = sets_of(value, action.value);
    if (own == nullptr) return wrong_type();
    for (const std::string& member : *more) {
      if (std::ranges::count(*own, member) == 0) own->push_back(member);
    }
  }
  return set_at(item, action.path, std::move(value));
}

Result<void> erase(Item& item, const Action& action) {
  const Value* found = follow(item, action.path);
  if (found == nullptr) return {};
  Value value = *found;
  const auto [own, gone] = sets_of(value, action.value);
  if (own == nullptr) return wrong_type();
  std::erase_if(*own, [&](const std::string& member) { return std::ranges::count(*gone, member) > 0; });
  if (own->empty()) return remove_at(item, action.path);
  return set_at(item, action.path, std::move(value));
}

}  // namespace

Result<Update> Update::parse(std::string_view text, Placeholders& placeholders) {
  Parser parser(TRY(Reader::open(text, "UpdateExpression", placeholders)));
  Update update;
  update.actions_ = TRY(parser.clauses());
  for (const auto& action : update.actions_) update.paths_.push_back(action->path);
  if (auto apart = check_disjoint(update.paths_); !apart) return parser.reader().invalid(apart.error().what);
  return update;
}

Result<Item> Update::apply(const Item& item) const {
  Item after = item;
  std::vector<std::pair<Path, Value>> assigned;
  std::vector<Path> removed;
  for (const auto& action : actions_) {
    if (action->kind == Action::Kind::set) assigned.emplace_back(action->path, TRY(evaluate(*action->operand, item)));
    if (action->kind == Action::Kind::remove) removed.push_back(action->path);
  }
  // Elements past the end of a list are appended in the order of their indices; elements go from the end on, so that
  // each index means the list as it was.
  const auto index_of = [](const Path& path) { return path.back().name.empty() ? path.back().index : 0; };
  std::ranges::stable_sort(assigned, {}, [&](const auto& one) { return index_of(one.first); });
  std::ranges::stable_sort(removed, std::greater<>{}, index_of);
  for (auto& [path, value] : assigned) TRY(set_at(after, path, std::move(value)));
  for (const Path& path : removed) TRY(remove_at(after, path));
  for (const auto& action : actions_) {
    if (action->kind == Action::Kind::add) TRY(add(after, *action));
    if (action->kind == Action::Kind::erase) TRY(erase(after, *action));
  }
  return after;
}

}  // namespace landfall::services::dynamodb
