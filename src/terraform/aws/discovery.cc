#include "terraform/aws/discovery.h"

#include <fmt/format.h>

namespace landfall::terraform::aws_types {

namespace sd = aws::servicediscovery;

Result<std::string> finish_operation(const Cloud& cloud, const std::string& operation, const std::string& kind) {
  constexpr std::chrono::seconds kLongest{300};  // the official provider's
  sd::GetOperationRequest request;
  request.operation_id = operation;
  std::string target;
  TRY(cloud.wait_until("the Cloud Map operation " + operation, kLongest, [&]() -> Result<bool> {
    const auto found = TRY(cloud.call<sd::GetOperationResponse>(kDiscovery, "GetOperation", request));
    if (!found.operation) return false;
    const sd::Operation& one = *found.operation;
    if (one.status == "FAIL") return fail(one.error_code.value_or("OperationFailed"), fmt::format("the Cloud Map operation {} failed: {}", operation, one.error_message.value_or("")));
    if (one.targets && one.targets->contains(kind)) target = one.targets->at(kind);
    return one.status == "SUCCESS";
  }));
  return target;
}

Result<Pairs> discovery_tags(const Cloud& cloud, const std::string& arn) {
  sd::ListTagsForResourceRequest request;
  request.resource_arn = arn;
  return from_tags(TRY(cloud.call<sd::ListTagsForResourceResponse>(kDiscovery, "ListTagsForResource", request)).tags);
}

Result<void> update_discovery_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    sd::UntagResourceRequest request;
    request.resource_arn = arn;
    request.tag_keys = change.removed;
    TRY(cloud.call<sd::UntagResourceResponse>(kDiscovery, "UntagResource", request));
  }
  if (!change.put.empty()) {
    sd::TagResourceRequest request;
    request.resource_arn = arn;
    request.tags = to_tags<sd::Tag>(change.put);
    TRY(cloud.call<sd::TagResourceResponse>(kDiscovery, "TagResource", request));
  }
  return {};
}

}  // namespace landfall::terraform::aws_types
