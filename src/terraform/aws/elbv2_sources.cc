#include <fmt/format.h>

#include "terraform/aws/elbv2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of Elastic Load Balancing, under both names of each.
namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

const Names kBalancer{"arn_suffix", "client_keep_alive", "desync_mitigation_mode", "dns_name", "dns_record_client_routing_policy", "drop_invalid_header_fields", "enable_cross_zone_load_balancing", "enable_deletion_protection", "enable_http2",
                      "enable_tls_version_and_cipher_suite_headers", "enable_waf_fail_open", "enable_xff_client_port", "enable_zonal_shift", "access_logs", "connection_logs", "enforce_security_group_inbound_rules_on_private_link_traffic", "idle_timeout", "internal", "ip_address_type", "load_balancer_type", "preserve_host_header",
                      "security_groups", "subnet_mapping", "subnets", "vpc_id", "xff_header_processing_mode", "zone_id"};
const Names kListener{"alpn_policy", "protocol", "ssl_policy", "certificate_arn", "default_action", "mutual_authentication"};
const Names kTargetGroup{"arn_suffix", "connection_termination", "deregistration_delay", "health_check", "load_balancer_arns", "load_balancing_algorithm_type", "load_balancing_anomaly_mitigation", "load_balancing_cross_zone_enabled", "port", "preserve_client_ip", "protocol",
                         "protocol_version", "proxy_protocol_v2", "slow_start", "stickiness", "target_type", "vpc_id"};

Names with(Names names, std::initializer_list<const char*> more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

Result<std::vector<std::string>> balancer_arns(const Cloud& cloud, const Record& state) {
  elbv2::DescribeLoadBalancersInput request;
  if (!state.text("arn").empty()) request.load_balancer_arns = std::vector<std::string>{state.text("arn")};
  else if (!state.text("name").empty()) request.names = std::vector<std::string>{state.text("name")};
  std::vector<std::string> arns;
  do {
    const auto found = TRY(look_up<elbv2::DescribeLoadBalancersOutput>(cloud, "elbv2", "DescribeLoadBalancers", request));
    if (!found) break;
    for (const auto& balancer : found->load_balancers.value_or(std::vector<elbv2::LoadBalancer>{})) arns.push_back(balancer.load_balancer_arn.value_or(""));
    request.marker = found->next_marker;
  } while (request.marker);
  return arns;
}

Result<std::vector<std::string>> target_group_arns(const Cloud& cloud, const Record& state) {
  elbv2::DescribeTargetGroupsInput request;
  if (!state.text("arn").empty()) request.target_group_arns = std::vector<std::string>{state.text("arn")};
  else if (!state.text("name").empty()) request.names = std::vector<std::string>{state.text("name")};
  std::vector<std::string> arns;
  do {
    const auto found = TRY(look_up<elbv2::DescribeTargetGroupsOutput>(cloud, "elbv2", "DescribeTargetGroups", request));
    if (!found) break;
    for (const auto& group : found->target_groups.value_or(std::vector<elbv2::TargetGroup>{})) arns.push_back(group.target_group_arn.value_or(""));
    request.marker = found->next_marker;
  } while (request.marker);
  return arns;
}

Result<std::vector<std::string>> listener_arns(const Cloud& cloud, const Record& state) {
  elbv2::DescribeListenersInput request;
  if (!state.text("arn").empty()) request.listener_arns = std::vector<std::string>{state.text("arn")};
  else request.load_balancer_arn = state.text("load_balancer_arn");
  std::vector<std::string> arns;
  do {
    const auto found = TRY(look_up<elbv2::DescribeListenersOutput>(cloud, "elbv2", "DescribeListeners", request));
    if (!found) break;
    for (const auto& listener : found->listeners.value_or(std::vector<elbv2::Listener>{})) {
      if (!state.has("port") || listener.port == state.number("port")) arns.push_back(listener.listener_arn.value_or(""));
    }
    request.marker = found->next_marker;
  } while (request.marker);
  return arns;
}

/// The only one of these that has the tags which are asked for.
Result<void> tell_one(const ResourceType& type, const Cloud& cloud, const std::vector<std::string>& arns, const Names& names, const char* noun, Record& state) {
  const auto wanted = state.pairs("tags");
  std::vector<Record> fitting;
  for (const std::string& arn : arns) {
    Record there, one = state;
    there.set("id", arn);
    if (!TRY(tell(type, cloud, std::move(there), names, one)) || !has_tags(one, wanted)) continue;
    one.set("id", arn);
    one.set("arn", arn);
    fitting.push_back(std::move(one));
  }
  if (fitting.size() != 1) return fail(found_not_one(fitting.size(), noun));
  state = std::move(fitting[0]);
  return {};
}

/// Of logs that are off a block is told all the same.
void tell_no_logs(const char* name, Record& state) {
  if (!state.blocks(name).empty()) return;
  Record logs;
  logs.set("bucket", "");
  logs.set("enabled", false);
  logs.set("prefix", "");
  state.set(name, std::vector<Record>{logs});
}

Result<void> read_balancers(const Cloud& cloud, Record& state) {
  std::vector<std::string> arns;
  for (const std::string& arn : TRY(balancer_arns(cloud, Record()))) {
    elbv2::DescribeTagsInput request;
    request.resource_arns = std::vector<std::string>{arn};
    const auto found = TRY(cloud.call<elbv2::DescribeTagsOutput>("elbv2", "DescribeTags", request));
    Record there;
    std::map<std::string, std::string> tags;
    for (const auto& description : found.tag_descriptions.value_or(std::vector<elbv2::TagDescription>{})) {
      for (const auto& tag : description.tags.value_or(std::vector<elbv2::Tag>{})) tags[tag.key.value_or("")] = tag.value.value_or("");
    }
    there.set("tags", tags);
    if (has_tags(there, state.pairs("tags"))) arns.push_back(arn);
  }
  state.set("id", cloud.region);
  state.set("arns", arns);
  return {};
}

void add_sources_of(Provider& provider, const std::string& prefix) {
  const auto tags = [] { return text_map("tags").computed(); };
  const ResourceType &balancer = *provider.resource(prefix), &listener = *provider.resource(prefix + "_listener"), &group = *provider.resource(prefix + "_target_group");

  const Type pool = Type::object({{.name = "ipv4_ipam_pool_id", .type = Type::string()}});
  Schema of_balancer = telling(balancer, kBalancer, {text("id").read_only(), text("arn").computed(), text("name").computed(), text("customer_owned_ipv4_pool").read_only(), of_type("ipam_pools", Type::list(pool)).read_only(), tags()});
  add_source(provider, prefix, std::move(of_balancer), [&balancer](const Cloud& cloud, Record& state) -> Result<void> {
    TRY(tell_one(balancer, cloud, TRY(balancer_arns(cloud, state)), with(kBalancer, {"name", "tags"}), "ELBv2 Load Balancer", state));
    for (const char* logs : {"access_logs", "connection_logs"}) tell_no_logs(logs, state);
    state.set("customer_owned_ipv4_pool", "");
    state.set("ipam_pools", std::vector<Record>{});
    return {};
  });
  add_source(provider, prefix + "_listener", telling(listener, kListener, {text("id").read_only(), text("arn").computed(), text("load_balancer_arn").computed(), number("port").computed(), tags()}),
             [&listener](const Cloud& cloud, Record& state) -> Result<void> {
               if (state.text("arn").empty() && (state.text("load_balancer_arn").empty() || !state.has("port"))) return fail("Config.Missing", "one of `arn`, or `load_balancer_arn` and `port`, must be specified");
               return tell_one(listener, cloud, TRY(listener_arns(cloud, state)), with(kListener, {"load_balancer_arn", "port", "tags"}), "ELBv2 Listener", state);
             });
  add_source(provider, prefix + "_target_group", telling(group, kTargetGroup, {text("id").read_only(), text("arn").computed(), text("name").computed(), flag("lambda_multi_value_headers_enabled").read_only(), tags()}), [&group](const Cloud& cloud, Record& state) -> Result<void> {
    return tell_one(group, cloud, TRY(target_group_arns(cloud, state)), with(kTargetGroup, {"name", "tags"}), "ELBv2 Target Group", state);
  });
}

}  // namespace

void add_elbv2_sources(Provider& provider) {
  for (const char* prefix : {"aws_lb", "aws_alb"}) add_sources_of(provider, prefix);
  add_source(provider, "aws_lbs", {.attributes = {text("id").read_only(), text_set("arns").read_only(), text_map("tags")}}, read_balancers);
}

}  // namespace landfall::terraform::aws_types
