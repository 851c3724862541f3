#include <fmt/format.h>

#include "base/text.h"
#include "fargate/awslogs.h"
#include "fargate/life.h"
#include "fargate/reference.h"
#include "fargate/secret_value.h"

/// PENDING, with `serve --enforce-iam`: what ECS does for a task, it does as the task's execution role.
namespace landfall::fargate {
namespace {

/// One thing that the execution role is needed for.
struct Need {
  std::string action, resource;
  std::string failure;  ///< what ECS says before the refusal's own words
};

const std::string kPull = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";
const std::string kLogs = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ";

/// "123456789012.dkr.ecr.us-west-2.amazonaws.com" and a name -> the repository's ARN.
std::string repository_arn(const Reference& reference) {
  const std::vector<std::string> labels = split(reference.host, '.');
  return fmt::format("arn:aws:ecr:{}:{}:repository/{}", labels.size() > 3 ? labels[3] : "", labels[0], reference.repository);
}

void add_image(std::vector<Need>& needs, const std::string& image) {
  const auto reference = parse_reference(image);
  if (!reference || !is_ecr_host(reference->host)) return;
  needs.push_back({"ecr:GetAuthorizationToken", "*", kPull + "unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: "});
  for (const char* action : {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}) {
    needs.push_back({action, repository_arn(*reference), fmt::format("CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {}: unexpected status from HEAD request: 403 Forbidden: ", reference->name())});
  }
}

void add_secret(std::vector<Need>& needs, const model::Task& task, const std::string& value_from) {
  const std::string arn = secret_arn(task, value_from);
  if (arn.find(":secretsmanager:") != std::string::npos) {
    needs.push_back({"secretsmanager:GetSecretValue", arn, kPull + fmt::format("unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {} from secrets manager: AccessDeniedException: ", value_from)});
  } else {
    needs.push_back({"ssm:GetParameters", arn, kPull + "unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: "});
  }
}

void add_logs(std::vector<Need>& needs, const model::Task& task, const model::ContainerDefinition& container) {
  if (!has_awslogs(container)) return;
  const model::LogConfiguration& logs = *container.log_configuration;
  const std::string group = group_arn_of(task, logs);
  if (option_of(logs, "awslogs-create-group") == "true") needs.push_back({"logs:CreateLogGroup", group, kLogs + "AccessDeniedException: "});
  for (const char* action : {"logs:CreateLogStream", "logs:PutLogEvents"}) {
    needs.push_back({action, fmt::format("{}:log-stream:{}", group, stream_of(task, container)), kLogs + "AccessDeniedException: "});
  }
}

}  // namespace

/// ECS must be able to take each role that the definition names.
std::optional<Stop> Life::check_trust(const std::string& role_arn) {
  if (!host_.options.guard || host_.options.guard->is_trusted(role_arn)) return std::nullopt;
  explain({.code = "Task.RoleNotAssumable", .sentence = fmt::format("ECS cannot take role {}: its trust policy does not let ecs-tasks.amazonaws.com assume it", role_arn), .cause = role_arn, .attribute = "assume_role_policy",
           .remedy = "name ecs-tasks.amazonaws.com as the service in the trust policy's Principal"}, true);
  return Stop{"TaskFailedToStart", unable_to_assume(role_arn)};
}

std::optional<Stop> Life::check_permissions() {
  const auto now = task();
  const std::string& role = definition_.execution_role_arn;
  if (!now || !host_.options.guard || role.empty()) return std::nullopt;
  for (const model::ContainerDefinition& container : definition_.containers) {
    std::vector<Need> needs;
    for (const auto& secret : container.secrets) add_secret(needs, *now, secret.value);
    add_image(needs, container.image);
    add_logs(needs, *now, container);
    for (const Need& need : needs) {
      const auto allowed = host_.options.guard->authorize(role, task_id_, need.action, need.resource);
      if (allowed) continue;
      const std::string& other = definition_.task_role_arn;
      const bool is_on_other = !other.empty() && other != role && host_.options.guard->authorize(other, task_id_, need.action, need.resource).has_value();
      explain({.code = "Task.RoleDenied", .sentence = fmt::format("the execution role {} may not {} on {}, which container {} needs to start{}", role, need.action, need.resource, container.name, is_on_other ? fmt::format("; the task role {} may, which the program alone uses", other) : ""),
               .cause = role, .attribute = "policy", .remedy = fmt::format("{} {} on {}", is_on_other ? "move the policy to the execution role: it must allow" : "allow the execution role", need.action, need.resource), .evidence = {{"refusal", allowed.error().what}}}, true);
      return Stop{"TaskFailedToStart", need.failure + allowed.error().what};
    }
  }
  return std::nullopt;
}

}  // namespace landfall::fargate
