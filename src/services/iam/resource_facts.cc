#include "services/iam/resource_facts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/certificate.h"
#include "model/container_service.h"
#include "model/identity.h"
#include "model/load_balancing.h"
#include "model/network.h"
#include "model/scaling.h"
#include "model/secret.h"
#include "model/storage.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

struct Arn {
  std::string whole, service, region, account, kind, id;  ///< of the resource's part: "kind/id"
};

template <class T>
bool take(const Deps& deps, const std::string& key, ResourceFacts& facts) {
  const auto found = store::find<T>(deps.store, key);
  if (!found) return false;
  facts.tags = found->tags;
  if constexpr (requires { found->vpc_id; found->region; }) {
    if (!found->vpc_id.empty()) facts.vpc_arn = fmt::format("arn:aws:ec2:{}:{}:vpc/{}", found->region, found->account, found->vpc_id);
  }
  return true;
}

void of_ec2(const Deps& deps, const Arn& arn, ResourceFacts& facts) {
  const std::string key = fmt::format("{}/{}/{}", arn.account, arn.region, arn.id);
  if (arn.kind == "vpc") take<model::Vpc>(deps, key, facts), facts.vpc_arn = arn.whole;
  if (arn.kind == "subnet") take<model::Subnet>(deps, key, facts);
  if (arn.kind == "security-group") take<model::SecurityGroup>(deps, key, facts);
  if (arn.kind == "route-table") take<model::RouteTable>(deps, key, facts);
  if (arn.kind == "internet-gateway") take<model::InternetGateway>(deps, key, facts);
  if (arn.kind == "natgateway") take<model::NatGateway>(deps, key, facts);
  if (arn.kind == "elastic-ip") take<model::Address>(deps, key, facts);
  if (arn.kind == "network-acl") take<model::NetworkAcl>(deps, key, facts);
  if (arn.kind == "network-interface") take<model::NetworkInterface>(deps, key, facts);
}

void of_secret(const Deps& deps, const Arn& arn, ResourceFacts& facts) {
  for (const auto& secret : store::all<model::Secret>(deps.store, arn.account + "/" + arn.region + "/")) {
    if (secret.arn == arn.whole) facts.tags = secret.tags;
  }
}

}  // namespace

ResourceFacts facts_of(const Deps& deps, const std::string& whole) {
  ResourceFacts facts;
  const std::vector<std::string> parts = split(whole, ':');
  if (parts.size() < 6) return facts;
  const size_t slash = parts[5].find('/');
  const Arn arn{.whole = whole, .service = parts[2], .region = parts[3], .account = parts[4], .kind = parts[5].substr(0, slash), .id = slash == std::string::npos ? "" : parts[5].substr(slash + 1)};
  const std::string key = fmt::format("{}/{}/{}", arn.account, arn.region, arn.id);
  if (arn.service == "ec2") of_ec2(deps, arn, facts);
  if (arn.service == "ecs") (void)(take<model::Cluster>(deps, whole, facts) || take<model::Service>(deps, whole, facts) || take<model::Task>(deps, whole, facts) || take<model::TaskDefinition>(deps, whole, facts) || take<model::CapacityProvider>(deps, whole, facts));
  if (arn.service == "elasticloadbalancing") (void)(take<model::LoadBalancer>(deps, whole, facts) || take<model::TargetGroup>(deps, whole, facts) || take<model::Listener>(deps, whole, facts) || take<model::Rule>(deps, whole, facts));
  if (arn.service == "acm") take<model::Certificate>(deps, whole, facts);
  if (arn.service == "iam" && arn.kind == "role") take<model::Role>(deps, arn.account + "/" + arn.id.substr(arn.id.rfind('/') + 1), facts);
  if (arn.service == "iam" && arn.kind == "user") take<model::User>(deps, arn.account + "/" + arn.id.substr(arn.id.rfind('/') + 1), facts);
  if (arn.service == "iam" && arn.kind == "policy") take<model::Policy>(deps, whole, facts);
  if (arn.service == "dynamodb" && arn.kind == "table") take<model::DynamoTable>(deps, key.substr(0, key.find("/index/")), facts);
  if (arn.service == "ecr" && arn.kind == "repository") take<model::Repository>(deps, key, facts);
  if (arn.service == "logs" && parts.size() > 6 && parts[5] == "log-group") take<model::LogGroup>(deps, fmt::format("{}/{}/{}", arn.account, arn.region, parts[6]), facts);
  if (arn.service == "secretsmanager") of_secret(deps, arn, facts);
  if (arn.service == "ssm" && arn.kind == "parameter") (void)(take<model::Parameter>(deps, arn.account + "/" + arn.region + "#" + arn.id, facts) || take<model::Parameter>(deps, arn.account + "/" + arn.region + "#/" + arn.id, facts));
  if (arn.service == "s3" && slash == std::string::npos) take<model::Bucket>(deps, parts[5], facts);
  return facts;
}

}  // namespace landfall::services::iam
