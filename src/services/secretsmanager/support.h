#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/shapes/secretsmanager.h"
#include "base/text.h"
#include "model/secret.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the Secrets Manager handlers share.
namespace landfall::services::secretsmanager {

namespace shapes = landfall::aws::secretsmanager;
using aws::CallContext;
using model::Secret;
using model::SecretVersion;
using store::Transaction;


Error no_secret();
Error is_deleted(std::string_view action);

/// A secret by its name, its ARN, or its ARN without the six characters at the end.
template <class From>
Result<Secret> secret_at(const From& from, const CallContext& context, const std::optional<std::string>& id) {
  const std::string given = text(id);
  const std::string stem = fmt::format("arn:aws:secretsmanager:{}:{}:secret:", context.region, context.account);
  if (!given.starts_with("arn:")) {
    if (auto secret = store::find<Secret>(from, scope(context) + given)) return std::move(*secret);
    return fail(no_secret());
  }
  for (Secret& secret : store::all<Secret>(from, scope(context))) {
    if (secret.arn == given || stem + secret.name == given) return std::move(secret);
  }
  return fail(no_secret());
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags);
std::map<std::string, std::vector<std::string>> stages_of(const Secret& secret);
/// The version that a call means: by id and stage; AWSCURRENT without either. Errors: "ResourceNotFoundException".
Result<const SecretVersion*> version_of(const Secret& secret, const std::optional<std::string>& id, const std::optional<std::string>& stage);
/// Adds a version with the stages (AWSCURRENT moves the old one to AWSPREVIOUS). Errors: "ResourceExistsException" if the
/// token was used for another value.
Result<void> add_version(Secret& secret, const std::string& token, const std::optional<std::string>& string, const std::optional<std::string>& binary, std::vector<std::string> stages, WallTime now);

void register_secret(aws::Registry&, const Deps&);
void register_secret_value(aws::Registry&, const Deps&);
void register_secret_list(aws::Registry&, const Deps&);

}  // namespace landfall::services::secretsmanager
