#include "terraform/inert/plausible.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/inert/types.h"

namespace landfall::terraform::inert {
namespace {

using hcl::Type;
using hcl::Value;

constexpr std::string_view kArn = "arn:aws:inert:";
const std::string kZone = "availability_zone";
constexpr auto kHosts = std::to_array<std::string_view>({"address", "endpoint", "host", "hostname", "dns_name", "domain_name", "fqdn", "domain"});
constexpr auto kLists = std::to_array<std::string_view>({"ids", "arns", "names", "addresses", "addrs", "ips", "cidrs", "cidr_blocks", "availability_zones", "endpoints", "subnets"});

/// The last word of a name is `word`: "subnet_id", "id".
bool ends_in(const std::string& name, std::string_view word) { return name == word || name.ends_with("_" + std::string(word)); }

int port_of(const std::string& type) {
  static const std::vector<std::pair<std::string_view, int>> kKnown{{"mysql", 3306}, {"db", 5432}, {"rds", 5432}, {"postgres", 5432}, {"elasticache", 6379}, {"redis", 6379}, {"memcached", 11211}, {"mq", 5671}, {"kafka", 9092}, {"msk", 9092}, {"redshift", 5439}, {"docdb", 27017}};
  for (const std::string& word : split(type, '_')) {
    for (const auto& [known, port] : kKnown) {
      if (word == known) return port;
    }
  }
  return 443;
}

Value leaf(const Instance& instance, const std::string& name) {
  const std::string host = fmt::format("{}.{}.inert.invalid", instance.id, replace_all(instance.type, "_", "-"));
  if (name == "id") return Value::string(instance.id);
  if (ends_in(name, "arn")) return Value::string(fmt::format("{}{}:{}:{}/{}", kArn, instance.region, instance.account, instance.type, instance.id));
  if (ends_in(name, "port")) return Value::number(port_of(instance.type));
  if (ends_in(name, "ip") || ends_in(name, "addr")) return Value::string("192.0.2.1");
  if (ends_in(name, "cidr") || ends_in(name, "cidr_block")) return Value::string("192.0.2.0/24");
  if (ends_in(name, "url") || ends_in(name, "uri")) return Value::string("https://" + host + "/");
  if (std::ranges::any_of(kHosts, [&](std::string_view word) { return ends_in(name, word); })) return Value::string(host);
  if (name == "tags" || name == "tags_all") return Value::object({});
  if (name.starts_with("is_") || ends_in(name, "enabled")) return Value::boolean(false);
  if (ends_in(name, "count") || ends_in(name, "size")) return Value::number(0);
  if (name == "region") return Value::string(instance.region);
  if (ends_in(name, kZone)) return Value::string(instance.zones.empty() ? instance.region + "a" : instance.zones[0]);
  if (ends_in(name, "account_id") || name == "owner_id") return Value::string(instance.account);
  const auto list = std::ranges::find_if(kLists, [&](std::string_view word) { return ends_in(name, word); });
  if (list != kLists.end()) return Value::tuple({leaf(instance, std::string(list->substr(0, list->size() - (list->ends_with("sses") ? 2 : 1))))});
  if (ends_in(name, "id") || ends_in(name, "name") || ends_in(name, "identifier")) return Value::string(instance.id);
  return Value::string("inert-" + replace_all(name, "_", "-"));
}

}  // namespace

bool is_made_up_reference(const std::string& name, const Value& value) {
  const Value plain = value.without_marks();
  if (!plain.has_value() || plain.type() != Type::string() || !(ends_in(name, "id") || ends_in(name, "arn"))) return false;
  const std::string& text = plain.as_string();
  return text.starts_with(kArn) || is_inert_id(text);
}

Value plausible(const Instance& instance, const std::string& name, const Asked& asked) {
  if (asked.element && asked.element->members.contains(kZone) && !instance.zones.empty()) {
    std::vector<Value> rows;
    for (const std::string& zone : instance.zones) {
      Instance there = instance;
      there.zones = {zone};
      rows.push_back(plausible(there, name, *asked.element));
    }
    return Value::tuple(std::move(rows));
  }
  if (asked.element) return Value::tuple({plausible(instance, name, *asked.element)});
  if (asked.is_leaf()) return leaf(instance, name);
  std::vector<Value::Field> fields;
  for (const auto& [member, inside] : asked.members) fields.push_back({member, plausible(instance, member, inside)});
  return Value::object(std::move(fields));
}

Value completed(const Instance* instance, const Value& value, const std::string& name, const Asked& asked) {
  const Value plain = value.without_marks();
  if (!plain.has_value()) return value;
  if (plain.type().has_fields() && !asked.members.empty()) {
    std::vector<Value::Field> fields;
    for (const Value::Field& field : plain.fields()) {
      const auto inside = asked.members.find(field.name);
      fields.push_back({field.name, inside == asked.members.end() ? field.value : completed(instance, field.value, field.name, inside->second)});
    }
    for (const auto& [member, inside] : asked.members) {
      if (plain.find(member) == nullptr) fields.push_back({member, instance == nullptr ? Value::unknown() : plausible(*instance, member, inside)});
    }
    return Value::object(std::move(fields)).with_marks(value.marks());
  }
  if (plain.type().is_sequence() && asked.element) {
    std::vector<Value> elements;
    for (const Value& element : plain.elements()) elements.push_back(completed(instance, element, name, *asked.element));
    return Value::tuple(std::move(elements)).with_marks(value.marks());
  }
  return value;
}

bool is_completed(const Value& there, const Value& wanted, const Asked& asked) {
  if (!there.is_known() || !wanted.is_known()) return false;
  if (there.is_null() || wanted.is_null()) return there.is_null() && wanted.is_null();
  if (there.type().has_fields() && wanted.type().has_fields()) {
    static const Asked nothing;
    const auto inside = [&](const std::string& name) -> const Asked* {
      const auto found = asked.members.find(name);
      return found == asked.members.end() ? nullptr : &found->second;
    };
    for (const Value::Field& field : wanted.fields()) {
      const Value* other = there.find(field.name);
      const Asked* its = inside(field.name);
      if (other == nullptr || !is_completed(*other, field.value, its == nullptr ? nothing : *its)) return false;
    }
    return std::ranges::all_of(there.fields(), [&](const Value::Field& field) { return wanted.find(field.name) != nullptr || inside(field.name) != nullptr; });
  }
  if (there.type().is_sequence() && wanted.type().is_sequence()) {
    static const Asked nothing;
    const Asked& inside = asked.element ? *asked.element : nothing;
    return std::ranges::equal(there.elements(), wanted.elements(), [&](const Value& a, const Value& b) { return is_completed(a, b, inside); });
  }
  return there.without_marks() == wanted.without_marks();
}

}  // namespace landfall::terraform::inert
