#include "services/iam/resource_policy.h"

#include "base/text.h"
#include "model/identity.h"
#include "model/storage.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

/// "-" marks a policy that was deleted (services/s3).
void add_bucket(const Deps& deps, const std::string& name, Policies& policies) {
  const auto bucket = store::find<model::Bucket>(deps.store, name);
  if (!bucket) return;
  policies.resource_account = bucket->account;
  const auto policy = bucket->settings.find("policy");
  if (policy != bucket->settings.end() && policy->second.starts_with("{")) policies.resource = policy->second;
}

void add_repository(const Deps& deps, const std::string& key, Policies& policies) {
  const auto repository = store::find<model::Repository>(deps.store, key);
  if (!repository) return;
  policies.resource_account = repository->account;
  if (!repository->policy.empty()) policies.resource = repository->policy;
}

/// The name of an index may stand behind that of the table.
void add_table(const Deps& deps, const std::string& account, const std::string& region, const std::string& name, Policies& policies) {
  const auto table = store::find<model::DynamoTable>(deps.store, account + "/" + region + "/" + name.substr(0, name.find('/')));
  if (!table) return;
  policies.resource_account = table->account;
  if (!table->policy.empty()) policies.resource = table->policy;
}

void add_trust(const Deps& deps, const std::string& account, const std::string& name, Policies& policies) {
  policies.is_trust = true;
  const auto role = store::find<model::Role>(deps.store, account + "/" + name);
  if (!role) return;
  policies.resource_account = account;
  policies.resource = role->assume_role_policy;
}

}  // namespace

void add_resource_policy(const Deps& deps, const Question& question, Policies& policies) {
  const std::vector<std::string> arn = split(question.resource, ':');
  if (arn.size() < 6) return;
  if (arn[2] == "s3") return add_bucket(deps, arn[5].substr(0, arn[5].find('/')), policies);
  if (arn[2] == "ecr" && arn[5].starts_with("repository/")) return add_repository(deps, arn[4] + "/" + arn[3] + "/" + arn[5].substr(11), policies);
  if (arn[2] == "dynamodb" && arn[5].starts_with("table/")) return add_table(deps, arn[4], arn[3], arn[5].substr(6), policies);
  if (question.action == "sts:AssumeRole" && arn[5].starts_with("role/")) add_trust(deps, arn[4], arn[5].substr(arn[5].rfind('/') + 1), policies);
}

}  // namespace landfall::services::iam
