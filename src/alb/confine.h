#pragma once

namespace landfall::alb {

/// Root's files may be read and low ports bound; nothing else of root's powers is kept, and none can be got back. Before
/// any thread is started.
void drop_privileges();

/// From here on only the calls that a load balancer makes: anything else fails with EPERM. False: the filter is not in force.
bool filter_system_calls();

}  // namespace landfall::alb
