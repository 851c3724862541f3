#pragma once

#include "terraform/schema.h"
#include "terraform/state.h"

namespace landfall::terraform {

/// The object that a state has of one instance, of the schema's type, sensitive where the state says so. Members that this
/// version does not know (another writer's) are left out; what is missing is null. Flat attributes of 0.11 are read by the
/// schema. Errors: "Json.Malformed", "Terraform.Type".
Result<Value> value_of_instance(const StateInstance& instance, const Schema& schema);

/// Of a type that nobody here knows: as its JSON implies.
Result<Value> value_of_instance(const StateInstance& instance);

/// The same way back: fills attributes and sensitive_attributes. Where a type is `any`, value and type are written.
void set_attributes(StateInstance& instance, const Value& value, const Schema& schema);

/// The paths of what is sensitive, as states write them.
std::vector<std::string> sensitive_paths(const Value& value);

/// `value` with the marks that `marked`, of the same shape, has in the same places.
Value with_marks_of(const Value& value, const Value& marked);

}  // namespace landfall::terraform
