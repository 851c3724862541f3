#pragma once

#include <span>
#include <string_view>

/// The roles that AWS's services have in an account.
namespace landfall::services::iam {

enum class Suffix : unsigned char { refused, allowed };

struct LinkedRole {
  std::string_view service;  ///< "ecs": ecs.amazonaws.com
  std::string_view name;     ///< "ECS": AWSServiceRoleForECS
  std::string_view policy;   ///< "aws-service-role/…", managed by AWS
  Suffix suffix = Suffix::refused;
};
std::span<const LinkedRole> linked_roles();

}  // namespace landfall::services::iam
