#include "store/network_view.h"

#include "store/table.h"

namespace landfall::store {
namespace {

template <class From>
model::NetworkView read_view(const From& from) {
  return {.vpcs = all<model::Vpc>(from),
          .subnets = all<model::Subnet>(from),
          .route_tables = all<model::RouteTable>(from),
          .internet_gateways = all<model::InternetGateway>(from),
          .addresses = all<model::Address>(from),
          .nat_gateways = all<model::NatGateway>(from),
          .security_groups = all<model::SecurityGroup>(from),
          .interfaces = all<model::NetworkInterface>(from),
          .network_acls = all<model::NetworkAcl>(from)};
}

}  // namespace

model::NetworkView view_of(const Store& store) { return read_view(store); }
model::NetworkView view_of(const Transaction& tx) { return read_view(tx); }

}  // namespace landfall::store
