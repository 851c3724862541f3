#include "services/servicediscovery/support.h"

/// What asynchronous calls came to: all are done when they are answered.
namespace landfall::services::servicediscovery {
namespace {

using model::DiscoveryOperation;

Result<shapes::GetOperationResponse> get(const Deps& deps, const CallContext& context, const shapes::GetOperationRequest& request) {
  const auto found = store::find<DiscoveryOperation>(deps.store, scope(context) + text(request.operation_id));
  if (!found) return fail("OperationNotFound", fmt::format("Operation not found: {}", text(request.operation_id)));
  return shapes::GetOperationResponse{.operation = shapes::Operation{.create_date = found->created_at, .id = found->id, .status = found->status, .targets = found->targets, .type = found->type, .update_date = found->updated_at}};
}

/// What a filter looks at.
std::string fact_of(const DiscoveryOperation& operation, const std::string& name) {
  if (name == "STATUS") return operation.status;
  if (name == "TYPE") return operation.type;
  if (name == "UPDATE_DATE") return std::to_string(operation.updated_at.ms / 1000);
  const auto target = operation.targets.find(name == "NAMESPACE_ID" ? "NAMESPACE" : "SERVICE");
  return target == operation.targets.end() ? "" : target->second;
}

/// Newest first.
Result<shapes::ListOperationsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListOperationsRequest& request) {
  auto operations = store::all<DiscoveryOperation>(deps.store, scope(context));
  std::ranges::stable_sort(operations, std::ranges::greater(), [](const auto& one) { return one.created_at.ms; });
  std::vector<shapes::OperationSummary> found;
  for (const auto& operation : operations) {
    const bool fits = std::ranges::all_of(request.filters.value_or(std::vector<shapes::OperationFilter>{}), [&](const auto& filter) { return passes(filter, fact_of(operation, text(filter.name))); });
    if (fits) found.push_back({.id = operation.id, .status = operation.status});
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::ListOperationsResponse result{.operations = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_operation(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetOperationRequest, shapes::GetOperationResponse>("servicediscovery", "GetOperation", {"OperationId"}, bind(get));
  registry.add<shapes::ListOperationsRequest, shapes::ListOperationsResponse>("servicediscovery", "ListOperations", {"*"}, bind(list));
}

}  // namespace landfall::services::servicediscovery
