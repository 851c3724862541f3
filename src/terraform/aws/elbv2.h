#pragma once

#include <string>
#include <vector>

#include "aws/shapes/elbv2.h"
#include "terraform/provider.h"

/// What the load balancing types share.
namespace landfall::terraform::aws_types {

/// Tags of a load balancer, target group, listener or rule, by ARN.
Result<void> read_elb_tags(const Cloud& cloud, const std::string& arn, Record& state);
Result<void> update_elb_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned);

/// For checked() and carried_if(): a protocol of application or network load balancers.
std::string balanced_protocol(const Value& protocol);
bool is_balanced_protocol(const Value& protocol);

/// For checked(): names of load balancers and target groups, and what they may begin with.
std::string check_elb_name(const Value& name);
std::string check_elb_name_prefix(const Value& prefix);

/// Blocks default_action and action.
Block action_block(const char* name);
/// In adjust: what an action holds of other types of action is not compared, as in the official provider: it stays as it was.
void keep_what_is_of_other_types(const Planned& change, const char* name);
std::vector<aws::elbv2::Action> actions_of(const Record& record, const char* name);
/// As records, in the way in which `state` has them written: target_group_arn or a forward block.
std::vector<Record> to_records(const std::optional<std::vector<aws::elbv2::Action>>& actions, const Record& state, const char* name);

/// A load balancing type under its two names, aws_lb… and aws_alb….
template <class T>
void add_twice(Provider& provider, const std::string& rest) {
  provider.resources["aws_lb" + rest] = std::make_unique<T>();
  provider.resources["aws_alb" + rest] = std::make_unique<T>();
}

}  // namespace landfall::terraform::aws_types
