#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/route53.h"
#include "base/error.h"
#include "model/zone.h"

/// Routing policies of record sets. Pure.
/// Source: Route 53 API, ResourceRecordSet; texts as AWS was seen to answer.
namespace landfall::services::route53 {

/// "[Action=CREATE, Name=www.a.org, Type=A, SetIdentifier=null]", as faults of a change's form end.
std::string described(const aws::route53::Change& change);

/// What is wrong with a change's form: a set identifier without a policy, a policy without one, two policies. Error: "InvalidInput".
Result<void> check_policy_form(const aws::route53::Change& change);

/// Takes policy, set identifier and health check over into the record.
void take_policy(const aws::route53::ResourceRecordSet& set, model::RecordSet& record);
/// The other way round, for answers.
void tell_policy(const model::RecordSet& record, aws::route53::ResourceRecordSet& set);

bool same_policy(const model::RecordSet& a, const model::RecordSet& b);

/// Whether the record set may stand beside the others of its name and type; "" if so. `records` may hold itself.
std::string group_problem(const model::RecordSet& record, const std::vector<model::RecordSet>& records);

}  // namespace landfall::services::route53
