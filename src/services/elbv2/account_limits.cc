#include "services/elbv2/quotas.h"
#include "services/support/pages.h"

namespace landfall::services::elbv2 {
namespace {

/// The quotas that handlers hold callers to; Landfall has no others. Names: API, DescribeAccountLimits.
Result<shapes::DescribeAccountLimitsOutput> limits(const CallContext&, const shapes::DescribeAccountLimitsInput& request) {
  const auto limit = [](std::string name, size_t max) { return shapes::Limit{.max = std::to_string(max), .name = std::move(name)}; };
  const std::vector<shapes::Limit> all{limit("application-load-balancers", quotas::kLoadBalancers),
                                       limit("network-load-balancers", quotas::kLoadBalancers),
                                       limit("target-groups", quotas::kTargetGroups),
                                       limit("listeners-per-application-load-balancer", quotas::kListeners),
                                       limit("listeners-per-network-load-balancer", quotas::kListeners),
                                       limit("rules-per-application-load-balancer", quotas::kRules),
                                       limit("certificates-per-application-load-balancer", quotas::kCertificates),
                                       limit("certificates-per-network-load-balancer", quotas::kCertificates),
                                       limit("target-groups-per-application-load-balancer", quotas::kTargetGroupsInUse),
                                       limit("target-groups-per-action-on-application-load-balancer", quotas::kTargetGroupsPerAction),
                                       limit("target-groups-per-action-on-network-load-balancer", quotas::kTargetGroupsPerAction),
                                       limit("targets-per-application-load-balancer", quotas::kTargets),
                                       limit("target-id-registrations-per-application-load-balancer", quotas::kRegistrations),
                                       limit("condition-values-per-alb-rule", quotas::kConditionValues),
                                       limit("condition-wildcards-per-alb-rule", quotas::kWildcards),
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
