#pragma once

namespace landfall::alb {

/// Root's files may be read and low ports bound; nothing else of root's powers is kept, and none can be got back. Before
/// any thread is started.
/// `takes_client_addresses`  sockets may also have addresses that are not this host's (CAP_NET_RAW)
void drop_privileges(bool takes_client_addresses);

/// From here on only the calls that a load balancer makes: anything else fails with EPERM. False: the filter is not in force.
bool filter_system_calls();

}  // namespace landfall::alb
