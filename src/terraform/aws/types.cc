#include "terraform/aws/types.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/vpc_endpoints.h"

namespace landfall::terraform {

void register_aws(Provider& provider) {
  using namespace aws_types;
  add_vpc(provider);
  add_subnet(provider);
  add_internet_gateway(provider);
  add_route_table(provider);
  add_route(provider);
  add_route_table_association(provider);
  add_eip(provider);
  add_nat_gateway(provider);
  add_security_group(provider);
  add_security_group_rule(provider);
  add_network_acl(provider);
  add_network_acl_rule(provider);
  add_key_pair(provider);
  add_network_interface(provider);
  add_dhcp_options(provider);
  add_prefix_list(provider);
  add_vpc_endpoint(provider);
  add_load_balancer(provider);
  add_target_group(provider);
  add_listener(provider);
  add_listener_rule(provider);
  add_trust_store(provider);
  add_ecs_cluster(provider);
  add_ecs_capacity_provider(provider);
  add_ecs_account_setting(provider);
  add_ecs_task_definition(provider);
  add_ecs_service(provider);
  add_single_tag(provider);
  add_iam(provider);
  add_iam_inline_policy(provider);
  add_iam_attachment(provider);
  add_iam_user(provider);
  add_iam_user_access(provider);
  add_iam_access_key(provider);
  add_iam_group(provider);
  add_iam_identity_provider(provider);
  add_iam_account(provider);
  add_iam_server_certificate(provider);
  add_iam_instance_profile(provider);
  add_appautoscaling_target(provider);
  add_appautoscaling_policy(provider);
  add_appautoscaling_scheduled_action(provider);
  add_metric_alarm(provider);
  add_log_group(provider);
  add_log_stream(provider);
  add_log_records(provider);
  add_watch_records(provider);
  add_ecr_repository(provider);
  add_ecr_policy(provider);
  add_acm_certificate(provider);
  add_route53_zone(provider);
  add_route53_record(provider);
  add_zone_association(provider);
  add_s3_bucket(provider);
  add_s3_bucket_access(provider);
  add_s3_bucket_settings(provider);
  add_s3_lifecycle(provider);
  add_s3_object(provider);
  add_s3_sources(provider);
  add_secret(provider);
  add_secret_version(provider);
  add_secret_policy(provider);
  add_ssm_parameter(provider);
  add_discovery_namespace(provider);
  add_discovery_service(provider);
  add_discovery_instance(provider);
  add_dynamodb_table(provider);
  add_dynamodb_item(provider);
  add_delegation_set(provider);
  add_dynamodb_policy(provider);
  add_ecr_registry(provider);
  add_ecr_template(provider);
  add_ecs_task_set(provider);
  add_egress_only_gateway(provider);
  add_health_check(provider);
  add_iam_credential(provider);
  add_iam_exclusive(provider);
  add_launch_template(provider);
  add_log_delivery(provider);
  add_peering(provider);
  add_s3_acl(provider);
  add_s3_bucket_guards(provider);
  add_s3_object_copy(provider);
  add_s3_reports(provider);
  add_s3_site_settings(provider);
  add_vpc_block(provider);
  add_network_sources(provider);
  add_network_id_sources(provider);
  add_vpc_endpoint_sources(provider);
  add_elbv2_sources(provider);
  add_ecs_sources(provider);
  add_iam_sources(provider);
  add_ecr_sources(provider);
  add_log_sources(provider);
  add_route53_sources(provider);
  add_other_sources(provider);
  add_address_sources(provider);
  add_constant_sources(provider);
  add_dynamodb_sources(provider);
  add_ecs_task_execution(provider);
  add_iam_record_sources(provider);
  add_iam_simulation(provider);
  add_listener_rule_source(provider);
  add_peering_sources(provider);
  add_record_source(provider);
  add_rule_sources(provider);
  add_s3_list_sources(provider);
  add_service_sources(provider);
  add_policy_document(provider);
}

namespace aws_types {
namespace {

bool is_same_json_value(const json::value& a, const json::value& b) {
  if (a.is_object() && b.is_object()) {
    if (a.get_object().size() != b.get_object().size()) return false;
    for (const auto& [name, value] : a.get_object()) {
      const json::value* other = b.get_object().if_contains(name);
      if (other == nullptr || !is_same_json_value(value, *other)) return false;
    }
    return true;
  }
  // Policies write one string where others write a list of one.
  if (a.is_array() && !b.is_array()) return a.get_array().size() == 1 && is_same_json_value(a.get_array()[0], b);
  if (b.is_array() && !a.is_array()) return is_same_json_value(b, a);
  if (a.is_array()) {
    if (a.get_array().size() != b.get_array().size()) return false;
    for (size_t i = 0; i < a.get_array().size(); ++i) {
      if (!is_same_json_value(a.get_array()[i], b.get_array()[i])) return false;
    }
    return true;
  }
  return a == b;
}

bool is_nothing(const Value& value) {
  switch (value.type().kind()) {
    case Type::Kind::string: return value.as_string().empty();
    case Type::Kind::boolean: return !value.as_bool();
    case Type::Kind::number: return value.as_number().sign() == 0;
    default: return value.length() == 0;
  }
}

}  // namespace

bool is_gone(const Error& error) {
  return error.code.ends_with("NotFound") || error.code.ends_with("NotFoundException") || error.code.starts_with("NoSuch") || error.code == "404";
}

bool is_in_use(const Error& error) {
  return error.code == "DependencyViolation" || error.code == "ResourceInUse" || error.code == "ResourceInUseException" || error.code == "InvalidIPAddress.InUse" || error.code == "InvalidNetworkInterface.InUse";
}

Attribute refused(Attribute attribute) {
  attribute.is_refused = true;
  attribute.check = [](const Value& value) -> std::string { return is_nothing(value) ? "" : fmt::format("to be left out: Landfall does not support it yet, and --inert all would record it without effect (found {})", hcl::to_console(value)); };
  return attribute;
}

Attribute deciding(Attribute refused) {
  refused.decides = true;
  return refused;
}

Attribute refused_blocks(std::string name) {
  Attribute attribute = refused(of_type(std::move(name), Type::dynamic()).blocks());
  attribute.is_block_list = true;
  return attribute;
}

bool is_same_json(const Value& there, const Value& wanted) {
  if (!there.has_value() || !wanted.has_value()) return false;
  const auto a = parse_json(there.as_string()), b = parse_json(wanted.as_string());
  return a && b && is_same_json_value(*a, *b);
}

std::string check_json(const Value& value) {
  const auto parsed = parse_json(value.as_string());
  return parsed ? "" : "to hold valid JSON: " + parsed.error().what;
}

bool is_same_ignoring_case(const Value& there, const Value& wanted) {
  return there.has_value() && wanted.has_value() && iequals(there.as_string(), wanted.as_string());
}

std::string arn_of(const Cloud& cloud, std::string_view service, std::string_view rest) {
  return fmt::format("arn:aws:{}:{}:{}:{}", service, cloud.region, cloud.account, rest);
}

}  // namespace aws_types
}  // namespace landfall::terraform
