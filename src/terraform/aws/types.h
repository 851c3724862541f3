#pragma once

#include <optional>
#include <string_view>

#include "terraform/provider.h"

/// One function for each family of AWS types; each adds its types to the provider.
namespace landfall::terraform::aws_types {

void add_vpc(Provider& provider);
void add_subnet(Provider& provider);
void add_internet_gateway(Provider& provider);
void add_route_table(Provider& provider);              ///< aws_route_table, aws_default_route_table
void add_route(Provider& provider);
void add_route_table_association(Provider& provider);  ///< and aws_main_route_table_association
void add_eip(Provider& provider);
void add_nat_gateway(Provider& provider);
void add_security_group(Provider& provider);           ///< and aws_default_security_group
void add_security_group_rule(Provider& provider);      ///< the old type and the two new ones
void add_network_acl(Provider& provider);              ///< and aws_default_network_acl
void add_network_acl_rule(Provider& provider);         ///< and its association with a subnet
void add_load_balancer(Provider& provider);
void add_target_group(Provider& provider);             ///< and its attachments
void add_listener(Provider& provider);                 ///< and its certificates
void add_listener_rule(Provider& provider);
void add_trust_store(Provider& provider);               ///< and its revocations
void add_ecs_cluster(Provider& provider);              ///< and its capacity providers
void add_ecs_task_definition(Provider& provider);
void add_ecs_service(Provider& provider);
void add_iam(Provider& provider);                      ///< roles and managed policies
void add_iam_inline_policy(Provider& provider);
void add_iam_attachment(Provider& provider);           ///< of managed policies
void add_iam_user(Provider& provider);
void add_iam_access_key(Provider& provider);
void add_iam_group(Provider& provider);                ///< and who is in it
void add_iam_instance_profile(Provider& provider);
void add_appautoscaling_target(Provider& provider);
void add_appautoscaling_policy(Provider& provider);
void add_appautoscaling_scheduled_action(Provider& provider);
void add_metric_alarm(Provider& provider);
void add_log_group(Provider& provider);
void add_log_stream(Provider& provider);
void add_ecr_repository(Provider& provider);
void add_ecr_policy(Provider& provider);               ///< lifecycle and access
void add_acm_certificate(Provider& provider);          ///< and its validation
void add_route53_zone(Provider& provider);
void add_route53_record(Provider& provider);
void add_s3_bucket(Provider& provider);
void add_s3_bucket_access(Provider& provider);         ///< policy, public access block, ACL, ownership
void add_s3_bucket_settings(Provider& provider);       ///< versioning, encryption
void add_s3_object(Provider& provider);                ///< and its old name
void add_s3_sources(Provider& provider);
void add_secret(Provider& provider);                   ///< and the data sources of Secrets Manager
void add_secret_version(Provider& provider);
void add_ssm_parameter(Provider& provider);            ///< and its data sources
void add_discovery_namespace(Provider& provider);      ///< Cloud Map; and its data sources
void add_discovery_service(Provider& provider);
void add_dynamodb_table(Provider& provider);
void add_network_sources(Provider& provider);          ///< data sources of EC2
void add_network_id_sources(Provider& provider);       ///< lists of ids; NAT gateways
void add_elbv2_sources(Provider& provider);            ///< these after the resources of their services
void add_ecs_sources(Provider& provider);
void add_iam_sources(Provider& provider);
void add_ecr_sources(Provider& provider);
void add_log_sources(Provider& provider);
void add_route53_sources(Provider& provider);
void add_other_sources(Provider& provider);            ///< certificates, the account, the region
void add_policy_document(Provider& provider);          ///< data aws_iam_policy_document

/// Whether a failure says that the thing does not exist (any more).
bool is_gone(const Error& error);

/// What there is, or nothing if it is gone.
template <class Answer, class Request>
Result<std::optional<Answer>> look_up(const Cloud& cloud, std::string_view service, std::string_view operation, const Request& request) {
  auto found = cloud.call<Answer>(service, operation, request);
  if (found) return std::optional<Answer>(std::move(*found));
  if (is_gone(found.error())) return std::optional<Answer>();
  return std::unexpected(found.error());
}

/// An argument of the official provider that Landfall does not carry: any value but an empty one is refused by name.
Attribute refused(Attribute attribute);
/// The same where without it there would be nothing to make (Attribute::decides).
Attribute deciding(Attribute refused);
/// The same for blocks, of which no more than the name is known.
Attribute refused_blocks(std::string name);

/// JSON texts that say the same, whatever their spaces and the order of members.
bool is_same_json(const Value& there, const Value& wanted);
std::string check_json(const Value& value);  ///< for checked()
bool is_same_ignoring_case(const Value& there, const Value& wanted);

/// While something that goes away at the same time still holds it.
bool is_in_use(const Error& error);

/// "arn:aws:ec2:REGION:ACCOUNT:vpc/ID".
std::string arn_of(const Cloud& cloud, std::string_view service, std::string_view rest);

/// For destroy: an answer, or that there was nothing left to take away.
template <class Answer>
Result<void> ignore_gone(const Result<Answer>& answer) {
  if (answer || is_gone(answer.error())) return {};
  return std::unexpected(answer.error());
}

}  // namespace landfall::terraform::aws_types
