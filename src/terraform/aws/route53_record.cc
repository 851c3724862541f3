#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/record_routing.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

/// TXT values are written without their quotes.
std::string to_wire(const std::string& type, const std::string& value) {
  if (type != "TXT" && type != "SPF") return value;
  return value.starts_with('"') ? value : "\"" + value + "\"";
}

const std::vector<std::string> kTypes{"A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"};

class RecordSet final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = {text("id").read_only(), text("zone_id").required().forces_new(), text("name").required().forces_new().same_if(is_same_domain), text("fqdn").read_only(), text("type").required().checked(one_of(kTypes)), number("ttl"), text_set("records"),
                                 flag("allow_overwrite").computed()},
                  .blocks = {one_block("alias", {.attributes = {text("name").required().same_if(is_same_alias), text("zone_id").required(), flag("evaluate_target_health").required()}})}};
      std::ranges::move(routing_attributes(), std::back_inserter(made.attributes));
      std::ranges::move(routing_blocks(), std::back_inserter(made.blocks));
      return made;
    }();
    return schema;
  }
  int schema_version() const override { return 2; }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior != nullptr && is_other_set(*change.prior, change.planned)) change.planned.set("id", Value::unknown(Type::string()));
    return check_routing(change.planned);
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string zone = zone_id(planned.text("zone_id")), name = TRY(full_name(cloud, zone, planned.text("name")));
    TRY(change_record(cloud, zone, planned.flag("allow_overwrite") ? "UPSERT" : "CREATE", to_api(planned, name)));
    state.set("id", id_of(planned));
    state.set("fqdn", name);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string zone = zone_id(state.text("zone_id"));
    std::string name = state.text("fqdn");
    if (name.empty()) {
      const auto full = full_name(cloud, zone, state.text("name"));
      if (!full && is_gone(full.error())) return false;
      name = TRY(Result<std::string>(full));
    }
    const auto answer = find_record(cloud, zone, name, state.text("type"), state.text("set_identifier"));
    if (!answer && is_gone(answer.error())) return false;
    if (!answer) return std::unexpected(answer.error());
    const auto& found = *answer;
    if (!found) return false;
    state.set("name", canonical_domain(state.text("name")));  // as the official provider keeps it
    state.set("fqdn", canonical_domain(name));
    if (found->ttl) state.set("ttl", *found->ttl);
    else state.clear("ttl");
    std::vector<std::string> values;
    for (const auto& record : found->resource_records.value_or(std::vector<route53::ResourceRecord>{})) {
      std::string value = record.value.value_or("");
      const bool is_text = state.text("type") == "TXT" || state.text("type") == "SPF";
      if (is_text && value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
      values.push_back(value);
    }
    if (!values.empty() || state.has("records")) state.set("records", values);
    std::vector<Record> aliases;
    if (found->alias_target) {
      Record& alias = aliases.emplace_back();
      alias.set("name", canonical_domain(found->alias_target->dns_name.value_or("")));
      alias.set("zone_id", found->alias_target->hosted_zone_id.value_or(""));
      alias.set("evaluate_target_health", found->alias_target->evaluate_target_health.value_or(false));
    }
    state.set("alias", aliases);
    tell_routing(*found, state);
    return true;
  }

  /// What is another set to Route 53 takes the old one's place in one change.
  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override {
    const std::string zone = zone_id(prior.text("zone_id")), name = prior.text("fqdn");
    if (!is_other_set(prior, planned)) return change_record(cloud, zone, "UPSERT", to_api(planned, name));
    TRY(change_records(cloud, zone, {record_change("DELETE", to_api(prior, name)), record_change("CREATE", to_api(planned, name))}));
    state.set("id", id_of(planned));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto done = change_record(cloud, zone_id(state.text("zone_id")), "DELETE", to_api(state, state.text("fqdn")));
    if (!done && done.error().code == "InvalidChangeBatch" && done.error().what.find("not found") != std::string::npos) return {};
    return ignore_gone(done);
  }

  /// "ZONE_NAME_TYPE" or "ZONE_NAME_TYPE_SETIDENTIFIER"; a name may hold "_" too.
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::vector<std::string> parts = split(id, '_');
    const auto type = parts.size() < 3 ? parts.end() : std::find_if(parts.begin() + 2, parts.end(), [](const std::string& part) { return std::ranges::count(kTypes, part) > 0; });
    if (type == parts.end()) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected ZONEID_NAME_TYPE[_SETIDENTIFIER]", id));
    Record record;
    record.set("id", id);
    record.set("zone_id", parts[0]);
    record.set("name", canonical_domain(join({parts.begin() + 1, type}, "_")));
    record.set("type", *type);
    if (type + 1 != parts.end()) record.set("set_identifier", join({type + 1, parts.end()}, "_"));
    return record;
  }

 private:
  static bool is_other_set(const Record& prior, const Record& planned) { return differs(prior, planned, {"type", "set_identifier"}); }

  static std::string id_of(const Record& record) {
    std::string id = zone_id(record.text("zone_id")) + "_" + canonical_domain(record.text("name")) + "_" + record.text("type");
    return record.text("set_identifier").empty() ? id : id + "_" + record.text("set_identifier");
  }

  static bool is_same_alias(const Value& there, const Value& wanted) {
    const auto plain = [](const Value& v) {
      std::string text = canonical_domain(v.as_string());
      return text.starts_with("dualstack.") ? text.substr(10) : text;
    };
    return there.has_value() && wanted.has_value() && plain(there) == plain(wanted);
  }

  /// "www" in zone "matabit.org" is www.matabit.org; a name that ends in the zone's stays.
  static Result<std::string> full_name(const Cloud& cloud, const std::string& zone, const std::string& name) {
    route53::GetHostedZoneRequest request;
    request.id = zone;
    const auto found = TRY(cloud.call<route53::GetHostedZoneResponse>("route53", "GetHostedZone", request));
    const std::string domain = canonical_domain(found.hosted_zone->name.value_or("")), wanted = canonical_domain(name);
    if (wanted.empty()) return domain;
    if (wanted == domain || wanted.ends_with("." + domain)) return wanted;
    return wanted + "." + domain;
  }

  static route53::ResourceRecordSet to_api(const Record& record, const std::string& name) {
    route53::ResourceRecordSet api;
    api.name = name;
    api.type = record.text("type");
    for (const Record& alias : record.blocks("alias")) {
      auto& target = api.alias_target.emplace();
      target.dns_name = alias.text("name");
      target.hosted_zone_id = alias.text("zone_id");
      target.evaluate_target_health = alias.flag("evaluate_target_health");
    }
    if (record.has("ttl") && !api.alias_target) api.ttl = record.number("ttl");
    for (const std::string& value : record.texts("records")) {
      if (!api.resource_records) api.resource_records.emplace();
      api.resource_records->emplace_back().value = to_wire(*api.type, value);
    }
    fill_routing(record, api);
    return api;
  }
};

}  // namespace

void add_route53_record(Provider& provider) { provider.resources["aws_route53_record"] = std::make_unique<RecordSet>(); }

}  // namespace landfall::terraform::aws_types
