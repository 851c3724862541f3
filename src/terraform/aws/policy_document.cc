#include <algorithm>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

/// One text alone, several as a list; sorted, as the official provider writes them.
json::value one_or_many(std::vector<std::string> texts) {
  std::ranges::sort(texts, std::greater<>());
  for (std::string& text : texts) text = replace_all(text, "&{", "${");
  if (texts.size() == 1) return json::value(texts[0]);
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

json::value principals(const std::vector<Record>& blocks) {
  if (blocks.size() == 1 && blocks[0].text("type") == "*" && blocks[0].texts("identifiers") == std::vector<std::string>{"*"}) return json::value("*");
  json::object object;
  for (const Record& block : blocks) object[block.text("type")] = one_or_many(block.texts("identifiers"));
  return object;
}

json::object statement_of(const Record& statement) {
  json::object object;
  if (!statement.text("sid").empty()) object["Sid"] = statement.text("sid");
  object["Effect"] = statement.has("effect") ? statement.text("effect") : "Allow";
  const auto put = [&](const char* name, const char* argument) {
    if (const auto texts = statement.texts(argument); !texts.empty()) object[name] = one_or_many(texts);
  };
  put("Action", "actions");
  put("NotAction", "not_actions");
  put("Resource", "resources");
  put("NotResource", "not_resources");
  if (const auto blocks = statement.blocks("principals"); !blocks.empty()) object["Principal"] = principals(blocks);
  if (const auto blocks = statement.blocks("not_principals"); !blocks.empty()) object["NotPrincipal"] = principals(blocks);
  json::object conditions;
  for (const Record& condition : statement.blocks("condition")) {
    std::vector<std::string> values = condition.texts("values");
    for (std::string& value : values) value = replace_all(value, "&{", "${");
    json::object& test = conditions[condition.text("test")].is_object() ? conditions[condition.text("test")].get_object() : conditions[condition.text("test")].emplace_object();
    if (values.size() == 1) {
      test[condition.text("variable")] = values[0];
    } else {
      json::array list;
      for (const std::string& value : values) list.emplace_back(value);
      test[condition.text("variable")] = std::move(list);
    }
  }
  if (!conditions.empty()) object["Condition"] = std::move(conditions);
  return object;
}

/// Statements of other documents; one with a Sid that is there already takes its place if `overrides`.
Result<void> merge(json::array& statements, const std::string& document, bool overrides) {
  const json::value value = TRY(parse_json(document, "a policy document to merge"));
  const json::object* object = value.if_object();
  if (object == nullptr) return fail("Policy.Malformed", "a policy document to merge is not a JSON object");
  json::array own;
  if (const json::value* found = object->if_contains("Statement")) {
    if (found->is_array()) own = found->get_array();
    else own.push_back(*found);
  }
  for (const json::value& statement : own) {
    const std::string sid = statement.is_object() ? std::string(string_member(statement.get_object(), "Sid")) : "";
    const auto same = std::ranges::find_if(statements, [&](const json::value& s) { return !sid.empty() && s.is_object() && string_member(s.get_object(), "Sid") == sid; });
    if (same == statements.end()) statements.push_back(statement);
    else if (overrides) *same = statement;
    else return fail("Policy.DuplicateSid", "duplicate Sid (" + sid + ")");
  }
  return {};
}

Result<void> read_document(const Cloud&, Record& state) {
  json::array statements;
  if (!state.text("source_json").empty()) TRY(merge(statements, state.text("source_json"), true));
  for (const std::string& document : state.texts("source_policy_documents")) {
    if (!document.empty()) TRY(merge(statements, document, false));
  }
  const std::string version = state.has("version") ? state.text("version") : "2012-10-17";
  for (const Record& statement : state.blocks("statement")) {
    const json::object one = statement_of(statement);
    const std::string sid = statement.text("sid");
    const auto same = std::ranges::find_if(statements, [&](const json::value& s) { return !sid.empty() && s.is_object() && string_member(s.get_object(), "Sid") == sid; });
    if (same == statements.end()) statements.push_back(one);
    else *same = one;
  }
  for (const std::string& document : state.texts("override_policy_documents")) {
    if (!document.empty()) TRY(merge(statements, document, true));
  }
  if (!state.text("override_json").empty()) TRY(merge(statements, state.text("override_json"), true));
  json::object document{{"Version", version}};
  if (!state.text("policy_id").empty()) document["Id"] = state.text("policy_id");
  document["Statement"] = std::move(statements);
  state.set("json", pretty_json(document));
  state.set("minified_json", json::serialize(document));
  state.set("id", to_hex(sha256(state.text("json"))).substr(0, 10));
  return {};
}

}  // namespace

void add_policy_document(Provider& provider) {
  const auto principal = [](const char* name) { return set_block(name, {.attributes = {text("type").required(), text_set("identifiers").required()}}); };
  add_source(provider, "aws_iam_policy_document",
             {.attributes = {text("id").read_only(), text("json").read_only(), text("minified_json").read_only(), text("version").checked(one_of({"2008-10-17", "2012-10-17"})), text("policy_id"), text("source_json"), text("override_json"), texts("source_policy_documents"),
                             texts("override_policy_documents")},
              .blocks = {list_block("statement", {.attributes = {text("sid"), text("effect").checked(one_of({"Allow", "Deny"})), text_set("actions"), text_set("not_actions"), text_set("resources"), text_set("not_resources")},
                                                  .blocks = {principal("principals"), principal("not_principals"), set_block("condition", {.attributes = {text("test").required(), text("variable").required(), texts("values").required()}})}})}},
             read_document);
}

}  // namespace landfall::terraform::aws_types
