#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/load_balancing.h"

/// Which values of ELBv2's attributes mean something, and which of them Landfall carries out. Asked by the API before it
/// records one and by a worker before it takes a configuration.
namespace landfall::model {

/// `key` and `value` of a load balancer's, a listener's or a target group's attribute that exists (…_attribute_defaults).
/// Errors: "Attribute.Invalid" no such value (API reference: LoadBalancerAttribute, TargetGroupAttribute,
/// ListenerAttribute), "Attribute.Unsupported" a value that we do not carry out.
/// `of_flows`  the load balancer is a network one, which carries out less
Result<void> check_attribute(std::string_view key, const std::string& value, bool of_flows = false);

/// Attributes that must fit each other. Errors: "Attribute.Invalid".
Result<void> check_together(const TargetGroup& group);

}  // namespace landfall::model
