#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/iam.h"
#include "model/identity.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::iam {

namespace shapes = landfall::aws::iam;
using aws::CallContext;
using store::Transaction;

inline std::string text(const std::optional<std::string>& value) { return value.value_or(""); }

/// Errors "MalformedPolicyDocument" unless the text is a JSON object with a Statement.
Result<void> check_policy(std::string_view document);
Result<model::Role> role_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name);
std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags);
model::Tags tags_of(const std::optional<std::vector<shapes::Tag>>& tags);

/// A policy that AWS manages ("arn:aws:iam::aws:policy/…"), if it is one of those that Landfall knows.
struct ManagedPolicy {
  std::string_view path_and_name, document;
};
const ManagedPolicy* aws_managed(std::string_view arn);

void register_role(aws::Registry&, const Deps&);
void register_role_policy(aws::Registry&, const Deps&);
void register_policy(aws::Registry&, const Deps&);

}  // namespace landfall::services::iam
