#include "services/logs/logs.h"

#include "services/logs/support.h"

namespace landfall::services::logs {

void register_logs(aws::Registry& registry, const Deps& deps) {
  register_groups(registry, deps);
  register_streams(registry, deps);
  register_events(registry, deps);
  register_queries(registry, deps);
  register_metric_filters(registry, deps);
  register_account_records(registry, deps);
  register_exports(registry, deps);
  register_subscriptions(registry, deps);
  register_delivery_destinations(registry, deps);
}

}  // namespace landfall::services::logs
