#pragma once

#include <map>
#include <string>

#include "model/formula.h"
#include "services/cloudwatch/support.h"

namespace landfall::services::cloudwatch {

/// The label of each query by its id, with the properties of its metric filled in: "${PROP('MetricName')}". Without one: the
/// metric's name, with what tells the metrics of the call apart (statistic, period); of an expression its id.
/// Source  CloudWatch user guide, Using dynamic labels; what AWS answers without labels
std::map<std::string, std::string> labels_of(const CallContext& context, const shapes::GetMetricDataInput& request);

/// A label with what its series comes to: "${MAX}", "${LAST}" … Texts that are none of these stay.
std::string told_label(const std::string& label, const model::Series& series);

}  // namespace landfall::services::cloudwatch
