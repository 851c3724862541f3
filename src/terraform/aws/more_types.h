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

}  // namespace landfall::terraform::aws_types
