#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "terraform/aws/elbv2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;
constexpr std::chrono::seconds kMaking{600};

/// Arguments and the attributes of the API that they stand for.
struct Setting {
  const char* name;
  const char* key;
  char kind;   ///< t text, n number, f flag
  char types;  ///< of load balancers that have it: a application, n network, b both
};
constexpr Setting kSettings[] = {
    {"idle_timeout", "idle_timeout.timeout_seconds", 'n', 'a'},
    {"client_keep_alive", "client_keep_alive.seconds", 'n', 'a'},
    {"enable_deletion_protection", "deletion_protection.enabled", 'f', 'b'},
    {"enable_http2", "routing.http2.enabled", 'f', 'a'},
    {"drop_invalid_header_fields", "routing.http.drop_invalid_header_fields.enabled", 'f', 'a'},
    {"preserve_host_header", "routing.http.preserve_host_header.enabled", 'f', 'a'},
    {"enable_xff_client_port", "routing.http.xff_client_port.enabled", 'f', 'a'},
    {"xff_header_processing_mode", "routing.http.xff_header_processing.mode", 't', 'a'},
    {"enable_tls_version_and_cipher_suite_headers", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", 'f', 'a'},
    {"desync_mitigation_mode", "routing.http.desync_mitigation_mode", 't', 'a'},
    {"enable_waf_fail_open", "waf.fail_open.enabled", 'f', 'a'},
    {"enable_zonal_shift", "zonal_shift.config.enabled", 'f', 'b'},
    {"enable_cross_zone_load_balancing", "load_balancing.cross_zone.enabled", 'f', 'n'},  // an application one always crosses zones
    {"dns_record_client_routing_policy", "dns_record.client_routing_policy", 't', 'n'},
};

/// Landfall moves no traffic between zones.
std::string unshifted(const Value& shifts) { return shifts.as_bool() ? "to be false: Landfall does not support zonal shifts yet" : ""; }

bool is_network(const Record& record) { return record.text("load_balancer_type") == "network"; }
bool has_setting(const Record& balancer, const Setting& setting) { return setting.types == 'b' || (setting.types == 'n') == is_network(balancer); }

std::string to_text(const Record& record, const Setting& setting) {
  if (setting.kind == 'f') return record.flag(setting.name) ? "true" : "false";
  return setting.kind == 'n' ? std::to_string(record.number(setting.name)) : record.text(setting.name);
}

/// Blocks of the same name as the beginning of their attributes' keys.
constexpr const char* kLogs[] = {"access_logs", "connection_logs"};
Block logs_block(const char* name) { return one_block(name, {.attributes = {text("bucket").required(), text("prefix"), flag("enabled").defaults(false)}}).computed(); }

/// Where they go is told while they are on only.
void add_log_attributes(const char* name, const Record& logs, std::vector<elbv2::LoadBalancerAttribute>& attributes) {
  const auto add = [&](const char* part, std::string value) {
    auto& attribute = attributes.emplace_back();
    attribute.key = fmt::format("{}.s3.{}", name, part);
    attribute.value = std::move(value);
  };
  add("enabled", logs.flag("enabled") ? "true" : "false");
  if (!logs.flag("enabled")) return;
  add("bucket", logs.text("bucket"));
  add("prefix", logs.text("prefix"));
}

/// Another place of logs that are off, and stay so, is no change.
void keep_place_while_off(const char* name, const Planned& change) {
  if (change.prior == nullptr || change.prior->blocks(name).empty() || change.planned.blocks(name).empty()) return;
  const Value enabled = change.planned.block(name).value("enabled");
  const bool stays_off = enabled.is_known() && !change.planned.block(name).flag("enabled") && !change.prior->block(name).flag("enabled");
  if (stays_off) change.planned.set(name, change.prior->blocks(name));
}

/// While they are off, what is written of their place stands.
void read_logs(const char* name, const std::map<std::string, std::string>& values, Record& state) {
  const auto value = [&](const char* part) {
    const auto found = values.find(fmt::format("{}.s3.{}", name, part));
    return found == values.end() ? std::string() : found->second;
  };
  const bool is_on = value("enabled") == "true";
  if (!is_on && state.blocks(name).empty()) return;
  Record logs = is_on ? Record() : state.block(name);
  logs.set("enabled", is_on);
  if (is_on) {
    logs.set("bucket", value("bucket"));
    logs.set("prefix", value("prefix"));
  }
  state.set(name, std::vector<Record>{logs});
}

class LoadBalancer final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("arn_suffix").read_only(), text("dns_name").read_only(), text("zone_id").read_only(), text("vpc_id").read_only(),
        text("name").computed().forces_new().checked(check_elb_name), text("name_prefix").computed().forces_new().checked(check_elb_name_prefix), flag("internal").computed().forces_new(),
        text("load_balancer_type").defaults("application").forces_new().checked(one_of({"application", "network"})).carried_if([](const Value& type) { return type.as_string() == "application" || type.as_string() == "network"; }).deciding(), text("ip_address_type").computed().checked(one_of({"ipv4"})).carried_if([](const Value& type) { return type.as_string() == "ipv4"; }),
        text_set("security_groups").computed(), text_set("subnets").computed(),
        number("idle_timeout").defaults(60).checked(between(1, 4000)), number("client_keep_alive").defaults(3600).checked(between(60, 604800)), flag("enable_deletion_protection").defaults(false),
        flag("enable_http2").defaults(true), flag("drop_invalid_header_fields").defaults(false), flag("preserve_host_header").defaults(false), flag("enable_xff_client_port").defaults(false),
        text("xff_header_processing_mode").defaults("append").checked(one_of({"append", "preserve", "remove"})), flag("enable_tls_version_and_cipher_suite_headers").defaults(false),
        text("desync_mitigation_mode").defaults("defensive").checked(one_of({"monitor", "defensive", "strictest"})), flag("enable_waf_fail_open").defaults(false),
        flag("enable_cross_zone_load_balancing").computed(), refused(text("customer_owned_ipv4_pool")), flag("enable_zonal_shift").defaults(false).checked(unshifted).carried_if([](const Value& shifts) { return unshifted(shifts).empty(); }),
        text("dns_record_client_routing_policy").computed().checked(one_of({"any_availability_zone"})).carried_if([](const Value& policy) { return policy.as_string() == "any_availability_zone"; }),
        text("enforce_security_group_inbound_rules_on_private_link_traffic").computed().checked(one_of({"on", "off"})), refused(number("secondary_ips_auto_assigned_per_subnet").computed()),
        refused_blocks("health_check_logs"), refused_blocks("ipam_pools"), refused_blocks("minimum_load_balancer_capacity"),
    }, .blocks = {
        logs_block("access_logs"), logs_block("connection_logs"),
        set_block("subnet_mapping", {.attributes = {text("subnet_id").required(), text("allocation_id"), text("private_ipv4_address"), refused(text("ipv6_address")), text("outpost_id").read_only()}}).computed(),
    }});
    return schema;
  }

  /// An application load balancer crosses zones, whatever is written. A network one keeps its subnets with their addresses, and whether it has
  /// security groups (provider docs, aws_lb).
  Result<void> adjust(const Cloud&, const Planned& change) const override {
    for (const char* logs : {"access_logs", "connection_logs"}) keep_place_while_off(logs, change);
    const bool is_written = change.config.value("enable_cross_zone_load_balancing").has_value() || !change.config.value("enable_cross_zone_load_balancing").is_known();
    if (!is_network(change.planned)) {
      if (change.prior != nullptr || is_written) change.planned.set("enable_cross_zone_load_balancing", true);
      return {};
    }
    if (!is_written) change.planned.set("enable_cross_zone_load_balancing", false);
    if (change.prior == nullptr) return {};
    const bool had_groups = !change.prior->texts("security_groups").empty();
    const Value groups = change.planned.value("security_groups");
    if (groups.is_wholly_known() && had_groups == change.planned.texts("security_groups").empty()) change.replaced_by.emplace_back("security_groups");
    const auto subnets = change.planned.texts("subnets");
    const bool keeps_all = std::ranges::all_of(change.prior->texts("subnets"), [&](const std::string& id) { return std::ranges::count(subnets, id) > 0; });
    if (change.planned.value("subnets").is_wholly_known() && !keeps_all) change.replaced_by.emplace_back("subnets");
    if (change.config.value("subnet_mapping").is_wholly_known() && !change.config.blocks("subnet_mapping").empty() && !keeps_mappings(*change.prior, change.config)) change.replaced_by.emplace_back("subnet_mapping");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::CreateLoadBalancerInput request;
    request.name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "tf-lb-") + cloud.ids->hex(26);
    request.scheme = planned.flag("internal") ? "internal" : "internet-facing";
    request.type = planned.text("load_balancer_type");
    if (planned.has("security_groups")) request.security_groups = planned.texts("security_groups");
    if (!planned.blocks("subnet_mapping").empty()) request.subnet_mappings = mappings_of(planned);
    else request.subnets = planned.texts("subnets");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<elbv2::Tag>(tags);
    const auto made = TRY(cloud.call<elbv2::CreateLoadBalancerOutput>("elbv2", "CreateLoadBalancer", request));
    const std::string arn = made.load_balancers->front().load_balancer_arn.value_or("");
    state.set("id", arn);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    TRY(write_settings(cloud, arn, nullptr, planned));
    if (is_network(planned) && planned.has("enforce_security_group_inbound_rules_on_private_link_traffic")) TRY(write_groups(cloud, arn, planned));
    return cloud.wait_until("load balancer " + *request.name + " to become active", kMaking, [&]() -> Result<bool> {
      const auto balancer = TRY(find(cloud, arn));
      if (!balancer) return fail("LoadBalancerNotFound", "the load balancer " + arn + " is gone");
      const std::string code = balancer->state ? balancer->state->code.value_or("") : "";
      if (code == "failed") return fail("LoadBalancerFailed", balancer->state->reason.value_or("the load balancer failed"));
      return code == "active";
    });
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    const auto balancer = TRY(find(cloud, arn));
    if (!balancer) return false;
    state.set("arn", arn);
    state.set("arn_suffix", arn.substr(arn.find("loadbalancer/") + 13));
    state.set("name", balancer->load_balancer_name.value_or(""));
    state.set("dns_name", balancer->dns_name.value_or(""));
    state.set("zone_id", balancer->canonical_hosted_zone_id.value_or(""));
    state.set("vpc_id", balancer->vpc_id.value_or(""));
    state.set("internal", balancer->scheme == "internal");
    state.set("load_balancer_type", balancer->type.value_or("application"));
    state.set("ip_address_type", balancer->ip_address_type.value_or("ipv4"));
    state.set("security_groups", balancer->security_groups.value_or(std::vector<std::string>{}));
    std::vector<std::string> subnets;
    std::vector<Record> mappings;
    for (const auto& zone : balancer->availability_zones.value_or(std::vector<elbv2::AvailabilityZone>{})) {
      subnets.push_back(zone.subnet_id.value_or(""));
      Record& mapping = mappings.emplace_back();
      mapping.set("subnet_id", subnets.back());
      if (!zone.load_balancer_addresses || zone.load_balancer_addresses->empty()) continue;
      mapping.set("allocation_id", zone.load_balancer_addresses->front().allocation_id.value_or(""));
      mapping.set("private_ipv4_address", zone.load_balancer_addresses->front().private_i_pv4_address.value_or(""));
    }
    state.set("subnets", subnets);
    state.set("subnet_mapping", mappings);
    state.set("enforce_security_group_inbound_rules_on_private_link_traffic", balancer->enforce_security_group_inbound_rules_on_private_link_traffic.value_or(""));
    state.set("enable_cross_zone_load_balancing", true);  // told otherwise below, of a network load balancer
    TRY(read_settings(cloud, arn, state));
    TRY(read_elb_tags(cloud, arn, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    const bool is_enforced_anew = is_network(planned) && differs(prior, planned, "enforce_security_group_inbound_rules_on_private_link_traffic");
    if (differs(prior, planned, "security_groups") || is_enforced_anew) TRY(write_groups(cloud, arn, planned));
    const bool maps_anew = differs(prior, planned, "subnet_mapping") && !planned.blocks("subnet_mapping").empty();
    if (differs(prior, planned, "subnets") || maps_anew) {
      elbv2::SetSubnetsInput request;
      request.load_balancer_arn = arn;
      if (maps_anew) request.subnet_mappings = mappings_of(planned);
      else request.subnets = planned.texts("subnets");
      TRY(cloud.call<elbv2::SetSubnetsOutput>("elbv2", "SetSubnets", request));
    }
    TRY(write_settings(cloud, arn, &prior, planned));
    return update_elb_tags(cloud, arn, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeleteLoadBalancerInput request;
    request.load_balancer_arn = state.text("id");
    return ignore_gone(cloud.call<elbv2::DeleteLoadBalancerOutput>("elbv2", "DeleteLoadBalancer", request));
  }

 private:
  static std::vector<elbv2::SubnetMapping> mappings_of(const Record& planned) {
    std::vector<elbv2::SubnetMapping> mappings;
    for (const Record& block : planned.blocks("subnet_mapping")) {
      elbv2::SubnetMapping& mapping = mappings.emplace_back();
      mapping.subnet_id = block.text("subnet_id");
      if (!block.text("allocation_id").empty()) mapping.allocation_id = block.text("allocation_id");
      if (!block.text("private_ipv4_address").empty()) mapping.private_i_pv4_address = block.text("private_ipv4_address");
    }
    return mappings;
  }

  /// Whether each subnet that there is stays, with its address.
  static bool keeps_mappings(const Record& prior, const Record& config) {
    const auto wanted = config.blocks("subnet_mapping");
    return std::ranges::all_of(prior.blocks("subnet_mapping"), [&](const Record& there) {
      return std::ranges::any_of(wanted, [&](const Record& one) { return one.text("subnet_id") == there.text("subnet_id") && one.text("allocation_id") == there.text("allocation_id") && one.text("private_ipv4_address") == there.text("private_ipv4_address"); });
    });
  }

  static Result<void> write_groups(const Cloud& cloud, const std::string& arn, const Record& planned) {
    elbv2::SetSecurityGroupsInput request;
    request.load_balancer_arn = arn;
    request.security_groups = planned.texts("security_groups");
    const std::string enforced = planned.text("enforce_security_group_inbound_rules_on_private_link_traffic");
    if (is_network(planned) && !enforced.empty()) request.enforce_security_group_inbound_rules_on_private_link_traffic = enforced;
    TRY(cloud.call<elbv2::SetSecurityGroupsOutput>("elbv2", "SetSecurityGroups", request));
    return {};
  }

  static Result<std::optional<elbv2::LoadBalancer>> find(const Cloud& cloud, const std::string& arn) {
    elbv2::DescribeLoadBalancersInput request;
    request.load_balancer_arns = std::vector<std::string>{arn};
    auto found = TRY(look_up<elbv2::DescribeLoadBalancersOutput>(cloud, "elbv2", "DescribeLoadBalancers", request));
    if (!found || !found->load_balancers || found->load_balancers->empty()) return std::optional<elbv2::LoadBalancer>();
    return std::optional<elbv2::LoadBalancer>(std::move(found->load_balancers->front()));
  }

  /// What differs from before, or, for a new one, from the API's defaults.
  Result<void> write_settings(const Cloud& cloud, const std::string& arn, const Record* prior, const Record& planned) const {
    elbv2::ModifyLoadBalancerAttributesInput request;
    request.load_balancer_arn = arn;
    request.attributes.emplace();
    for (const Setting& setting : kSettings) {
      const Value& by_default = schema().attribute(setting.name)->default_value;
      const bool differs_now = prior != nullptr ? differs(*prior, planned, setting.name) : !(planned.value(setting.name) == by_default);
      if (!differs_now || !planned.has(setting.name) || !has_setting(planned, setting)) continue;
      auto& attribute = request.attributes->emplace_back();
      attribute.key = setting.key;
      attribute.value = to_text(planned, setting);
    }
    for (const char* name : kLogs) {
      const bool differs_now = prior != nullptr ? differs(*prior, planned, name) : planned.block(name).flag("enabled");
      if (differs_now && planned.has(name)) add_log_attributes(name, planned.block(name), *request.attributes);
    }
    if (request.attributes->empty()) return {};
    TRY(cloud.call<elbv2::ModifyLoadBalancerAttributesOutput>("elbv2", "ModifyLoadBalancerAttributes", request));
    return {};
  }

  static Result<void> read_settings(const Cloud& cloud, const std::string& arn, Record& state) {
    elbv2::DescribeLoadBalancerAttributesInput request;
    request.load_balancer_arn = arn;
    const auto found = TRY(cloud.call<elbv2::DescribeLoadBalancerAttributesOutput>("elbv2", "DescribeLoadBalancerAttributes", request));
    std::map<std::string, std::string> values;
    for (const auto& attribute : found.attributes.value_or(std::vector<elbv2::LoadBalancerAttribute>{})) values[attribute.key.value_or("")] = attribute.value.value_or("");
    for (const Setting& setting : kSettings) {
      const auto value = values.find(setting.key);
      if (value == values.end() || !has_setting(state, setting)) continue;
      if (setting.kind == 'f') state.set(setting.name, value->second == "true");
      else if (setting.kind == 'n') state.set(setting.name, static_cast<int64_t>(std::atoll(value->second.c_str())));
      else state.set(setting.name, value->second);
    }
    for (const char* name : kLogs) read_logs(name, values, state);
    return {};
  }
};

}  // namespace

void add_load_balancer(Provider& provider) { add_twice<LoadBalancer>(provider, ""); }

}  // namespace landfall::terraform::aws_types
