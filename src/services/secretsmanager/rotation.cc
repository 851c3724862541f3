#include "services/secretsmanager/support.h"

/// Rotation, which a Lambda function does: there are none here, so that nothing is rotated.
namespace landfall::services::secretsmanager {
namespace {

Result<shapes::RotateSecretResponse> rotate(const Deps& deps, const CallContext& context, const shapes::RotateSecretRequest& request) {
  TRY(token_of(request.client_request_token, "InvalidParameterException"));
  if (request.rotation_rules) {
    const auto& rules = *request.rotation_rules;
    if (rules.automatically_after_days && rules.schedule_expression) return fail("InvalidParameterException", "You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
    if (rules.automatically_after_days && (*rules.automatically_after_days < 1 || *rules.automatically_after_days > 1000)) return fail("InvalidParameterException", "RotationRules.AutomaticallyAfterDays must be within 1-1000.");
  }
  TRY(changeable_at(deps.store, context, request.secret_id));
  if (text(request.rotation_lambda_arn).empty()) return fail("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.");
  return fail("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.");
}

Result<shapes::CancelRotateSecretResponse> cancel(const Deps& deps, const CallContext& context, const shapes::CancelRotateSecretRequest& request) {
  TRY(changeable_at(deps.store, context, request.secret_id));
  return fail("InvalidRequestException", "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you didn't include such an ARN as a parameter in this call.");
}

}  // namespace

void register_rotation(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::RotateSecretRequest, shapes::RotateSecretResponse>("secretsmanager", "RotateSecret", {"*"}, bind(rotate));
  registry.add<shapes::CancelRotateSecretRequest, shapes::CancelRotateSecretResponse>("secretsmanager", "CancelRotateSecret", {"*"}, bind(cancel));
}

}  // namespace landfall::services::secretsmanager
