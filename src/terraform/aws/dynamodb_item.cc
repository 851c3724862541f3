#include <fmt/format.h>

#include "aws/json_codec.h"
#include "aws/shapes/dynamodb.h"
#include "base/json.h"
#include "terraform/aws/dynamodb.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {

namespace dynamodb = aws::dynamodb;

Result<Item> parse_item(const std::string& text) {
  const json::value document = TRY(parse_json(text, "item"));
  dynamodb::PutItemInput into;
  TRY(aws::decode_json(dynamodb::PutItemInput::shape(), json::serialize(json::object{{"Item", document}}), aws::Unknown::refused, &into));
  return into.item.value_or(Item{});
}

std::string item_text(const Item& item) {
  dynamodb::PutItemInput from;
  from.item = item;
  const auto whole = parse_json(aws::encode_json(dynamodb::PutItemInput::shape(), &from));
  const json::value* inside = whole ? whole->get_object().if_contains("Item") : nullptr;
  return inside == nullptr ? "{}" : json::serialize(*inside);
}

std::string check_item(const Value& value) {
  const auto item = parse_item(value.as_string());
  return item ? "" : "to be an item in DynamoDB's JSON: " + item.error().what;
}

namespace {

/// The same values, lists of one apart from values: item attributes are no policies.
bool is_same_item(const Value& there, const Value& wanted) {
  if (!there.has_value() || !wanted.has_value()) return false;
  const auto a = parse_item(there.as_string()), b = parse_item(wanted.as_string());
  return a && b && item_text(*a) == item_text(*b);
}

Item key_of(const Record& record, const Item& item) {
  Item key;
  for (const char* name : {"hash_key", "range_key"}) {
    const auto found = item.find(record.text(name));
    if (found != item.end()) key.insert(*found);
  }
  return key;
}

/// What names it among the items of its table.
std::string id_of(const Record& record, const Item& key) {
  std::string id = record.text("table_name");
  for (const char* name : {"hash_key", "range_key"}) {
    const auto found = key.find(record.text(name));
    if (found == key.end()) continue;
    id += fmt::format("|{}|{}", found->first, found->second.s.value_or(found->second.n.value_or(found->second.b.value_or(""))));
  }
  return id;
}

/// aws_dynamodb_table_item: one item, whole.
class TableItem final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("table_name").required().forces_new(), text("hash_key").required().forces_new(), text("range_key").forces_new(), text("item").required().checked(check_item).same_if(is_same_item)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    dynamodb::PutItemInput request;
    request.table_name = planned.text("table_name");
    request.item = TRY(parse_item(planned.text("item")));
    request.condition_expression = "attribute_not_exists(#hk)";
    request.expression_attribute_names = std::map<std::string, std::string>{{"#hk", planned.text("hash_key")}};
    TRY(cloud.call<dynamodb::PutItemOutput>("dynamodb", "PutItem", request));
    state.set("id", id_of(planned, key_of(planned, *request.item)));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    dynamodb::GetItemInput request;
    request.table_name = state.text("table_name");
    request.key = key_of(state, TRY(parse_item(state.text("item"))));
    request.consistent_read = true;
    const auto found = TRY(look_up<dynamodb::GetItemOutput>(cloud, "dynamodb", "GetItem", request));
    if (!found || !found->item || found->item->empty()) return false;
    const Value now = Value::string(item_text(*found->item));
    if (!is_same_item(now, state.value("item"))) state.set("item", now);
    return true;
  }

  /// Where the key changes the item lies elsewhere from then on.
  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override {
    const Item before = TRY(parse_item(prior.text("item")));
    dynamodb::PutItemInput request;
    request.table_name = planned.text("table_name");
    request.item = TRY(parse_item(planned.text("item")));
    TRY(cloud.call<dynamodb::PutItemOutput>("dynamodb", "PutItem", request));
    const std::string was = id_of(prior, key_of(prior, before)), is = id_of(planned, key_of(planned, *request.item));
    if (was != is) TRY(remove(cloud, prior, before));
    state.set("id", is);
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return remove(cloud, state, TRY(parse_item(state.text("item")))); }

  Result<Record> import(const Cloud&, const std::string&) const override { return fail("Import.Unsupported", "resource aws_dynamodb_table_item doesn't support import"); }

 private:
  static Result<void> remove(const Cloud& cloud, const Record& record, const Item& item) {
    dynamodb::DeleteItemInput request;
    request.table_name = record.text("table_name");
    request.key = key_of(record, item);
    return ignore_gone(cloud.call<dynamodb::DeleteItemOutput>("dynamodb", "DeleteItem", request));
  }
};

}  // namespace

void add_dynamodb_item(Provider& provider) { provider.resources["aws_dynamodb_table_item"] = std::make_unique<TableItem>(); }

}  // namespace landfall::terraform::aws_types
