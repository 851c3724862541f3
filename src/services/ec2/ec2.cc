#include "services/ec2/ec2.h"

#include "services/ec2/support.h"

namespace landfall::services::ec2 {

void register_ec2(aws::Registry& registry, const Deps& deps) {
  register_vpc(registry, deps);
  register_vpc_block(registry, deps);
  register_peering(registry, deps);
  register_vpc_endpoint(registry, deps);
  register_vpc_endpoint_service(registry, deps);
  register_default_vpc(registry, deps);
  register_network_acl(registry, deps);
  register_subnet(registry, deps);
  register_subnet_reservation(registry, deps);
  register_internet_gateway(registry, deps);
  register_egress_only_gateway(registry, deps);
  register_route_table(registry, deps);
  register_route(registry, deps);
  register_address(registry, deps);
  register_nat_gateway(registry, deps);
  register_security_group(registry, deps);
  register_security_group_rule(registry, deps);
  register_network_interface(registry, deps);
  register_interface_life(registry, deps);
  register_dhcp_options(registry, deps);
  register_prefix_list(registry, deps);
  register_key_pair(registry, deps);
  register_launch_template(registry, deps);
  register_launch_template_version(registry, deps);
  register_security_group_view(registry, deps);
  register_not_carried(registry, deps);
  register_tags(registry, deps);
  register_zones(registry, deps);
}

}  // namespace landfall::services::ec2
