#include "aws/shapes/dynamodb.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace dynamodb = aws::dynamodb;

class Table final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("billing_mode").defaults("PROVISIONED").forces_new().checked(one_of({"PROVISIONED", "PAY_PER_REQUEST"})),
                                                        text("hash_key").required().forces_new(), text("range_key").forces_new(), number("read_capacity").computed().forces_new(), number("write_capacity").computed().forces_new(), refused(flag("stream_enabled")),
                                                        refused(flag("deletion_protection_enabled")),
                                                        refused(text("stream_view_type")), refused(text("table_class")), refused(text("restore_date_time")), refused(text("restore_source_name")), refused(text("restore_source_table_arn")), refused(flag("restore_to_latest_time")),
                                                        refused_blocks("global_secondary_index"), refused_blocks("local_secondary_index"), refused_blocks("import_table"), refused_blocks("on_demand_throughput"), refused_blocks("replica"), refused_blocks("ttl")},
                                         .blocks = {set_block("attribute", {.attributes = {text("name").required(), text("type").required().checked(one_of({"S", "N", "B"}))}}).forces_new(),
                                                    one_block("server_side_encryption", {.attributes = {refused(flag("enabled")), refused(text("kms_key_arn"))}}), one_block("point_in_time_recovery", {.attributes = {refused(flag("enabled")), refused(number("recovery_period_in_days"))}})}});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    dynamodb::CreateTableInput request;
    request.table_name = planned.text("name");
    request.billing_mode = planned.text("billing_mode");
    if (*request.billing_mode == "PROVISIONED") {
      auto& throughput = request.provisioned_throughput.emplace();
      throughput.read_capacity_units = planned.number("read_capacity");
      throughput.write_capacity_units = planned.number("write_capacity");
    }
    request.attribute_definitions.emplace();
    for (const Record& attribute : planned.blocks("attribute")) {
      auto& api = request.attribute_definitions->emplace_back();
      api.attribute_name = attribute.text("name");
      api.attribute_type = attribute.text("type");
    }
    const auto add_key = [&](const std::string& name, const char* type) {
      if (!request.key_schema) request.key_schema.emplace();
      auto& key = request.key_schema->emplace_back();
      key.attribute_name = name;
      key.key_type = type;
    };
    add_key(planned.text("hash_key"), "HASH");
    if (!planned.text("range_key").empty()) add_key(planned.text("range_key"), "RANGE");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<dynamodb::Tag>(tags);
    TRY(cloud.call<dynamodb::CreateTableOutput>("dynamodb", "CreateTable", request));
    state.set("id", *request.table_name);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    dynamodb::DescribeTableInput request;
    request.table_name = state.text("id");
    const auto found = TRY(look_up<dynamodb::DescribeTableOutput>(cloud, "dynamodb", "DescribeTable", request));
    if (!found || !found->table) return false;
    const auto& table = *found->table;
    state.set("name", table.table_name.value_or(""));
    state.set("arn", table.table_arn.value_or(""));
    state.set("billing_mode", table.billing_mode_summary ? table.billing_mode_summary->billing_mode.value_or("PROVISIONED") : "PROVISIONED");
    if (table.provisioned_throughput) {
      state.set("read_capacity", table.provisioned_throughput->read_capacity_units.value_or(0));
      state.set("write_capacity", table.provisioned_throughput->write_capacity_units.value_or(0));
    }
    for (const auto& key : table.key_schema.value_or(std::vector<dynamodb::KeySchemaElement>{})) state.set(key.key_type == "HASH" ? "hash_key" : "range_key", key.attribute_name.value_or(""));
    std::vector<Record> attributes;
    for (const auto& api : table.attribute_definitions.value_or(std::vector<dynamodb::AttributeDefinition>{})) {
      Record& attribute = attributes.emplace_back();
      attribute.set("name", api.attribute_name.value_or(""));
      attribute.set("type", api.attribute_type.value_or(""));
    }
    state.set("attribute", attributes);
    dynamodb::ListTagsOfResourceInput tags;
    tags.resource_arn = state.text("arn");
    set_tags(cloud, state, from_tags(TRY(cloud.call<dynamodb::ListTagsOfResourceOutput>("dynamodb", "ListTagsOfResource", tags)).tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      dynamodb::UntagResourceInput request;
      request.resource_arn = prior.text("arn");
      request.tag_keys = change.removed;
      TRY(cloud.call<dynamodb::UntagResourceOutput>("dynamodb", "UntagResource", request));
    }
    if (!change.put.empty()) {
      dynamodb::TagResourceInput request;
      request.resource_arn = prior.text("arn");
      request.tags = to_tags<dynamodb::Tag>(change.put);
      TRY(cloud.call<dynamodb::TagResourceOutput>("dynamodb", "TagResource", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    dynamodb::DeleteTableInput request;
    request.table_name = state.text("id");
    return ignore_gone(cloud.call<dynamodb::DeleteTableOutput>("dynamodb", "DeleteTable", request));
  }
};

}  // namespace

void add_dynamodb_table(Provider& provider) { provider.resources["aws_dynamodb_table"] = std::make_unique<Table>(); }

}  // namespace landfall::terraform::aws_types
