#include <algorithm>
#include <chrono>

#include "aws/shapes/dynamodb.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace dynamodb = aws::dynamodb;
constexpr std::chrono::seconds kChanging{600};

Schema index_schema(bool is_local) {
  Schema schema{.attributes = {text("name").required(), text("projection_type").required().checked(one_of({"ALL", "INCLUDE", "KEYS_ONLY"})), is_local ? text("range_key").required() : text("range_key"),
                               is_local ? texts("non_key_attributes") : text_set("non_key_attributes")}};
  if (is_local) return schema;
  for (Attribute& more : std::vector<Attribute>{text("hash_key").required(), number("read_capacity").computed(), number("write_capacity").computed(), refused_blocks("on_demand_throughput")}) schema.attributes.push_back(std::move(more));
  return schema;
}

std::vector<dynamodb::KeySchemaElement> keys_of(const std::string& hash, const std::string& range) {
  std::vector<dynamodb::KeySchemaElement> keys;
  const auto add = [&](const std::string& name, const char* type) {
    auto& key = keys.emplace_back();
    key.attribute_name = name;
    key.key_type = type;
  };
  add(hash, "HASH");
  if (!range.empty()) add(range, "RANGE");
  return keys;
}

dynamodb::Projection projection_of(const Record& index) {
  dynamodb::Projection projection;
  projection.projection_type = index.text("projection_type");
  if (!index.texts("non_key_attributes").empty()) projection.non_key_attributes = index.texts("non_key_attributes");
  return projection;
}

/// Of a table or index; nothing where it is billed by request.
std::optional<dynamodb::ProvisionedThroughput> throughput_of(const Record& table, const Record& thing) {
  if (table.text("billing_mode") != "PROVISIONED") return std::nullopt;
  dynamodb::ProvisionedThroughput throughput;
  throughput.read_capacity_units = std::max<int64_t>(thing.number("read_capacity"), 1);
  throughput.write_capacity_units = std::max<int64_t>(thing.number("write_capacity"), 1);
  return throughput;
}

std::vector<dynamodb::AttributeDefinition> definitions_of(const Record& planned) {
  std::vector<dynamodb::AttributeDefinition> definitions;
  for (const Record& attribute : planned.blocks("attribute")) {
    auto& api = definitions.emplace_back();
    api.attribute_name = attribute.text("name");
    api.attribute_type = attribute.text("type");
  }
  return definitions;
}

template <class Index>
Record told(const Index& index) {
  Record record;
  record.set("name", index.index_name.value_or(""));
  for (const auto& key : index.key_schema.value_or(std::vector<dynamodb::KeySchemaElement>{})) record.set(key.key_type == "HASH" ? "hash_key" : "range_key", key.attribute_name.value_or(""));
  record.set("projection_type", index.projection ? index.projection->projection_type.value_or("") : "");
  record.set("non_key_attributes", index.projection ? index.projection->non_key_attributes.value_or(std::vector<std::string>{}) : std::vector<std::string>{});
  return record;
}

class Table final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged(
        {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("billing_mode").defaults("PROVISIONED").checked(one_of({"PROVISIONED", "PAY_PER_REQUEST"})), text("hash_key").computed().forces_new(),
                        text("range_key").forces_new(), number("read_capacity").computed(), number("write_capacity").computed(), flag("stream_enabled"), flag("deletion_protection_enabled"), text("stream_arn").read_only(), text("stream_label").read_only(),
                        text("stream_view_type").computed().checked(one_of({"", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"})), text("table_class").defaults("STANDARD").checked(one_of({"STANDARD", "STANDARD_INFREQUENT_ACCESS"})), refused(text("restore_date_time")),
                        refused(text("restore_source_name")), refused(text("restore_source_table_arn")), refused(flag("restore_to_latest_time")), refused_blocks("import_table"), refused_blocks("on_demand_throughput"), refused_blocks("replica"),
                        refused_blocks("warm_throughput")},
         .blocks = {set_block("attribute", {.attributes = {text("name").required(), text("type").required().checked(one_of({"S", "N", "B"}))}}), set_block("global_secondary_index", index_schema(false)), set_block("local_secondary_index", index_schema(true)).forces_new(),
                    one_block("ttl", {.attributes = {text("attribute_name"), flag("enabled").defaults(false)}}).computed(), one_block("server_side_encryption", {.attributes = {refused(flag("enabled")), refused(text("kms_key_arn"))}}),
                    one_block("point_in_time_recovery", {.attributes = {flag("enabled").required(), number("recovery_period_in_days").computed().checked(between(1, 35))}}).computed()}});
    return schema;
  }
  int schema_version() const override { return 1; }

  /// Capacities say nothing where a table is billed by request, and are DynamoDB's where they are not written.
  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior == nullptr) return {};
    if (differs(*change.prior, change.planned, {"stream_enabled", "stream_view_type"})) {
      for (const char* name : {"stream_arn", "stream_label"}) change.planned.set(name, Value::unknown(Type::string()));
    }
    const bool is_billed_anew = differs(*change.prior, change.planned, "billing_mode"), is_by_request = change.planned.text("billing_mode") == "PAY_PER_REQUEST";
    for (const char* name : {"read_capacity", "write_capacity"}) {
      if (is_billed_anew && (is_by_request || !change.config.has(name))) change.planned.set(name, Value::unknown(Type::number()));
      else if (is_by_request) change.planned.set(name, change.prior->value(name));
    }
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    dynamodb::CreateTableInput request;
    request.table_name = planned.text("name");
    request.billing_mode = planned.text("billing_mode");
    request.provisioned_throughput = throughput_of(planned, planned);
    request.attribute_definitions = definitions_of(planned);
    request.key_schema = keys_of(planned.text("hash_key"), planned.text("range_key"));
    if (planned.flag("deletion_protection_enabled")) request.deletion_protection_enabled = true;
    for (const Record& index : planned.blocks("global_secondary_index")) {
      if (!request.global_secondary_indexes) request.global_secondary_indexes.emplace();
      auto& api = request.global_secondary_indexes->emplace_back();
      api.index_name = index.text("name");
      api.key_schema = keys_of(index.text("hash_key"), index.text("range_key"));
      api.projection = projection_of(index);
      api.provisioned_throughput = throughput_of(planned, index);
    }
    for (const Record& index : planned.blocks("local_secondary_index")) {
      if (!request.local_secondary_indexes) request.local_secondary_indexes.emplace();
      auto& api = request.local_secondary_indexes->emplace_back();
      api.index_name = index.text("name");
      api.key_schema = keys_of(planned.text("hash_key"), index.text("range_key"));
      api.projection = projection_of(index);
    }
    request.table_class = planned.text("table_class");
    if (planned.flag("stream_enabled")) request.stream_specification = stream_of(planned);
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<dynamodb::Tag>(tags);
    TRY(cloud.call<dynamodb::CreateTableOutput>("dynamodb", "CreateTable", request));
    state.set("id", *request.table_name);
    TRY(wait_active(cloud, *request.table_name));
    TRY(set_ttl(cloud, Record(), planned));
    return planned.block("point_in_time_recovery").flag("enabled") ? set_recovery(cloud, planned) : Result<void>();
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(find_table(cloud, state.text("id")));
    if (!found) return false;
    const dynamodb::TableDescription& table = *found;
    state.set("name", table.table_name.value_or(""));
    state.set("arn", table.table_arn.value_or(""));
    state.set("billing_mode", table.billing_mode_summary ? table.billing_mode_summary->billing_mode.value_or("PROVISIONED") : "PROVISIONED");
    state.set("deletion_protection_enabled", table.deletion_protection_enabled.value_or(false));
    state.set("table_class", table.table_class_summary ? table.table_class_summary->table_class.value_or("STANDARD") : "STANDARD");
    const auto stream = table.stream_specification.value_or(dynamodb::StreamSpecification{});
    state.set("stream_enabled", stream.stream_enabled.value_or(false));
    state.set("stream_view_type", stream.stream_view_type.value_or(state.text("stream_view_type")));
    state.set("stream_arn", table.latest_stream_arn.value_or(""));
    state.set("stream_label", table.latest_stream_label.value_or(""));
    state.set("read_capacity", table.provisioned_throughput ? table.provisioned_throughput->read_capacity_units.value_or(0) : 0);
    state.set("write_capacity", table.provisioned_throughput ? table.provisioned_throughput->write_capacity_units.value_or(0) : 0);
    for (const auto& key : table.key_schema.value_or(std::vector<dynamodb::KeySchemaElement>{})) state.set(key.key_type == "HASH" ? "hash_key" : "range_key", key.attribute_name.value_or(""));
    std::vector<Record> attributes, global, local;
    for (const auto& api : table.attribute_definitions.value_or(std::vector<dynamodb::AttributeDefinition>{})) {
      Record& attribute = attributes.emplace_back();
      attribute.set("name", api.attribute_name.value_or(""));
      attribute.set("type", api.attribute_type.value_or(""));
    }
    for (const auto& api : table.global_secondary_indexes.value_or(std::vector<dynamodb::GlobalSecondaryIndexDescription>{})) {
      Record& index = global.emplace_back(told(api));
      index.set("read_capacity", api.provisioned_throughput ? api.provisioned_throughput->read_capacity_units.value_or(0) : 0);
      index.set("write_capacity", api.provisioned_throughput ? api.provisioned_throughput->write_capacity_units.value_or(0) : 0);
    }
    for (const auto& api : table.local_secondary_indexes.value_or(std::vector<dynamodb::LocalSecondaryIndexDescription>{})) {
      local.push_back(told(api));
      local.back().clear("hash_key");
    }
    state.set("attribute", attributes);
    state.set("global_secondary_index", global);
    state.set("local_secondary_index", local);
    TRY(read_ttl(cloud, state));
    TRY(read_recovery(cloud, state));
    dynamodb::ListTagsOfResourceInput tags;
    tags.resource_arn = state.text("arn");
    set_tags(cloud, state, from_tags(TRY(cloud.call<dynamodb::ListTagsOfResourceOutput>("dynamodb", "ListTagsOfResource", tags)).tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string name = prior.text("id");
    if (differs(prior, planned, {"billing_mode", "read_capacity", "write_capacity"})) TRY(change_capacity(cloud, prior, planned));
    if (prior.flag("deletion_protection_enabled") != planned.flag("deletion_protection_enabled")) {
      dynamodb::UpdateTableInput request;
      request.table_name = name;
      request.deletion_protection_enabled = planned.flag("deletion_protection_enabled");
      TRY(change(cloud, request));
    }
    if (differs(prior, planned, "table_class")) {
      dynamodb::UpdateTableInput request;
      request.table_name = name;
      request.table_class = planned.text("table_class");
      TRY(change(cloud, request));
    }
    if (differs(prior, planned, "global_secondary_index")) TRY(change_indexes(cloud, prior, planned));
    if (differs(prior, planned, {"stream_enabled", "stream_view_type"})) TRY(change_stream(cloud, prior, planned));
    if (differs(prior, planned, "ttl")) TRY(set_ttl(cloud, prior, planned));
    if (differs(prior, planned, "point_in_time_recovery")) TRY(set_recovery(cloud, planned));
    return update_tags(cloud, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    dynamodb::DeleteTableInput request;
    request.table_name = state.text("id");
    return ignore_gone(cloud.call<dynamodb::DeleteTableOutput>("dynamodb", "DeleteTable", request));
  }

 private:
  static Result<std::optional<dynamodb::TableDescription>> find_table(const Cloud& cloud, const std::string& name) {
    dynamodb::DescribeTableInput request;
    request.table_name = name;
    auto found = TRY(look_up<dynamodb::DescribeTableOutput>(cloud, "dynamodb", "DescribeTable", request));
    if (!found || !found->table) return std::optional<dynamodb::TableDescription>();
    return std::optional<dynamodb::TableDescription>(std::move(*found->table));
  }

  static Result<void> wait_active(const Cloud& cloud, const std::string& name) {
    return cloud.wait_until("DynamoDB table " + name + " to become active", kChanging, [&]() -> Result<bool> {
      const auto table = TRY(find_table(cloud, name));
      if (!table) return fail("NotFound", "the table " + name + " is gone");
      const auto indexes = table->global_secondary_indexes.value_or(std::vector<dynamodb::GlobalSecondaryIndexDescription>{});
      return table->table_status == "ACTIVE" && std::ranges::all_of(indexes, [](const auto& index) { return index.index_status.value_or("ACTIVE") == "ACTIVE"; });
    });
  }

  static Result<void> change(const Cloud& cloud, const dynamodb::UpdateTableInput& request) {
    TRY(cloud.call<dynamodb::UpdateTableOutput>("dynamodb", "UpdateTable", request));
    return wait_active(cloud, *request.table_name);
  }

  /// Where the way of billing changes, indexes come along.
  static Result<void> change_capacity(const Cloud& cloud, const Record& prior, const Record& planned) {
    dynamodb::UpdateTableInput request;
    request.table_name = prior.text("id");
    const bool is_billed_anew = differs(prior, planned, "billing_mode");
    if (!is_billed_anew && planned.text("billing_mode") != "PROVISIONED") return {};
    if (is_billed_anew) request.billing_mode = planned.text("billing_mode");
    request.provisioned_throughput = throughput_of(planned, planned);
    if (is_billed_anew && request.provisioned_throughput) {
      for (const Record& index : prior.blocks("global_secondary_index")) {
        if (!request.global_secondary_index_updates) request.global_secondary_index_updates.emplace();
        auto& api = request.global_secondary_index_updates->emplace_back().update.emplace();
        api.index_name = index.text("name");
        api.provisioned_throughput = throughput_of(planned, index);
      }
    }
    return change(cloud, request);
  }

  static const Record* named(const std::vector<Record>& indexes, const std::string& name) {
    const auto found = std::ranges::find_if(indexes, [&](const Record& index) { return index.text("name") == name; });
    return found == indexes.end() ? nullptr : &*found;
  }

  static bool is_same_shape(const Record& a, const Record& b) { return !differs(a, b, {"hash_key", "range_key", "projection_type"}) && a.texts("non_key_attributes") == b.texts("non_key_attributes"); }

  /// One index a call, as DynamoDB takes them.
  static Result<void> change_indexes(const Cloud& cloud, const Record& prior, const Record& planned) {
    const auto before = prior.blocks("global_secondary_index"), after = planned.blocks("global_secondary_index");
    const auto one = [&](const std::function<void(dynamodb::GlobalSecondaryIndexUpdate&)>& fill) {
      dynamodb::UpdateTableInput request;
      request.table_name = prior.text("id");
      request.attribute_definitions = definitions_of(planned);
      fill(request.global_secondary_index_updates.emplace().emplace_back());
      return change(cloud, request);
    };
    for (const Record& old : before) {
      const Record* now = named(after, old.text("name"));
      if (now == nullptr || !is_same_shape(old, *now)) TRY(one([&](auto& update) { update.delete_.emplace().index_name = old.text("name"); }));
    }
    for (const Record& index : after) {
      const Record* old = named(before, index.text("name"));
      if (old == nullptr || !is_same_shape(*old, index)) {
        TRY(one([&](auto& update) {
          auto& made = update.create.emplace();
          made.index_name = index.text("name");
          made.key_schema = keys_of(index.text("hash_key"), index.text("range_key"));
          made.projection = projection_of(index);
          made.provisioned_throughput = throughput_of(planned, index);
        }));
      } else if (planned.text("billing_mode") == "PROVISIONED" && !differs(prior, planned, "billing_mode") && differs(*old, index, {"read_capacity", "write_capacity"})) {
        TRY(one([&](auto& update) {
          auto& changed = update.update.emplace();
          changed.index_name = index.text("name");
          changed.provisioned_throughput = throughput_of(planned, index);
        }));
      }
    }
    return {};
  }

  static dynamodb::StreamSpecification stream_of(const Record& planned) {
    dynamodb::StreamSpecification stream;
    stream.stream_enabled = planned.flag("stream_enabled");
    if (*stream.stream_enabled) stream.stream_view_type = planned.text("stream_view_type");
    return stream;
  }

  /// What a stream shows is settled when it is switched on.
  static Result<void> change_stream(const Cloud& cloud, const Record& prior, const Record& planned) {
    dynamodb::UpdateTableInput request;
    request.table_name = prior.text("id");
    if (prior.flag("stream_enabled")) {
      request.stream_specification.emplace().stream_enabled = false;
      TRY(change(cloud, request));
    }
    if (!planned.flag("stream_enabled")) return {};
    request.stream_specification = stream_of(planned);
    return change(cloud, request);
  }

  static Result<void> set_recovery(const Cloud& cloud, const Record& planned) {
    const Record wanted = planned.block("point_in_time_recovery");
    dynamodb::UpdateContinuousBackupsInput request;
    request.table_name = planned.text("name");
    auto& recovery = request.point_in_time_recovery_specification.emplace();
    recovery.point_in_time_recovery_enabled = wanted.flag("enabled");
    if (wanted.flag("enabled") && wanted.has("recovery_period_in_days")) recovery.recovery_period_in_days = static_cast<int32_t>(wanted.number("recovery_period_in_days"));
    TRY(cloud.call<dynamodb::UpdateContinuousBackupsOutput>("dynamodb", "UpdateContinuousBackups", request));
    return {};
  }

  static Result<void> read_recovery(const Cloud& cloud, Record& state) {
    dynamodb::DescribeContinuousBackupsInput request;
    request.table_name = state.text("id");
    const auto found = TRY(cloud.call<dynamodb::DescribeContinuousBackupsOutput>("dynamodb", "DescribeContinuousBackups", request));
    dynamodb::PointInTimeRecoveryDescription told;
    if (found.continuous_backups_description) told = found.continuous_backups_description->point_in_time_recovery_description.value_or(told);
    Record recovery;
    recovery.set("enabled", told.point_in_time_recovery_status == "ENABLED");
    recovery.set("recovery_period_in_days", told.recovery_period_in_days.value_or(0));
    state.set("point_in_time_recovery", std::vector<Record>{recovery});
    return {};
  }

  static Result<void> put_ttl(const Cloud& cloud, const std::string& table, const std::string& attribute, bool is_on) {
    dynamodb::UpdateTimeToLiveInput request;
    request.table_name = table;
    auto& wanted = request.time_to_live_specification.emplace();
    wanted.attribute_name = attribute;
    wanted.enabled = is_on;
    TRY(cloud.call<dynamodb::UpdateTimeToLiveOutput>("dynamodb", "UpdateTimeToLive", request));
    return {};
  }

  static Result<void> set_ttl(const Cloud& cloud, const Record& prior, const Record& planned) {
    const Record was = prior.block("ttl"), is = planned.block("ttl");
    const std::string table = planned.text("name");
    const bool goes_on = was.flag("enabled") && is.flag("enabled") && was.text("attribute_name") == is.text("attribute_name");
    if (goes_on) return {};
    if (was.flag("enabled")) TRY(put_ttl(cloud, table, was.text("attribute_name"), false));
    return is.flag("enabled") ? put_ttl(cloud, table, is.text("attribute_name"), true) : Result<void>();
  }

  static Result<void> read_ttl(const Cloud& cloud, Record& state) {
    dynamodb::DescribeTimeToLiveInput request;
    request.table_name = state.text("id");
    const auto found = TRY(cloud.call<dynamodb::DescribeTimeToLiveOutput>("dynamodb", "DescribeTimeToLive", request));
    const bool is_on = found.time_to_live_description && found.time_to_live_description->time_to_live_status == "ENABLED";
    if (!is_on && !state.block("ttl").flag("enabled") && state.has("ttl")) return {};  // a name that is switched off is known to the state alone
    Record ttl;
    ttl.set("enabled", is_on);
    ttl.set("attribute_name", is_on ? found.time_to_live_description->attribute_name.value_or("") : "");
    state.set("ttl", std::vector<Record>{ttl});
    return {};
  }

  static Result<void> update_tags(const Cloud& cloud, const Record& prior, const Record& planned) {
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
};

}  // namespace

void add_dynamodb_table(Provider& provider) { provider.resources["aws_dynamodb_table"] = std::make_unique<Table>(); }

}  // namespace landfall::terraform::aws_types
