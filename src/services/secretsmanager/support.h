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

/// The secret of a call that changes it: not one that is marked for deletion, and no replica. Errors: "InvalidRequestException".
template <class From>
Result<Secret> changeable_at(const From& from, const CallContext& context, const std::optional<std::string>& id) {
  Secret secret = TRY(secret_at(from, context, id));
  if (secret.deleted_at) return fail("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");
  if (!secret.primary_region.empty()) return fail("InvalidRequestException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  return secret;
}

/// Keeps the secret, and its replicas like it.
void put_secret(Transaction& tx, const Secret& secret);
/// Keeps the secret with replicas in more regions; gives the states of all, those that failed last. Errors:
/// "InvalidParameterException".
Result<std::vector<shapes::ReplicationStatusType>> add_replicas(Transaction& tx, Secret& secret, const std::vector<shapes::ReplicaRegionType>& regions, bool overwrites);
std::string arn_in(const Secret& secret, const std::string& region);
std::optional<std::vector<shapes::ReplicationStatusType>> replication_of(const Secret& secret);

/// Every client sends one. Errors: `code`.
Result<std::string> token_of(const std::optional<std::string>& token, const char* code = "InvalidRequestException");

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given);
std::optional<std::vector<shapes::Tag>> tags_of(const Secret& secret);  ///< not told of one that never had any
std::optional<std::map<std::string, std::vector<std::string>>> stages_of(const Secret& secret);
/// The version that a call means: by id and stage; AWSCURRENT without either. Errors: "ResourceNotFoundException".
Result<const SecretVersion*> version_of(const Secret& secret, const std::optional<std::string>& id, const std::optional<std::string>& stage);
/// Adds a version with the stages (AWSCURRENT moves the old one to AWSPREVIOUS). Errors: "ResourceExistsException" if the
/// token was used for another value.
Result<void> add_version(Secret& secret, const std::string& token, const std::optional<std::string>& string, const std::optional<std::string>& binary, std::vector<std::string> stages, WallTime now);

void register_secret(aws::Registry&, const Deps&);
void register_secret_value(aws::Registry&, const Deps&);
void register_secret_list(aws::Registry&, const Deps&);
void register_secret_policy(aws::Registry&, const Deps&);
void register_replica(aws::Registry&, const Deps&);
void register_rotation(aws::Registry&, const Deps&);

}  // namespace landfall::services::secretsmanager
