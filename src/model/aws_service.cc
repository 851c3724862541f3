#include "model/aws_service.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"

namespace landfall::model {
namespace {

bool fits(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == pattern.substr(1);
}

}  // namespace

const std::vector<AwsService>& aws_services() {
  static const std::vector<AwsService> services{
      {.name = "application-autoscaling", .hosts = {"application-autoscaling"}},
      {.name = "autoscaling", .hosts = {"autoscaling"}},
      {.name = "cloudformation", .hosts = {"cloudformation"}},
      {.name = "codebuild", .hosts = {"codebuild"}},
      {.name = "codecommit", .hosts = {"codecommit"}},
      {.name = "codedeploy", .hosts = {"codedeploy"}},
      {.name = "codepipeline", .hosts = {"codepipeline"}},
      {.name = "dynamodb", .is_gateway = true, .hosts = {"dynamodb"}},
      {.name = "dynamodb-streams", .hosts = {"streams.dynamodb"}},
      {.name = "ec2", .hosts = {"ec2"}},
      {.name = "ec2messages", .hosts = {"ec2messages"}},
      {.name = "ecr.api", .hosts = {"api.ecr"}},
      {.name = "ecr.dkr", .hosts = {"dkr.ecr", "*.dkr.ecr"}},
      {.name = "ecs", .hosts = {"ecs"}},
      {.name = "ecs-agent", .hosts = {"ecs-a"}},
      {.name = "ecs-telemetry", .hosts = {"ecs-t"}},
      {.name = "elasticache", .hosts = {"elasticache"}},
      {.name = "elasticfilesystem", .hosts = {"elasticfilesystem"}},
      {.name = "elasticloadbalancing", .hosts = {"elasticloadbalancing"}},
      {.name = "events", .hosts = {"events"}},
      {.name = "execute-api", .hosts = {"*.execute-api"}},
      {.name = "git-codecommit", .hosts = {"git-codecommit"}},
      {.name = "kinesis-firehose", .hosts = {"firehose"}},
      {.name = "kinesis-streams", .hosts = {"kinesis"}},
      {.name = "kms", .hosts = {"kms"}},
      {.name = "lambda", .hosts = {"lambda"}},
      {.name = "logs", .hosts = {"logs"}},
      {.name = "monitoring", .hosts = {"monitoring"}},
      {.name = "rds", .hosts = {"rds"}},
      {.name = "rds-data", .hosts = {"rds-data"}},
      {.name = "s3", .is_gateway = true, .hosts = {"s3", "*.s3", "s3.dualstack", "*.s3.dualstack"}},
      {.name = "secretsmanager", .hosts = {"secretsmanager"}},
      {.name = "servicediscovery", .hosts = {"servicediscovery"}},
      {.name = "sns", .hosts = {"sns"}},
      {.name = "sqs", .hosts = {"sqs"}},
      {.name = "ssm", .hosts = {"ssm"}},
      {.name = "ssmmessages", .hosts = {"ssmmessages"}},
      {.name = "states", .hosts = {"states"}},
      {.name = "sts", .hosts = {"sts"}},
      {.name = "tagging", .hosts = {"tagging"}},
      {.name = "xray", .hosts = {"xray"}},
  };
  return services;
}

std::string service_name(const AwsService& service, std::string_view region) { return fmt::format("com.amazonaws.{}.{}", region, service.name); }

const AwsService* service_named(std::string_view name, std::string_view region) {
  const auto found = std::ranges::find_if(aws_services(), [&](const AwsService& service) { return service_name(service, region) == name; });
  return found == aws_services().end() ? nullptr : &*found;
}

ServiceHost service_of_host(std::string_view host) {
  constexpr std::string_view kDomain = ".amazonaws.com";
  if (!host.ends_with(kDomain)) return {};
  host.remove_suffix(kDomain.size());
  std::string_view region = "us-east-1";
  if (host != "s3" && !host.ends_with(".s3")) {
    const size_t dot = host.rfind('.');
    if (dot == std::string_view::npos) return {};
    region = host.substr(dot + 1);
    host = host.substr(0, dot);
  }
  for (const AwsService& service : aws_services()) {
    if (std::ranges::any_of(service.hosts, [&](std::string_view pattern) { return fits(pattern, host); })) return {&service, region};
  }
  return {};
}

std::optional<Ipv4> own_address(const Settings& settings, const AwsService& service) {
  const Result<Cidr> pool = parse_cidr(settings.public_pool);
  if (!pool || !service.is_gateway) return std::nullopt;
  return Ipv4{pool->last().bits - (service.name == "s3" ? 1U : 2U)};
}

std::vector<Ipv4> endpoint_addresses(const Settings& settings) {
  std::vector<Ipv4> addresses;
  if (const Result<Ipv4> shared = parse_ipv4(settings.endpoint_address)) addresses.push_back(*shared);
  for (const AwsService& service : aws_services()) {
    if (const auto own = own_address(settings, service)) addresses.push_back(*own);
  }
  return addresses;
}

std::string prefix_list_id(const AwsService& service, std::string_view region) {
  static const std::map<std::string, std::string, std::less<>> known{{"us-west-2.s3", "pl-68a54001"}, {"us-west-2.dynamodb", "pl-00a54069"}, {"us-east-1.s3", "pl-63a5400a"}, {"us-east-1.dynamodb", "pl-02cd2c6b"}};
  const std::string name = fmt::format("{}.{}", region, service.name);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  return "pl-" + to_hex(sha256(name)).substr(0, 8);
}

}  // namespace landfall::model
