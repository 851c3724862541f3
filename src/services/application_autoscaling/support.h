#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/json_codec.h"
#include "aws/shapes/application_autoscaling.h"
#include "model/scaling.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the handlers of Application Auto Scaling share.
namespace landfall::services::application_autoscaling {

namespace shapes = landfall::aws::application_autoscaling;
using aws::CallContext;
using model::ScalableTarget;
using store::Transaction;

inline std::string target_key(const CallContext& context, const auto& request) {
  return scope(context) + text(request.service_namespace) + "#" + text(request.resource_id) + "#" + text(request.scalable_dimension);
}

/// Only ECS services are scaled: other namespaces and dimensions are refused by name.
Result<void> check_dimension(const std::string& service_namespace, const std::optional<std::string>& resource_id, const std::optional<std::string>& dimension);

template <class From, class Request>
Result<ScalableTarget> target_of(const From& from, const CallContext& context, const Request& request) {
  auto target = store::find<ScalableTarget>(from, target_key(context, request));
  if (!target) {
    return fail("ObjectNotFoundException", fmt::format("No scalable target registered for service namespace: {}, resource ID: {}, scalable dimension: {}", text(request.service_namespace), text(request.resource_id), text(request.scalable_dimension)));
  }
  return std::move(*target);
}

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit.value_or(50), token, Error{.code = "InvalidNextTokenException", .what = fmt::format("Invalid token: {}", token.value_or(""))});
}

/// Structures of the wire, kept in records as JSON.
template <class Shape>
std::string kept(const Shape& shape) { return aws::encode_json(Shape::shape(), &shape); }
template <class Shape>
std::optional<Shape> told(const std::string& text) {
  if (text.empty()) return std::nullopt;
  Shape shape;
  if (!aws::decode_json(Shape::shape(), text, aws::Unknown::skipped, &shape)) return std::nullopt;
  return shape;
}

void register_target(aws::Registry&, const Deps&);
void register_scaling_activity(aws::Registry&, const Deps&);
void register_scaling_policy(aws::Registry&, const Deps&);
void register_scheduled_action(aws::Registry&, const Deps&);

}  // namespace landfall::services::application_autoscaling
