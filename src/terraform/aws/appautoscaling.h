#pragma once

#include <string>

#include "aws/shapes/application_autoscaling.h"
#include "terraform/provider.h"

/// What the types of Application Auto Scaling share.
namespace landfall::terraform::aws_types {

/// The target that a request is about: service_namespace, resource_id and scalable_dimension of a record.
template <class Request>
void set_target(const Record& record, Request& request) {
  request.service_namespace = record.text("service_namespace");
  request.resource_id = record.text("resource_id");
  request.scalable_dimension = record.text("scalable_dimension");
}

/// "ecs/service/CLUSTER/NAME/ecs:service:DesiredCount", and "/POLICY" after it if `is_named`, taken apart; "id" is the
/// resource's, or the policy's name. Errors: "Import.Id".
Result<Record> target_of_import(const std::string& id, bool is_named);

}  // namespace landfall::terraform::aws_types
