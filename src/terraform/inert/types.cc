#include "terraform/inert/types.h"

#include <algorithm>

#include "aws/shapes/ec2.h"
#include "base/digest.h"
#include "base/text.h"
#include "hcl/value_json.h"
#include "terraform/configuration.h"

namespace landfall::terraform::inert {
namespace {

/// All write-only arguments of the official providers end so.
constexpr std::string_view kWriteOnly = "_wo";

bool is_own_block(std::string_view type) { return type == "lifecycle" || type == "provisioner" || type == "connection" || type == "timeouts"; }

Value known_part(const Value& value) {
  const Value plain = value.without_marks();
  if (!plain.is_known()) return Value();
  if (plain.is_null() || plain.is_wholly_known()) return value;
  if (plain.type().has_fields()) {
    std::vector<Value::Field> fields;
    for (const auto& [name, member] : plain.fields()) {
      if (member.is_known()) fields.push_back({name, known_part(member)});
    }
    return Value::object(std::move(fields));
  }
  std::vector<Value> elements;
  for (const Value& element : plain.elements()) elements.push_back(known_part(element));
  return Value::tuple(std::move(elements));
}

}  // namespace

std::string inert_id(const std::string& digits) { return "inert-" + digits; }
bool is_inert_id(std::string_view id) {
  return id.size() == inert_id("").size() + kIdDigits && id.starts_with(inert_id("")) && id.find_first_not_of("0123456789abcdef", inert_id("").size()) == std::string_view::npos;
}

Shape::Shape(std::string type, Asked asked) : type_(std::move(type)), asked_(std::make_shared<const Asked>(std::move(asked))), schema_{.is_loose = true, .is_exact = true} {
  schema_.attributes.push_back(of_type("id", Type::dynamic()).computed());
  for (const auto& [name, inside] : asked_->members) add(name, false, false);
}

void Shape::add(const hcl::Body& body) {
  for (const hcl::Attribute& attribute : body.attributes) {
    if (!is_meta_argument(attribute.name)) add(attribute.name, true, false);
  }
  for (const hcl::Block& block : body.blocks) {
    const std::string& name = block.type == "dynamic" && !block.labels.empty() ? block.labels[0].text : block.type;
    if (!is_own_block(name)) add(name, true, true);
  }
}

void Shape::add(const std::set<std::string>& names) {
  for (const std::string& name : names) add(name, true, false);
}

void Shape::add(const std::string& name, bool is_written, bool is_block) {
  const auto found = std::ranges::find(schema_.attributes, name, &Attribute::name);
  if (found == schema_.attributes.end()) {
    Attribute made = of_type(name, Type::dynamic()).same_if([asked = asked_, name](const Value& there, const Value& wanted) {
      static const Asked nothing;
      const auto inside = asked->members.find(name);
      return is_completed(there, wanted, inside == asked->members.end() ? nothing : inside->second);
    });
    made.is_optional = true;
    made.is_computed = !is_written || asked_for(name) != nullptr;
    made.takes_blocks = made.is_block_list = is_block;
    made.is_write_only = made.is_sensitive = name.ends_with(kWriteOnly);
    schema_.attributes.push_back(std::move(made));
  } else if (is_block) {
    found->takes_blocks = found->is_block_list = true;
  }
}

const Asked* Shape::asked_for(const std::string& name) const {
  const auto found = asked_->members.find(name);
  return found == asked_->members.end() ? nullptr : &found->second;
}

void Shape::take_known(const Record& planned, Record& state) const {
  for (const Attribute& attribute : schema_.attributes) {
    const Value value = planned.value(attribute.name);
    if (value.is_known() && !value.is_wholly_known()) state.set(attribute.name, known_part(value));
  }
}

void Shape::complete(const Instance* instance, Record& record) const {
  for (const Attribute& attribute : schema_.attributes) {
    const Value value = record.value(attribute.name);
    const Asked* asked = asked_for(attribute.name);
    if (asked == nullptr) continue;
    if (value.is_null() && instance != nullptr) record.set(attribute.name, plausible(*instance, attribute.name, *asked));
    else if (!value.is_null()) record.set(attribute.name, completed(instance, value, attribute.name, *asked));
  }
}

Result<Instance> Shape::instance(const Cloud& cloud, std::string id) const {
  Instance instance{.type = type_, .id = std::move(id), .region = cloud.region, .account = cloud.account};
  if (!cloud.client || !asked_->asks_for("availability_zone")) return instance;
  const auto found = TRY(cloud.call<aws::ec2::DescribeAvailabilityZonesResult>("ec2", "DescribeAvailabilityZones", aws::ec2::DescribeAvailabilityZonesRequest{}));
  for (const auto& zone : found.availability_zones.value_or(std::vector<aws::ec2::AvailabilityZone>{})) instance.zones.push_back(zone.zone_name.value_or(""));
  return instance;
}

Result<void> InertType::adjust(const Cloud&, const Planned& plan) const {
  shape_.complete(nullptr, plan.planned);
  return {};
}

Result<void> InertType::create(const Cloud& cloud, const Record& planned, Record& state) const {
  shape_.take_known(planned, state);
  if (!state.has("id")) state.set("id", inert_id(cloud.ids->hex(kIdDigits)));
  return {};
}

/// Makes up what is asked of it since it was recorded.
Result<bool> InertType::read(const Cloud& cloud, Record& state) const {
  const Instance instance = TRY(shape_.instance(cloud, state.text("id")));
  shape_.complete(&instance, state);
  return true;
}

Result<void> InertType::update_state(const Cloud&, const Record&, const Record& planned, Record& state) const {
  shape_.take_known(planned, state);
  return {};
}

Result<void> InertSource::read(const Cloud& cloud, Record& state) const {
  const std::string id = inert_id(to_hex(sha256(type_ + hcl::to_json(state.to_value()))).substr(0, kIdDigits));
  const Instance instance = TRY(shape_.instance(cloud, id));
  if (!state.has("id")) state.set("id", id);
  shape_.complete(&instance, state);
  return {};
}

}  // namespace landfall::terraform::inert
