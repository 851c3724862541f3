#include "services/iam/support.h"

/// Policies that AWS manages and stacks of this kind attach. Data: names and what they allow (IAM's reference of managed
/// policies), in short form.
namespace landfall::services::iam {
namespace {

constexpr std::string_view kExecution =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})";
constexpr std::string_view kAdministrator = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

constexpr ManagedPolicy kPolicies[] = {
    {"service-role/AmazonECSTaskExecutionRolePolicy", kExecution},
    {"AdministratorAccess", kAdministrator},
    {"service-role/AmazonEC2ContainerServiceRole", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:Describe*","elasticloadbalancing:*"],"Resource":"*"}]})"},
    {"service-role/AmazonEC2ContainerServiceforEC2Role", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeTags","ecs:*","ecr:*","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"service-role/AmazonEC2ContainerServiceAutoscaleRole", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecs:DescribeServices","ecs:UpdateService","cloudwatch:PutMetricAlarm","cloudwatch:DescribeAlarms"],"Resource":"*"}]})"},
    {"AmazonEC2ContainerRegistryReadOnly", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:Get*","ecr:BatchGet*","ecr:Describe*","ecr:List*"],"Resource":"*"}]})"},
    {"AmazonS3ReadOnlyAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]})"},
    {"AmazonS3FullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})"},
    {"AmazonECS_FullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]})"},
    {"CloudWatchLogsFullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]})"},
    {"AmazonSSMReadOnlyAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:Describe*","ssm:Get*","ssm:List*"],"Resource":"*"}]})"},
    {"AmazonSSMManagedInstanceCore", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:*","ssmmessages:*","ec2messages:*"],"Resource":"*"}]})"},
    {"SecretsManagerReadWrite", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}]})"},
};

}  // namespace

const ManagedPolicy* aws_managed(std::string_view arn) {
  constexpr std::string_view kPrefix = "arn:aws:iam::aws:policy/";
  if (!arn.starts_with(kPrefix)) return nullptr;
  for (const ManagedPolicy& policy : kPolicies) {
    if (policy.path_and_name == arn.substr(kPrefix.size())) return &policy;
  }
  return nullptr;
}

}  // namespace landfall::services::iam
