#pragma once

#include "terraform/provider.h"

/// Families of AWS types beside those of terraform/aws/types.h; apart from it because every type's file reads that one.
namespace landfall::terraform::aws_types {

void add_address_sources(Provider& provider);          ///< of Elastic IPs, zones, regions; and associations as resources
void add_constant_sources(Provider& provider);         ///< what AWS publishes
void add_dhcp_options(Provider& provider);
void add_discovery_instance(Provider& provider);
void add_dynamodb_item(Provider& provider);
void add_ecs_account_setting(Provider& provider);
void add_ecs_capacity_provider(Provider& provider);
void add_iam_account(Provider& provider);              ///< its alias and password policy
void add_iam_identity_provider(Provider& provider);    ///< OpenID Connect, SAML
void add_iam_server_certificate(Provider& provider);
void add_iam_user_access(Provider& provider);          ///< passwords and SSH keys; and service-linked roles
void add_key_pair(Provider& provider);
void add_log_records(Provider& provider);              ///< metric filters, resource policies, query definitions
void add_network_interface(Provider& provider);
void add_prefix_list(Provider& provider);
void add_s3_lifecycle(Provider& provider);
void add_secret_policy(Provider& provider);            ///< and data sources over all secrets
void add_single_tag(Provider& provider);               ///< aws_ec2_tag, aws_ecs_tag
void add_watch_records(Provider& provider);            ///< composite alarms, dashboards
void add_zone_association(Provider& provider);
void add_delegation_set(Provider& provider);            ///< of Route 53; and its data source
void add_dynamodb_policy(Provider& provider);
void add_dynamodb_sources(Provider& provider);
void add_ecr_registry(Provider& provider);              ///< its policy, scanning, replication, settings of the account
void add_ecr_template(Provider& provider);              ///< and its data source
void add_ecs_task_execution(Provider& provider);        ///< a data source
void add_ecs_task_set(Provider& provider);
void add_egress_only_gateway(Provider& provider);
void add_health_check(Provider& provider);              ///< of Route 53
void add_iam_credential(Provider& provider);            ///< for one service, signing certificates, MFA devices
void add_iam_exclusive(Provider& provider);
void add_iam_record_sources(Provider& provider);
void add_iam_simulation(Provider& provider);            ///< a data source
void add_launch_template(Provider& provider);           ///< and its data source
void add_listener_rule_source(Provider& provider);      ///< and that of trust stores
void add_log_delivery(Provider& provider);
void add_peering(Provider& provider);
void add_peering_sources(Provider& provider);
void add_record_source(Provider& provider);
void add_rule_sources(Provider& provider);              ///< security groups' rules, prefix lists
void add_s3_acl(Provider& provider);
void add_s3_bucket_guards(Provider& provider);          ///< object lock, acceleration, payer
void add_s3_list_sources(Provider& provider);
void add_s3_object_copy(Provider& provider);
void add_s3_reports(Provider& provider);                ///< metrics, analyses, tiers, inventories
void add_s3_site_settings(Provider& provider);          ///< CORS, website, access logs
void add_service_sources(Provider& provider);           ///< of Cloud Map and Secrets Manager
void add_vpc_block(Provider& provider);

}  // namespace landfall::terraform::aws_types
