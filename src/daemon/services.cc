#include "daemon/services.h"

#include <map>

#include <fmt/format.h>

#include "daemon/test_dns_answer.h"
#include "daemon/web_identity.h"
#include "services/acm/acm.h"
#include "services/application_autoscaling/application_autoscaling.h"
#include "services/cloudwatch/cloudwatch.h"
#include "services/ec2/ec2.h"
#include "services/dynamodb/dynamodb.h"
#include "services/ecr/ecr.h"
#include "services/ecs/ecs.h"
#include "services/elbv2/elbv2.h"
#include "services/iam/iam.h"
#include "services/logs/logs.h"
#include "services/resourcegroupstaggingapi/resourcegroupstaggingapi.h"
#include "services/route53/route53.h"
#include "services/s3/s3.h"
#include "services/secretsmanager/secretsmanager.h"
#include "services/servicediscovery/servicediscovery.h"
#include "services/ssm/ssm.h"
#include "services/sts/sts.h"

namespace landfall::daemon {
namespace {

/// For building a registry that is only looked at: nothing is logged or read.
class NoLogs final : public store::LogStore {
 public:
  Result<void> append(const std::string&, const std::string&, const std::vector<store::LogEvent>&) override { return {}; }
  Result<std::vector<store::LogEvent>> read(const store::LogQuery&) const override { return std::vector<store::LogEvent>{}; }
  Result<void> erase(const std::string&, const std::optional<std::string>&) override { return {}; }
  Result<void> erase_older(const std::string&, WallTime) override { return {}; }
};

std::string members_of(const aws::Registry::Entry& entry) {
  if (entry.members.empty()) return "none";
  if (entry.members[0] == "*") return "all";
  std::string text;
  for (const std::string& member : entry.members) text += (text.empty() ? "`" : ", `") + member + "`";
  return text;
}

}  // namespace

void register_services(aws::Registry& registry, const services::Deps& deps) {
  services::acm::register_acm(registry, deps);
  services::application_autoscaling::register_application_autoscaling(registry, deps);
  services::cloudwatch::register_cloudwatch(registry, deps);
  services::ec2::register_ec2(registry, deps);
  services::dynamodb::register_dynamodb(registry, deps);
  services::ecr::register_ecr(registry, deps);
  services::ecs::register_ecs(registry, deps);
  services::elbv2::register_elbv2(registry, deps);
  services::iam::register_iam(registry, deps);
  services::logs::register_logs(registry, deps);
  services::resourcegroupstaggingapi::register_resourcegroupstaggingapi(registry, deps);
  services::route53::register_route53(registry, deps);
  register_test_dns_answer(registry, deps);
  services::s3::register_s3(registry, deps);
  services::secretsmanager::register_secretsmanager(registry, deps);
  services::servicediscovery::register_servicediscovery(registry, deps);
  services::ssm::register_ssm(registry, deps);
  services::sts::register_sts(registry, deps);
  register_web_identity(registry, deps);
}

std::string support_table() {
  const auto store = store::open_memory();
  NoLogs logs;
  store::MetricStore metrics;
  const SystemClock clock;
  IdSource ids(1);
  const services::Deps deps{*store, logs, metrics, clock, ids, ""};
  aws::Registry registry;
  register_services(registry, deps);
  std::string text = "# What is supported\n\nMade by `landfall support` from the code; a test compares the two. An operation that is not here, and an argument that\n"
                     "is not listed, is refused by name. `X.*` is X and everything in it.\n";
  std::string_view service;
  for (const auto& [name, entry] : registry.entries()) {
    if (entry.service->name != service) {
      service = entry.service->name;
      text += fmt::format("\n## {} ({})\n\n| operation | arguments |\n|---|---|\n", entry.service->service_id, service);
    }
    text += fmt::format("| {} | {} |\n", entry.operation->name, members_of(entry));
  }
  return text;
}

}  // namespace landfall::daemon
