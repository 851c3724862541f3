#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/acm.h"
#include "aws/shapes/ecr.h"
#include "aws/shapes/ecs.h"
#include "aws/shapes/iam.h"
#include "aws/shapes/sts.h"
#include "base/text.h"
#include "terraform/aws/elbv2.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

Result<void> read_caller(const Cloud& cloud, Record& state) {
  const auto who = TRY(cloud.call<aws::sts::GetCallerIdentityResponse>("sts", "GetCallerIdentity", aws::sts::GetCallerIdentityRequest{}));
  state.set("id", who.account.value_or(""));
  state.set("account_id", who.account.value_or(""));
  state.set("arn", who.arn.value_or(""));
  state.set("user_id", who.user_id.value_or(""));
  return {};
}

Result<void> read_region(const Cloud& cloud, Record& state) {
  const std::string name = state.has("name") ? state.text("name") : cloud.region;
  state.set("id", name);
  state.set("name", name);
  state.set("description", name);
  state.set("endpoint", fmt::format("ec2.{}.amazonaws.com", name));
  return {};
}

Result<void> read_partition(const Cloud&, Record& state) {
  state.set("id", "aws");
  state.set("partition", "aws");
  state.set("dns_suffix", "amazonaws.com");
  state.set("reverse_dns_prefix", "com.amazonaws");
  return {};
}

/// The newest matching certificate if most_recent, else the only one.
Result<void> read_certificate(const Cloud& cloud, Record& state) {
  namespace acm = aws::acm;
  acm::ListCertificatesRequest request;
  const auto statuses = state.texts("statuses");
  request.certificate_statuses = statuses.empty() ? std::vector<std::string>{"ISSUED"} : statuses;
  std::vector<acm::CertificateSummary> found;
  do {
    const auto page = TRY(cloud.call<acm::ListCertificatesResponse>("acm", "ListCertificates", request));
    for (const auto& summary : page.certificate_summary_list.value_or(std::vector<acm::CertificateSummary>{})) {
      const auto types = state.texts("types");
      const bool of_type = types.empty() || std::ranges::find(types, summary.type.value_or("")) != types.end();
      if (summary.domain_name == state.text("domain") && of_type) found.push_back(summary);
    }
    request.next_token = page.next_token;
  } while (request.next_token);
  if (found.empty()) return fail("NotFound", fmt::format("no ACM Certificate found for domain \"{}\" with status {}", state.text("domain"), join(*request.certificate_statuses, ", ")));
  if (found.size() > 1 && !state.flag("most_recent")) return fail("NotUnique", fmt::format("multiple ACM Certificates ({}) found for domain \"{}\"; set most_recent = true to take the newest", found.size(), state.text("domain")));
  const auto newest = std::ranges::max_element(found, {}, [](const acm::CertificateSummary& s) { return s.not_before.value_or(WallTime{}); });
  state.set("id", newest->certificate_arn.value_or(""));
  state.set("arn", newest->certificate_arn.value_or(""));
  state.set("status", newest->status.value_or(""));
  state.set("tags", Pairs{});
  return {};
}

Result<void> read_zone(const Cloud& cloud, Record& state) {
  namespace route53 = aws::route53;
  std::string id = state.text("zone_id");
  const bool wants_private = state.flag("private_zone");
  std::vector<route53::HostedZone> found;
  route53::ListHostedZonesRequest request;
  for (;;) {
    const auto page = TRY(cloud.call<route53::ListHostedZonesResponse>("route53", "ListHostedZones", request));
    for (const auto& zone : page.hosted_zones.value_or(std::vector<route53::HostedZone>{})) {
      const bool is_private = zone.config && zone.config->private_zone.value_or(false);
      const bool fits = id.empty() ? is_same_name(zone.name.value_or(""), state.text("name")) && is_private == wants_private : zone_id(zone.id.value_or("")) == zone_id(id);
      if (fits) found.push_back(zone);
    }
    if (!page.is_truncated.value_or(false)) break;
    request.marker = page.next_marker;
  }
  if (found.size() != 1) return fail(found_not_one(found.size(), "Route 53 Hosted Zone"));
  id = zone_id(found[0].id.value_or(""));
  route53::GetHostedZoneRequest get;
  get.id = id;
  const auto whole = TRY(cloud.call<route53::GetHostedZoneResponse>("route53", "GetHostedZone", get));
  const auto servers = whole.delegation_set ? whole.delegation_set->name_servers.value_or(std::vector<std::string>{}) : std::vector<std::string>{};
  state.set("id", id);
  state.set("zone_id", id);
  state.set("arn", "arn:aws:route53:::hostedzone/" + id);
  state.set("name", canonical_domain(found[0].name.value_or("")));
  state.set("private_zone", found[0].config && found[0].config->private_zone.value_or(false));
  state.set("comment", found[0].config ? found[0].config->comment.value_or("") : "");
  state.set("caller_reference", found[0].caller_reference.value_or(""));
  state.set("resource_record_set_count", found[0].resource_record_set_count.value_or(0));
  state.set("name_servers", servers);
  state.set("primary_name_server", servers.empty() ? "" : servers[0]);
  if (!state.has("tags")) state.set("tags", Pairs{});
  return {};
}

Result<void> read_balancer(const Cloud& cloud, Record& state) {
  namespace elbv2 = aws::elbv2;
  elbv2::DescribeLoadBalancersInput request;
  if (!state.text("arn").empty()) request.load_balancer_arns = std::vector<std::string>{state.text("arn")};
  else if (!state.text("name").empty()) request.names = std::vector<std::string>{state.text("name")};
  const auto found = TRY(cloud.call<elbv2::DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers", request));
  const auto balancers = found.load_balancers.value_or(std::vector<elbv2::LoadBalancer>{});
  if (balancers.size() != 1) return fail(found_not_one(balancers.size(), "ELBv2 Load Balancer"));
  const auto& balancer = balancers[0];
  const std::string arn = balancer.load_balancer_arn.value_or("");
  std::vector<std::string> subnets;
  for (const auto& zone : balancer.availability_zones.value_or(std::vector<elbv2::AvailabilityZone>{})) subnets.push_back(zone.subnet_id.value_or(""));
  state.set("id", arn);
  state.set("arn", arn);
  state.set("arn_suffix", arn.substr(arn.find("loadbalancer/") + 13));
  state.set("name", balancer.load_balancer_name.value_or(""));
  state.set("dns_name", balancer.dns_name.value_or(""));
  state.set("zone_id", balancer.canonical_hosted_zone_id.value_or(""));
  state.set("vpc_id", balancer.vpc_id.value_or(""));
  state.set("internal", balancer.scheme == "internal");
  state.set("load_balancer_type", balancer.type.value_or(""));
  state.set("security_groups", balancer.security_groups.value_or(std::vector<std::string>{}));
  state.set("subnets", subnets);
  return {};
}

Result<void> read_listener(const Cloud& cloud, Record& state) {
  namespace elbv2 = aws::elbv2;
  elbv2::DescribeListenersInput request;
  if (!state.text("arn").empty()) request.listener_arns = std::vector<std::string>{state.text("arn")};
  else request.load_balancer_arn = state.text("load_balancer_arn");
  const auto found = TRY(cloud.call<elbv2::DescribeListenersOutput>("elbv2", "DescribeListeners", request));
  std::vector<elbv2::Listener> listeners;
  for (const auto& listener : found.listeners.value_or(std::vector<elbv2::Listener>{})) {
    if (!state.has("port") || listener.port == state.number("port")) listeners.push_back(listener);
  }
  if (listeners.size() != 1) return fail(found_not_one(listeners.size(), "ELBv2 Listener"));
  state.set("id", listeners[0].listener_arn.value_or(""));
  state.set("arn", listeners[0].listener_arn.value_or(""));
  state.set("load_balancer_arn", listeners[0].load_balancer_arn.value_or(""));
  state.set("port", listeners[0].port.value_or(0));
  state.set("protocol", listeners[0].protocol.value_or(""));
  state.set("ssl_policy", listeners[0].ssl_policy.value_or(""));
  return {};
}

Result<void> read_target_group(const Cloud& cloud, Record& state) {
  namespace elbv2 = aws::elbv2;
  elbv2::DescribeTargetGroupsInput request;
  if (!state.text("arn").empty()) request.target_group_arns = std::vector<std::string>{state.text("arn")};
  else if (!state.text("name").empty()) request.names = std::vector<std::string>{state.text("name")};
  const auto found = TRY(cloud.call<elbv2::DescribeTargetGroupsOutput>("elbv2", "DescribeTargetGroups", request));
  const auto groups = found.target_groups.value_or(std::vector<elbv2::TargetGroup>{});
  if (groups.size() != 1) return fail(found_not_one(groups.size(), "ELBv2 Target Group"));
  const std::string arn = groups[0].target_group_arn.value_or("");
  state.set("id", arn);
  state.set("arn", arn);
  state.set("arn_suffix", arn.substr(arn.find("targetgroup/")));
  state.set("name", groups[0].target_group_name.value_or(""));
  state.set("port", groups[0].port.value_or(0));
  state.set("protocol", groups[0].protocol.value_or(""));
  state.set("target_type", groups[0].target_type.value_or(""));
  state.set("vpc_id", groups[0].vpc_id.value_or(""));
  return {};
}

Result<void> read_cluster(const Cloud& cloud, Record& state) {
  namespace ecs = aws::ecs;
  ecs::DescribeClustersRequest request;
  request.clusters = std::vector<std::string>{state.text("cluster_name")};
  const auto found = TRY(cloud.call<ecs::DescribeClustersResponse>("ecs", "DescribeClusters", request));
  if (!found.clusters || found.clusters->empty() || found.clusters->front().status == "INACTIVE") return fail(found_not_one(0, "ECS Cluster"));
  const auto& cluster = found.clusters->front();
  state.set("id", cluster.cluster_arn.value_or(""));
  state.set("arn", cluster.cluster_arn.value_or(""));
  state.set("status", cluster.status.value_or(""));
  state.set("pending_tasks_count", cluster.pending_tasks_count.value_or(0));
  state.set("running_tasks_count", cluster.running_tasks_count.value_or(0));
  state.set("registered_container_instances_count", 0);
  return {};
}

Result<void> read_task_definition(const Cloud& cloud, Record& state) {
  namespace ecs = aws::ecs;
  ecs::DescribeTaskDefinitionRequest request;
  request.task_definition = state.text("task_definition");
  const auto found = TRY(cloud.call<ecs::DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", request));
  const auto& definition = *found.task_definition;
  const std::string arn = definition.task_definition_arn.value_or("");
  state.set("id", arn);
  state.set("arn", arn);
  state.set("arn_without_revision", arn.substr(0, arn.rfind(':')));
  state.set("family", definition.family.value_or(""));
  state.set("revision", definition.revision.value_or(0));
  state.set("status", definition.status.value_or(""));
  state.set("network_mode", definition.network_mode.value_or(""));
  state.set("task_role_arn", definition.task_role_arn.value_or(""));
  state.set("execution_role_arn", definition.execution_role_arn.value_or(""));
  return {};
}

Result<void> read_repository(const Cloud& cloud, Record& state) {
  namespace ecr = aws::ecr;
  ecr::DescribeRepositoriesRequest request;
  request.repository_names = std::vector<std::string>{state.text("name")};
  const auto found = TRY(cloud.call<ecr::DescribeRepositoriesResponse>("ecr", "DescribeRepositories", request));
  const auto& repository = found.repositories.value().at(0);
  state.set("id", repository.repository_name.value_or(""));
  state.set("arn", repository.repository_arn.value_or(""));
  state.set("registry_id", repository.registry_id.value_or(""));
  state.set("repository_url", repository.repository_uri.value_or(""));
  state.set("image_tag_mutability", repository.image_tag_mutability.value_or(""));
  return {};
}

Result<void> read_role(const Cloud& cloud, Record& state) {
  namespace iam = aws::iam;
  iam::GetRoleRequest request;
  request.role_name = state.text("name");
  const auto found = TRY(cloud.call<iam::GetRoleResponse>("iam", "GetRole", request));
  state.set("id", found.role->role_name.value_or(""));
  state.set("arn", found.role->arn.value_or(""));
  state.set("unique_id", found.role->role_id.value_or(""));
  state.set("path", found.role->path.value_or(""));
  state.set("description", found.role->description.value_or(""));
  state.set("assume_role_policy", percent_decode(found.role->assume_role_policy_document.value_or("")));
  return {};
}

Result<void> read_policy(const Cloud& cloud, Record& state) {
  namespace iam = aws::iam;
  std::string arn = state.text("arn");
  if (arn.empty()) {
    const auto found = TRY(cloud.call<iam::ListPoliciesResponse>("iam", "ListPolicies", iam::ListPoliciesRequest{}));
    for (const auto& policy : found.policies.value_or(std::vector<iam::Policy>{})) {
      if (policy.policy_name == state.text("name")) arn = policy.arn.value_or("");
    }
    if (arn.empty()) arn = "arn:aws:iam::aws:policy/" + state.text("name");
  }
  iam::GetPolicyRequest request;
  request.policy_arn = arn;
  const auto found = TRY(cloud.call<iam::GetPolicyResponse>("iam", "GetPolicy", request));
  state.set("id", arn);
  state.set("arn", arn);
  state.set("name", found.policy->policy_name.value_or(""));
  state.set("path", found.policy->path.value_or(""));
  state.set("description", found.policy->description.value_or(""));
  return {};
}

/// Source  Elastic Load Balancing user guide, access logs: the account that writes them in each region.
Result<void> read_balancer_account(const Cloud& cloud, Record& state) {
  static const std::map<std::string, std::string> accounts{{"us-east-1", "127311923021"}, {"us-east-2", "033677994240"}, {"us-west-1", "027434742980"}, {"us-west-2", "797873946194"}, {"eu-west-1", "156460612806"},
                                                           {"eu-west-2", "652711504416"}, {"eu-west-3", "009996457667"}, {"eu-central-1", "054676820928"}, {"eu-north-1", "897822967062"}, {"ap-southeast-1", "114774131450"},
                                                           {"ap-southeast-2", "783225319266"}, {"ap-northeast-1", "582318560864"}, {"ap-northeast-2", "600734575887"}, {"ap-south-1", "718504428378"}, {"sa-east-1", "507241528517"}, {"ca-central-1", "985666609251"}};
  const std::string region = state.has("region") ? state.text("region") : cloud.region;
  const auto found = accounts.find(region);
  if (found == accounts.end()) return fail("NotFound", "unknown region (\"" + region + "\")");
  state.set("id", found->second);
  state.set("arn", "arn:aws:iam::" + found->second + ":root");
  return {};
}

}  // namespace

void add_other_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  add_source(provider, "aws_caller_identity", {.attributes = {text("id").read_only(), text("account_id").read_only(), text("arn").read_only(), text("user_id").read_only()}}, read_caller);
  add_source(provider, "aws_region", {.attributes = {text("id").read_only(), text("name").computed(), text("description").read_only(), text("endpoint").computed(), flag("current")}}, read_region);
  add_source(provider, "aws_partition", {.attributes = {text("id").read_only(), text("partition").read_only(), text("dns_suffix").read_only(), text("reverse_dns_prefix").read_only()}}, read_partition);
  add_source(provider, "aws_acm_certificate", {.attributes = {text("id").read_only(), text("arn").read_only(), text("domain").required(), texts("statuses"), texts("types"), text_set("key_types"), flag("most_recent").defaults(false), text("status").read_only(), tags()}}, read_certificate);
  add_source(provider, "aws_route53_zone", {.attributes = {text("id").read_only(), text("zone_id").computed(), text("name").computed(), flag("private_zone"), text("arn").read_only(), text("comment").read_only(), text("caller_reference").read_only(),
                                                           number("resource_record_set_count").read_only(), texts("name_servers").read_only(), text("primary_name_server").read_only(), text("vpc_id").computed(), tags()}}, read_zone);
  for (const char* prefix : {"aws_lb", "aws_alb"}) {
    const std::string name(prefix);
    add_source(provider, name, {.attributes = {text("id").read_only(), text("arn").computed(), text("arn_suffix").read_only(), text("name").computed(), text("dns_name").read_only(), text("zone_id").read_only(), text("vpc_id").read_only(), flag("internal").read_only(),
                                               text("load_balancer_type").read_only(), text_set("security_groups").read_only(), text_set("subnets").read_only()}}, read_balancer);
    add_source(provider, name + "_listener", {.attributes = {text("id").read_only(), text("arn").computed(), text("load_balancer_arn").computed(), number("port").computed(), text("protocol").read_only(), text("ssl_policy").read_only()}}, read_listener);
    add_source(provider, name + "_target_group", {.attributes = {text("id").read_only(), text("arn").computed(), text("arn_suffix").read_only(), text("name").computed(), number("port").read_only(), text("protocol").read_only(), text("target_type").read_only(), text("vpc_id").read_only()}}, read_target_group);
  }
  add_source(provider, "aws_ecs_cluster", {.attributes = {text("id").read_only(), text("arn").read_only(), text("cluster_name").required(), text("status").read_only(), number("pending_tasks_count").read_only(), number("running_tasks_count").read_only(),
                                                          number("registered_container_instances_count").read_only()}}, read_cluster);
  add_source(provider, "aws_ecs_task_definition", {.attributes = {text("id").read_only(), text("arn").read_only(), text("arn_without_revision").read_only(), text("task_definition").required(), text("family").read_only(), number("revision").read_only(),
                                                                  text("status").read_only(), text("network_mode").read_only(), text("task_role_arn").read_only(), text("execution_role_arn").read_only()}}, read_task_definition);
  add_source(provider, "aws_ecr_repository", {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), text("registry_id").computed(), text("repository_url").read_only(), text("image_tag_mutability").read_only()}}, read_repository);
  add_source(provider, "aws_iam_role", {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), text("unique_id").read_only(), text("path").read_only(), text("description").read_only(), text("assume_role_policy").read_only()}}, read_role);
  add_source(provider, "aws_iam_policy", {.attributes = {text("id").read_only(), text("arn").computed(), text("name").computed(), text("path").read_only(), text("description").read_only()}}, read_policy);
  add_source(provider, "aws_elb_service_account", {.attributes = {text("id").read_only(), text("arn").read_only(), text("region")}}, read_balancer_account);
}

}  // namespace landfall::terraform::aws_types
