#pragma once

#include <optional>
#include <string>

#include "aws/shapes/route53.h"
#include "base/error.h"
#include "model/zone.h"

/// What health checks are asked for with, and as what they are told. Pure.
/// Source: Route 53 API, HealthCheckConfig.
namespace landfall::services::route53 {

/// The check with its defaults, without ids. Error: "InvalidInput".
Result<model::DnsHealthCheck> check_of(const aws::route53::HealthCheckConfig& config);
aws::route53::HealthCheckConfig config_of(const model::DnsHealthCheck& check);

/// The settings after an update: what it names is replaced, what it resets goes.
aws::route53::HealthCheckConfig updated(aws::route53::HealthCheckConfig config, const aws::route53::UpdateHealthCheckRequest& request);

/// What an alarm looks at, from what PutMetricAlarm got; empty if that is an expression.
std::optional<aws::route53::CloudWatchAlarmConfiguration> alarm_configuration(const std::string& alarm);

}  // namespace landfall::services::route53
