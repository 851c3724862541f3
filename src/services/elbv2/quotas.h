#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "services/elbv2/support.h"

/// How many of each thing there may be: AWS's defaults (ALB and NLB user guides, Quotas). They bind callers of the API only; a
/// load balancer that runs alone (`landfall alb --config`) has none.
namespace landfall::services::elbv2::quotas {

inline constexpr size_t kLoadBalancers = 50;  ///< per type and region
inline constexpr size_t kListeners = 50;      ///< from here on per load balancer
inline constexpr size_t kCertificates = 25;   ///< beyond the default ones
inline constexpr size_t kRules = 100;         ///< beyond the default ones
inline constexpr size_t kTargetGroupsInUse = 100;
inline constexpr size_t kTargets = 1000;  ///< also per target group
inline constexpr size_t kRegistrations = 1000;  ///< of one target
inline constexpr size_t kConditionValues = 5, kWildcards = 5;  ///< per rule
inline constexpr size_t kTargetGroupsPerAction = 5;
inline constexpr size_t kTargetGroups = 3000;  ///< per region

/// Whether one more fits into a region or on a load balancer. Errors "TooManyLoadBalancers", "TooManyTargetGroups", "TooManyListeners",
/// "TooManyRules".
Result<void> check_load_balancers(const Transaction& tx, const CallContext& context, std::string_view type);
Result<void> check_target_groups(const Transaction& tx, const CallContext& context);
Result<void> check_listeners(const Transaction& tx, const model::LoadBalancer& balancer);
Result<void> check_rules(const Transaction& tx, const model::LoadBalancer& balancer);

/// Of records that are changed already: whether the load balancer keeps to its number of certificates; and, if it is an application
/// one, of target groups in use, of targets, of registrations of one target. Errors "TooManyCertificates",
/// "TooManyUniqueTargetGroupsPerLoadBalancer", "TooManyTargets", "TooManyRegistrationsForTargetId".
Result<void> check_certificates(const Transaction& tx, const std::string& balancer_arn);
Result<void> check_use(const Transaction& tx, const std::string& balancer_arn);
/// The same of a target group alone and of the load balancers that use it.
Result<void> check_targets(const Transaction& tx, const model::TargetGroup& group);

}  // namespace landfall::services::elbv2::quotas
