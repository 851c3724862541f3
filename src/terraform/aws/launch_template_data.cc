#include "terraform/aws/launch_template_data.h"

#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

/// Text that is a truth, or "" where nothing is said.
Attribute maybe_flag(const char* name) {
  return text(name).same_if([](const Value& there, const Value& wanted) {
    const auto plain = [](const Value& value) { return !value.has_value() || value.as_string().empty() ? "" : value.as_string() == "1" ? "true" : value.as_string() == "0" ? "false" : value.as_string(); };
    return plain(there) == plain(wanted);
  });
}

Block range(const char* name) { return one_block(name, {.attributes = {number("min"), number("max")}}); }
Block wanted_range(const char* name) { return one_block(name, {.attributes = {number("min").required(), number("max")}}).required(); }

Block block_devices() {
  return list_block("block_device_mappings", {.attributes = {text("device_name"), text("no_device"), text("virtual_name")},
                                              .blocks = {one_block("ebs", {.attributes = {maybe_flag("delete_on_termination"), maybe_flag("encrypted"), number("iops").computed(), text("kms_key_id"), text("snapshot_id"), number("throughput").computed(),
                                                                                          number("volume_initialization_rate").computed(), number("volume_size").computed(), text("volume_type").computed()}})}});
}

Block network_interfaces() {
  return list_block("network_interfaces",
                    {.attributes = {maybe_flag("associate_carrier_ip_address"), maybe_flag("associate_public_ip_address"), maybe_flag("delete_on_termination"), text("description"), number("device_index"), text("interface_type"), number("ipv4_address_count"),
                                    text_set("ipv4_addresses"), number("ipv4_prefix_count"), text_set("ipv4_prefixes"), number("ipv6_address_count"), text_set("ipv6_addresses"), number("ipv6_prefix_count"), text_set("ipv6_prefixes"),
                                    number("network_card_index"), text("network_interface_id"), maybe_flag("primary_ipv6"), text("private_ip_address"), text_set("security_groups"), text("subnet_id")},
                     .blocks = {one_block("connection_tracking_specification", {.attributes = {number("tcp_established_timeout"), number("udp_stream_timeout"), number("udp_timeout")}}),
                                one_block("ena_srd_specification", {.attributes = {flag("ena_srd_enabled")}, .blocks = {one_block("ena_srd_udp_specification", {.attributes = {flag("ena_srd_udp_enabled")}})}})}});
}

Block instance_requirements() {
  return one_block("instance_requirements",
                   {.attributes = {text_set("accelerator_manufacturers"), text_set("accelerator_names"), text_set("accelerator_types"), text_set("allowed_instance_types"), text("bare_metal"), text("burstable_performance"), text_set("cpu_manufacturers"),
                                   text_set("excluded_instance_types"), text_set("instance_generations"), text("local_storage"), text_set("local_storage_types"), number("max_spot_price_as_percentage_of_optimal_on_demand_price"),
                                   number("on_demand_max_price_percentage_over_lowest_price"), flag("require_hibernate_support"), number("spot_max_price_percentage_over_lowest_price")},
                    .blocks = {range("accelerator_count"), range("accelerator_total_memory_mib"), range("baseline_ebs_bandwidth_mbps"), range("memory_gib_per_vcpu"), wanted_range("memory_mib"), range("network_bandwidth_gbps"), range("network_interface_count"),
                               range("total_local_storage_gb"), wanted_range("vcpu_count")}});
}

Block market() {
  return one_block("instance_market_options",
                   {.attributes = {text("market_type").checked(one_of({"spot", "capacity-block"}))},
                    .blocks = {one_block("spot_options", {.attributes = {number("block_duration_minutes"), text("instance_interruption_behavior"), text("max_price"), text("spot_instance_type"), text("valid_until").computed()}})}});
}

std::vector<Block> options() {
  return {one_block("capacity_reservation_specification", {.attributes = {text("capacity_reservation_preference")}, .blocks = {one_block("capacity_reservation_target", {.attributes = {text("capacity_reservation_id"), text("capacity_reservation_resource_group_arn")}})}}),
          one_block("cpu_options", {.attributes = {text("amd_sev_snp"), number("core_count"), number("threads_per_core")}}),
          one_block("credit_specification", {.attributes = {text("cpu_credits")}}),
          list_block("elastic_gpu_specifications", {.attributes = {text("type").required()}}),
          one_block("elastic_inference_accelerator", {.attributes = {text("type").required()}}),
          one_block("enclave_options", {.attributes = {flag("enabled")}}),
          one_block("hibernation_options", {.attributes = {flag("configured").required()}}),
          one_block("iam_instance_profile", {.attributes = {text("arn"), text("name")}}),
          set_block("license_specification", {.attributes = {text("license_configuration_arn").required()}}),
          one_block("maintenance_options", {.attributes = {text("auto_recovery")}}),
          one_block("metadata_options", {.attributes = {text("http_endpoint").computed(), text("http_protocol_ipv6").computed(), number("http_put_response_hop_limit").computed(), text("http_tokens").computed(), text("instance_metadata_tags").computed()}}),
          one_block("monitoring", {.attributes = {flag("enabled")}}),
          one_block("placement", {.attributes = {text("affinity"), text("availability_zone"), text("group_name"), text("host_id"), text("host_resource_group_arn"), number("partition_number"), text("spread_domain"), text("tenancy")}}),
          one_block("private_dns_name_options", {.attributes = {flag("enable_resource_name_dns_a_record"), flag("enable_resource_name_dns_aaaa_record"), text("hostname_type")}}),
          list_block("tag_specifications", {.attributes = {text("resource_type"), text_map("tags")}})};
}

}  // namespace

const Schema& launch_template_data() {
  static const Schema schema = [] {
    Schema made{.attributes = {flag("disable_api_stop"), flag("disable_api_termination"), maybe_flag("ebs_optimized"), text("image_id"), text("instance_initiated_shutdown_behavior").checked(one_of({"stop", "terminate"})), text("instance_type"),
                               text("kernel_id"), text("key_name"), text("ram_disk_id"), text_set("security_group_names"), text("user_data"), text_set("vpc_security_group_ids")},
                .blocks = options()};
    for (Block block : {block_devices(), network_interfaces(), instance_requirements(), market()}) made.blocks.push_back(std::move(block));
    return made;
  }();
  return schema;
}

const Renamed& launch_template_names() {
  static const Renamed names{{"security_group_names", "SecurityGroups"}, {"vpc_security_group_ids", "SecurityGroupIds"}, {"security_groups", "Groups"}, {"ipv4_addresses", "PrivateIpAddresses"}, {"ipv4_address_count", "SecondaryPrivateIpAddressCount"}};
  return names;
}

}  // namespace landfall::terraform::aws_types
