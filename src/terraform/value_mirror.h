#pragma once

#include <string>

#include "terraform/schema.h"

/// A value as plan and state JSON tell it: what is known, and in objects of the same shape what is unknown and what is
/// sensitive.
/// Source  Terraform 1.11, command/jsonplan (omitUnknowns, unknownAsBool), command/jsonstate (SensitiveAsBool).
namespace landfall::terraform {

/// The value without marks. Unknown members of objects and maps are left out, unknown elements null; null if all is unknown.
std::string known_json(const Value& value);

/// true where unknown. Members of objects and maps that are wholly known are left out; elements are not.
std::string unknown_json(const Value& value);

/// true where sensitive, by marks; the same shape.
std::string sensitive_json(const Value& value);

/// The value with the marks of what the schema says is sensitive.
Value with_schema_marks(const Value& value, const Schema& schema);

}  // namespace landfall::terraform
