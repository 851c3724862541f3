#include "services/elbv2/support.h"
#include "services/support/pages.h"

namespace landfall::services::elbv2 {
namespace {

/// The quotas that handlers hold callers to; Landfall has no others. Names: API, DescribeAccountLimits.
Result<shapes::DescribeAccountLimitsOutput> limits(const CallContext&, const shapes::DescribeAccountLimitsInput& request) {
  const std::vector<shapes::Limit> all{{.max = "100", .name = "rules-per-application-load-balancer"},
                                       {.max = "25", .name = "certificates-per-application-load-balancer"},
                                       {.max = "5", .name = "target-groups-per-action-on-application-load-balancer"},
                                       {.max = "25", .name = "certificates-per-network-load-balancer"},
                                       {.max = "5", .name = "target-groups-per-action-on-network-load-balancer"},
                                       {.max = "5", .name = "condition-values-per-alb-rule"},
                                       {.max = "20", .name = "trust-stores"},
                                       {.max = "500000", .name = "trust-store-revocation-entries"}};
  auto page = TRY(page_of(all, request.page_size, request.marker, Error{.code = "ValidationError", .what = "The marker is not valid."}));
  shapes::DescribeAccountLimitsOutput answer{.limits = std::move(page.items)};
  if (!page.next.empty()) answer.next_marker = page.next;
  return answer;
}

}  // namespace

void register_account_limits(aws::Registry& registry, const Deps&) {
  registry.add<shapes::DescribeAccountLimitsInput, shapes::DescribeAccountLimitsOutput>("elbv2", "DescribeAccountLimits", {"*"}, limits);
}

}  // namespace landfall::services::elbv2
