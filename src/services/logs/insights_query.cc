#include "services/logs/insights_query.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::services::logs::insights {

/// What is on its way from one command to the next.
struct Flow {
  std::vector<Row> rows;
  std::vector<std::string> columns;  ///< what is told of a row; empty: @timestamp and @message
  int64_t matched = 0;
  bool is_grouped = false, is_limited = false;
  WallTime now;
};

struct Query::Command {
  virtual ~Command() = default;
  virtual void apply(Flow& flow) const = 0;
};

namespace {

constexpr size_t kMostStats = 2;  // user guide, stats: two in a query
constexpr double kMostRows = 10'000;

struct Column {
  Expression expression;
  std::string name;
};

void tell(std::vector<std::string>& columns, const std::string& name) {
  if (std::ranges::count(columns, name) == 0) columns.push_back(name);
}

void set(Row& row, const std::string& name, std::optional<Value> value) {
  if (value) row[name] = std::move(*value);
  else row.erase(name);
}

/// fields, and display, which begins the columns anew.
struct Fields final : Query::Command {
  std::vector<Column> columns;
  bool is_display = false;

  void apply(Flow& flow) const override {
    if (is_display) flow.columns.clear();
    for (const Column& column : columns) {
      tell(flow.columns, column.name);
      if (column.expression.is_field && column.name == column.expression.text) continue;
      for (Row& row : flow.rows) set(row, column.name, column.expression.of({.row = row, .now = flow.now}));
    }
  }
};

struct Filter final : Query::Command {
  Expression condition;

  void apply(Flow& flow) const override {
    std::erase_if(flow.rows, [&](const Row& row) {
      const auto value = condition.of({.row = row, .now = flow.now});
      return !value || value->text == "0" || value->text.empty() || value->text == "false";
    });
    if (!flow.is_grouped && !flow.is_limited) flow.matched = static_cast<int64_t>(flow.rows.size());
  }
};

/// Takes fields out of a text, by a pattern with "*" or by a regular expression with named groups.
struct Parse final : Query::Command {
  std::string field = "@message";
  std::vector<std::string> names;
  std::unique_ptr<RE2> pattern;

  void apply(Flow& flow) const override {
    if (!flow.columns.empty()) std::ranges::for_each(names, [&](const std::string& name) { tell(flow.columns, name); });
    for (Row& row : flow.rows) read(row);
  }

  void read(Row& row) const {
    const auto found = row.find(field);
    if (found == row.end()) return;
    const std::string text = found->second.shown();
    std::vector<std::string> parts(static_cast<size_t>(pattern->NumberOfCapturingGroups()));
    std::vector<RE2::Arg> places(parts.size());
    std::vector<const RE2::Arg*> pointers(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      places[i] = &parts[i];
      pointers[i] = &places[i];
    }
    if (!RE2::PartialMatchN(text, *pattern, pointers.data(), static_cast<int>(pointers.size()))) return;
    for (const auto& [group, name] : pattern->CapturingGroupNames()) row[name] = {.text = parts[static_cast<size_t>(group) - 1]};
    if (pattern->CapturingGroupNames().empty()) {
      for (size_t i = 0; i < names.size() && i < parts.size(); ++i) row[names[i]] = {.text = parts[i]};
    }
  }
};

struct Stats final : Query::Command {
  std::vector<Column> columns, groups;

  void apply(Flow& flow) const override {
    std::vector<std::vector<std::optional<Value>>> keys;
    std::map<std::vector<std::string>, size_t> at;
    std::vector<std::vector<const Row*>> members;
    if (groups.empty()) members.emplace_back(), keys.emplace_back();
    for (const Row& row : flow.rows) {
      std::vector<std::optional<Value>> key;
      std::vector<std::string> spelled;
      for (const Column& group : groups) {
        key.push_back(group.expression.of({.row = row, .now = flow.now}));
        spelled.push_back(key.back() ? "=" + key.back()->text : "");
      }
      const auto [place, is_new] = at.try_emplace(spelled, members.size());
      if (groups.empty()) place->second = 0;
      else if (is_new) members.emplace_back(), keys.push_back(key);
      members[place->second].push_back(&row);
    }
    std::vector<Row> made;
    for (size_t i = 0; i < members.size(); ++i) {
      Row row;
      for (size_t k = 0; k < groups.size(); ++k) set(row, groups[k].name, keys[i][k]);
      static const Row nothing;
      for (const Column& column : columns) set(row, column.name, column.expression.of({.row = members[i].empty() ? nothing : *members[i].front(), .group = members[i], .now = flow.now}));
      made.push_back(std::move(row));
    }
    flow.rows = std::move(made);
    flow.columns.clear();
    for (const auto* list : {&groups, &columns}) std::ranges::for_each(*list, [&](const Column& column) { tell(flow.columns, column.name); });
    flow.is_grouped = true;
  }
};

struct Sort final : Query::Command {
  struct Key {
    Expression expression;
    bool is_descending = false;
  };
  std::vector<Key> keys;

  /// A column of that name comes before an expression that is written the same: `sort count(*) desc` after stats.
  static std::optional<Value> value_of(const Expression& expression, const Row& row, WallTime now) {
    const auto column = row.find(expression.text);
    return column != row.end() ? std::optional(column->second) : expression.of({.row = row, .now = now});
  }

  void apply(Flow& flow) const override {
    std::ranges::stable_sort(flow.rows, [&](const Row& a, const Row& b) {
      for (const Key& key : keys) {
        const auto x = value_of(key.expression, a, flow.now), y = value_of(key.expression, b, flow.now);
        const int order = compare(x, y);
        if (order != 0) return key.is_descending ? order > 0 : order < 0;
      }
      return false;
    });
  }

  /// Missing before numbers, numbers before texts.
  static int compare(const std::optional<Value>& a, const std::optional<Value>& b) {
    if (!a || !b) return static_cast<int>(a.has_value()) - static_cast<int>(b.has_value());
    const auto x = a->number(), y = b->number();
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    if (x || y) return x ? -1 : 1;
    return a->text.compare(b->text);
  }
};

struct Limit final : Query::Command {
  size_t count = 0;

  void apply(Flow& flow) const override {
    if (flow.rows.size() > count) flow.rows.resize(count);
    flow.is_limited = true;
  }
};

/// Of rows with the same values the first stays.
struct Dedup final : Query::Command {
  std::vector<std::string> names;

  void apply(Flow& flow) const override {
    std::set<std::vector<std::string>> seen;
    std::erase_if(flow.rows, [&](const Row& row) {
      std::vector<std::string> values;
      for (const std::string& name : names) {
        const auto found = row.find(name);
        if (found == row.end()) return false;  // rows without the field are not compared
        values.push_back(found->second.text);
      }
      return !seen.insert(values).second;
    });
    flow.is_limited = true;
  }
};

void flatten(const json::value& value, const std::string& name, Row& row) {
  if (row.size() > kMostFields) return;
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) flatten(member.value(), (name.empty() ? "" : name + ".") + std::string(member.key()), row);
    return;
  }
  if (const json::array* array = value.if_array()) {
    for (size_t i = 0; i < array->size(); ++i) flatten((*array)[i], fmt::format("{}.{}", name, i), row);
    return;
  }
  if (!value.is_null()) row.try_emplace(name, Value{.text = value.is_string() ? std::string(value.get_string()) : json::serialize(value)});
}

}  // namespace

class QueryParser {
 public:
  explicit QueryParser(std::string_view text) : reader_(text) {}

  Result<Query> all() {
    Query query;
    if (reader_.at_end()) return reader_.malformed();
    do {
      query.commands_.push_back(TRY(command()));
    } while (reader_.take("|"));
    if (!reader_.at_end()) return reader_.malformed();
    return query;
  }

 private:
  using Made = Result<std::shared_ptr<const Query::Command>>;

  Made command() {
    if (reader_.take_word("fields")) return fields(false);
    if (reader_.take_word("display")) return fields(true);
    if (reader_.take_word("filter")) return filter();
    if (reader_.take_word("parse")) return parse();
    if (reader_.take_word("stats")) return stats();
    if (reader_.take_word("sort")) return sort();
    if (reader_.take_word("limit") || reader_.take_word("head")) return limit();
    if (reader_.take_word("dedup")) return dedup();
    for (const char* known : {"source", "pattern", "diff", "anomaly", "unnest", "unmask", "filterIndex", "lookup", "join", "addtotals"}) {
      if (reader_.take_word(known)) return reader_.unsupported(fmt::format("the command {}", known));
    }
    return reader_.malformed();
  }

  Result<std::vector<Column>> columns() {
    std::vector<Column> read;
    do {
      Column column;
      column.expression = TRY(reader_.expression());
      column.name = reader_.take_word("as") ? TRY(reader_.name()) : column.expression.text;
      read.push_back(std::move(column));
    } while (reader_.take(","));
    return read;
  }

  Made fields(bool is_display) {
    auto made = std::make_shared<Fields>();
    made->columns = TRY(columns());
    made->is_display = is_display;
    return made;
  }

  Made filter() {
    auto made = std::make_shared<Filter>();
    made->condition = TRY(reader_.expression());
    return made;
  }

  Result<void> names(std::vector<std::string>& into) {
    do {
      into.push_back(TRY(reader_.name()));
    } while (reader_.take(","));
    return {};
  }

  Made parse() {
    auto made = std::make_shared<Parse>();
    if (!reader_.sees_quote() && !reader_.sees_regex()) made->field = TRY(reader_.name());
    if (reader_.sees_regex()) {
      made->pattern = std::make_unique<RE2>(TRY(reader_.regex()), RE2::Quiet);
      for (const auto& [number, name] : made->pattern->CapturingGroupNames()) made->names.push_back(name);
      if (reader_.take_word("as")) TRY(names(made->names));
      if (made->names.empty()) return fail("MalformedQueryException", "A regular expression of parse needs named groups, or names after as");
      return made;
    }
    const std::string glob = TRY(reader_.quoted());
    if (!reader_.take_word("as")) return reader_.malformed();
    TRY(names(made->names));
    const auto pieces = split(glob, '*');
    if (pieces.size() - 1 != made->names.size()) return fail("MalformedQueryException", fmt::format("parse has {} wildcards and {} names", pieces.size() - 1, made->names.size()));
    std::string expression = "(?s)";
    for (size_t i = 0; i < pieces.size(); ++i) expression += (i == 0 ? "" : i + 1 == pieces.size() && pieces[i].empty() ? "(.*)" : "(.*?)") + RE2::QuoteMeta(pieces[i]);
    made->pattern = std::make_unique<RE2>(expression, RE2::Quiet);
    return made;
  }

  Made stats() {
    if (++stats_ > kMostStats) return fail("MalformedQueryException", fmt::format("A query has at most {} stats commands", kMostStats));
    auto made = std::make_shared<Stats>();
    made->columns = TRY(columns());
    if (reader_.take_word("by")) made->groups = TRY(columns());
    return made;
  }

  Made sort() {
    auto made = std::make_shared<Sort>();
    do {
      Sort::Key key;
      key.expression = TRY(reader_.expression());
      key.is_descending = reader_.take_word("desc");
      if (!key.is_descending) reader_.take_word("asc");
      made->keys.push_back(std::move(key));
    } while (reader_.take(","));
    return made;
  }

  Made limit() {
    auto made = std::make_shared<Limit>();
    const auto count = Value{.text = TRY(reader_.name())}.number();
    if (!count || *count < 1 || *count > kMostRows) return fail("MalformedQueryException", fmt::format("limit takes a number from 1 to {:.0f}", kMostRows));
    made->count = static_cast<size_t>(*count);
    return made;
  }

  Made dedup() {
    auto made = std::make_shared<Dedup>();
    TRY(names(made->names));
    return made;
  }

  Reader reader_;
  size_t stats_ = 0;
};

Result<Query> Query::parse(std::string_view text) { return QueryParser(text).all(); }

Answer Query::run(std::vector<Row> rows, size_t limit, WallTime now) const {
  Flow flow{.rows = std::move(rows), .columns = {}, .matched = 0, .now = now};
  flow.matched = static_cast<int64_t>(flow.rows.size());
  for (const auto& command : commands_) command->apply(flow);
  if (flow.rows.size() > limit) flow.rows.resize(limit);
  if (flow.columns.empty()) flow.columns = {"@timestamp", "@message"};
  if (!flow.is_grouped) tell(flow.columns, "@ptr");
  Answer answer{.rows = {}, .matched = flow.matched};
  for (const Row& row : flow.rows) {
    Told told;
    for (const std::string& column : flow.columns) {
      if (const auto value = row.find(column); value != row.end()) told.emplace_back(column, value->second.shown());
    }
    answer.rows.push_back(std::move(told));
  }
  return answer;
}

Row row_of(const store::LogEvent& event, const std::string& log, const std::string& pointer) {
  Row row{{"@timestamp", of_moment(event.timestamp)}, {"@ingestionTime", of_moment(event.ingested)}, {"@message", {.text = event.message}}, {"@logStream", {.text = event.stream}}, {"@log", {.text = log}}, {"@ptr", {.text = pointer}}};
  const size_t begin = event.message.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && event.message[begin] == '{') {
    if (const auto parsed = parse_json(event.message, "the event"); parsed && parsed->is_object()) flatten(*parsed, "", row);
  }
  return row;
}

}  // namespace landfall::services::logs::insights
