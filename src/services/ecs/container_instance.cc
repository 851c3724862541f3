#include <fmt/format.h>

#include "services/ecs/support.h"

/// Container instances, of which there are none: lists are empty, and each that is named is missing.
namespace landfall::services::ecs {
namespace {

std::string arn_in(const CallContext& context, const std::optional<std::string>& cluster, const std::string& named) {
  const std::string of = cluster_arn(context, cluster);
  return named.starts_with("arn:") ? named : arn_of(context, "container-instance", of.substr(of.rfind('/') + 1) + "/" + named);
}

Result<std::vector<shapes::Failure>> missing(const Deps& deps, const CallContext& context, const std::optional<std::string>& cluster, const std::optional<std::vector<std::string>>& named) {
  return transact<std::vector<shapes::Failure>>(deps.store, [&](Transaction& tx) -> Result<std::vector<shapes::Failure>> {
    TRY(active_cluster(tx, context, cluster));
    if (list(named).empty()) return fail("InvalidParameterException", "Container instances cannot be empty.");
    std::vector<shapes::Failure> failures;
    for (const std::string& name : list(named)) failures.push_back({.arn = arn_in(context, cluster, name), .reason = "MISSING"});
    return failures;
  });
}

Error no_instance(const std::string& named) { return {.code = "InvalidParameterException", .what = fmt::format("Referenced container instance {} not found.", named)}; }

/// Only container instances have attributes.
template <class Answer, class Request>
Result<Answer> no_target(const Deps& deps, const CallContext& context, const Request& request) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    TRY(active_cluster(tx, context, request.cluster));
    const auto attributes = list(request.attributes);
    if (attributes.empty()) return fail("InvalidParameterException", "Attributes cannot be empty.");
    return fail("TargetNotFoundException", fmt::format("The specified target {} was not found. You can view your available container instances with ListContainerInstances.", text(attributes[0].target_id)));
  });
}

}  // namespace

void register_container_instance(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::ListContainerInstancesRequest, shapes::ListContainerInstancesResponse>("ecs", "ListContainerInstances", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListContainerInstancesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListContainerInstancesResponse> {
      TRY(active_cluster(tx, c, r.cluster));
      return shapes::ListContainerInstancesResponse{.container_instance_arns = std::vector<std::string>{}};
    });
  });
  registry.add<shapes::DescribeContainerInstancesRequest, shapes::DescribeContainerInstancesResponse>("ecs", "DescribeContainerInstances", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::DescribeContainerInstancesResponse> {
    auto failures = TRY(missing(deps, c, r.cluster, r.container_instances));
    return shapes::DescribeContainerInstancesResponse{.container_instances = std::vector<shapes::ContainerInstance>{}, .failures = std::move(failures)};
  });
  registry.add<shapes::UpdateContainerInstancesStateRequest, shapes::UpdateContainerInstancesStateResponse>("ecs", "UpdateContainerInstancesState", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::UpdateContainerInstancesStateResponse> {
    auto failures = TRY(missing(deps, c, r.cluster, r.container_instances));
    return shapes::UpdateContainerInstancesStateResponse{.container_instances = std::vector<shapes::ContainerInstance>{}, .failures = std::move(failures)};
  });
  registry.add<shapes::DeregisterContainerInstanceRequest, shapes::DeregisterContainerInstanceResponse>("ecs", "DeregisterContainerInstance", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::DeregisterContainerInstanceResponse> {
    TRY(missing(deps, c, r.cluster, std::vector{text(r.container_instance)}));
    return fail(no_instance(text(r.container_instance)));
  });
  registry.add<shapes::StartTaskRequest, shapes::StartTaskResponse>("ecs", "StartTask", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::StartTaskResponse> {
    TRY(missing(deps, c, r.cluster, r.container_instances));
    return fail(no_instance(r.container_instances->front()));
  });
  registry.add<shapes::ListAttributesRequest, shapes::ListAttributesResponse>("ecs", "ListAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListAttributesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListAttributesResponse> {
      TRY(active_cluster(tx, c, r.cluster));
      return shapes::ListAttributesResponse{.attributes = std::vector<shapes::Attribute>{}};
    });
  });
  registry.add<shapes::PutAttributesRequest, shapes::PutAttributesResponse>("ecs", "PutAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) { return no_target<shapes::PutAttributesResponse>(deps, c, r); });
  registry.add<shapes::DeleteAttributesRequest, shapes::DeleteAttributesResponse>("ecs", "DeleteAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) { return no_target<shapes::DeleteAttributesResponse>(deps, c, r); });
}

}  // namespace landfall::services::ecs
