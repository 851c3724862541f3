#include <algorithm>

#include "base/digest.h"
#include "services/iam/linked_role.h"
#include "services/iam/support.h"

/// Policies that AWS manages and stacks of this kind attach. Data: names and what they allow (IAM's reference of managed
/// policies), in short form; of some the name alone.
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
    {"PowerUserAccess"},
    {"ReadOnlyAccess"},
    {"SecurityAudit"},
    {"IAMFullAccess"},
    {"IAMReadOnlyAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]})"},
    {"IAMUserChangePassword", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]})"},
    {"AmazonEC2FullAccess"},
    {"AmazonEC2ReadOnlyAccess"},
    {"AmazonVPCFullAccess"},
    {"AmazonVPCReadOnlyAccess"},
    {"AmazonDynamoDBFullAccess"},
    {"AmazonDynamoDBReadOnlyAccess"},
    {"AmazonRDSFullAccess"},
    {"AmazonRDSReadOnlyAccess"},
    {"AmazonSQSFullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:*"],"Resource":"*"}]})"},
    {"AmazonSQSReadOnlyAccess"},
    {"AmazonSNSFullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sns:*"],"Resource":"*"}]})"},
    {"AmazonSNSReadOnlyAccess"},
    {"AmazonRoute53FullAccess"},
    {"AmazonRoute53ReadOnlyAccess"},
    {"AmazonEC2ContainerRegistryFullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:*","cloudtrail:LookupEvents"],"Resource":"*"}]})"},
    {"AmazonEC2ContainerRegistryPowerUser"},
    {"AmazonSSMFullAccess"},
    {"AmazonKinesisFullAccess"},
    {"AmazonKinesisReadOnlyAccess"},
    {"AmazonAPIGatewayAdministrator"},
    {"AmazonAPIGatewayInvokeFullAccess"},
    {"AmazonElastiCacheFullAccess"},
    {"AWSLambda_FullAccess"},
    {"AWSLambda_ReadOnlyAccess"},
    {"AWSLambdaExecute"},
    {"AWSXRayDaemonWriteAccess"},
    {"AWSXrayReadOnlyAccess"},
    {"AWSXrayFullAccess"},
    {"AWSCertificateManagerFullAccess", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["acm:*"],"Resource":"*"}]})"},
    {"AWSCertificateManagerReadOnly"},
    {"AWSCloudMapFullAccess"},
    {"AWSCloudMapReadOnlyAccess"},
    {"CloudWatchFullAccess"},
    {"CloudWatchReadOnlyAccess"},
    {"CloudWatchAgentServerPolicy"},
    {"CloudWatchLogsReadOnlyAccess"},
    {"CloudWatchEventsFullAccess"},
    {"ElasticLoadBalancingFullAccess"},
    {"ElasticLoadBalancingReadOnly"},
    {"AmazonEKSClusterPolicy"},
    {"AmazonEKSWorkerNodePolicy"},
    {"AmazonEKS_CNI_Policy"},
    {"service-role/AWSLambdaBasicExecutionRole", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"service-role/AWSLambdaVPCAccessExecutionRole"},
    {"service-role/AWSLambdaSQSQueueExecutionRole"},
    {"service-role/AmazonAPIGatewayPushToCloudWatchLogs"},
    {"service-role/AmazonECSInfrastructureRolePolicyForVolumes"},
    {"service-role/AmazonEC2ContainerServiceEventsRole"},
    {"service-role/AmazonRDSEnhancedMonitoringRole"},
    {"AWSCodeDeployRoleForECS"},
    {"AWSCodeDeployRoleForECSLimited"},
    {"AWSCodeDeployRoleForLambda"},
    {"AWSCodeDeployFullAccess"},
    {"AWSCodeDeployDeployerAccess"},
    {"AWSCodePipeline_FullAccess"},
    {"AWSCodePipelineApproverAccess"},
    {"AWSCodeBuildAdminAccess"},
    {"AWSCodeBuildDeveloperAccess"},
    {"AWSCodeCommitFullAccess"},
    {"AWSCodeCommitPowerUser"},
    {"AWSCodeCommitReadOnly"},
    {"AmazonElasticFileSystemFullAccess"},
    {"AmazonElasticFileSystemReadOnlyAccess"},
    {"AmazonElasticFileSystemClientFullAccess"},
    {"AmazonElasticFileSystemClientReadWriteAccess"},
    {"CloudWatchFullAccessV2"},
    {"CloudWatchAgentAdminPolicy"},
    {"CloudFrontFullAccess"},
    {"CloudFrontReadOnlyAccess"},
    {"AmazonSESFullAccess"},
    {"AmazonCognitoPowerUser"},
    {"AmazonCognitoReadOnly"},
    {"AWSStepFunctionsFullAccess"},
    {"AmazonEventBridgeFullAccess"},
    {"AmazonMSKFullAccess"},
    {"AmazonMQFullAccess"},
    {"AmazonBedrockFullAccess"},
    {"AmazonKinesisFirehoseFullAccess"},
    {"AWSKeyManagementServicePowerUser"},
    {"AmazonDocDBFullAccess"},
    {"AmazonRDSDataFullAccess"},
    {"AmazonOpenSearchServiceFullAccess"},
    {"AmazonESFullAccess"},
    {"AmazonAthenaFullAccess"},
    {"AWSAppMeshFullAccess"},
    {"AWSAppMeshEnvoyAccess"},
    {"AWSAppRunnerFullAccess"},
    {"AWSWAFFullAccess"},
    {"AWSBatchFullAccess"},
    {"AmazonPrometheusRemoteWriteAccess"},
    {"AmazonPrometheusFullAccess"},
    {"AutoScalingFullAccess"},
    {"AutoScalingReadOnlyAccess"},
    {"ResourceGroupsandTagEditorFullAccess"},
    {"AmazonSageMakerFullAccess"},
    {"AmazonTextractFullAccess"},
    {"AmazonRekognitionFullAccess"},
    {"AmazonPollyFullAccess"},
    {"AmazonTranscribeFullAccess"},
    {"AmazonECSInfrastructureRolePolicyForLoadBalancers"},
    {"AmazonECSInfrastructureRolePolicyForVpcLattice"},
    {"service-role/AWSCodeDeployRole"},
    {"service-role/AWSBatchServiceRole"},
    {"service-role/AWSAppRunnerServicePolicyForECRAccess"},
    {"service-role/AmazonEC2RoleforSSM"},
    {"service-role/AmazonEC2SpotFleetTaggingRole"},
    {"service-role/AWS_ConfigRole"},
    {"service-role/AWSGlueServiceRole"},
    {"service-role/AWSLambdaDynamoDBExecutionRole"},
    {"service-role/AWSLambdaKinesisExecutionRole"},
    {"service-role/AWSLambdaENIManagementAccess"},
    {"service-role/AWSLambdaRole"},
    {"job-function/Billing"},
    {"job-function/DatabaseAdministrator"},
    {"job-function/NetworkAdministrator"},
    {"job-function/SupportUser"},
    {"job-function/SystemAdministrator"},
    {"job-function/ViewOnlyAccess"},
    {"service-role/AmazonElasticMapReduceRole"},
    {"service-role/AWSControlTowerServiceRolePolicy"},
};

}  // namespace

/// Those above, and the policies of service-linked roles: of these the name alone.
std::span<const ManagedPolicy> aws_managed_policies() {
  static const std::vector<ManagedPolicy> all = [] {
    std::vector<ManagedPolicy> list(std::begin(kPolicies), std::end(kPolicies));
    for (const LinkedRole& role : linked_roles()) list.push_back({role.policy});
    return list;
  }();
  return all;
}

/// The id is made of the name, the date is that of AWS's first managed policies.
model::Policy managed_record(const ManagedPolicy& managed) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const std::string full(managed.path_and_name), digest = sha256(full);
  const size_t slash = full.rfind('/');
  const WallTime since{1'423'161'579'000};
  model::Policy policy{.account = "aws", .name = full.substr(slash + 1), .path = slash == std::string::npos ? "/" : "/" + full.substr(0, slash + 1), .id = "ANPA", .arn = "arn:aws:iam::aws:policy/" + full,
                       .versions = {{.id = "v1", .document = std::string(managed.document), .created_at = since}}, .created_at = since, .updated_at = since};
  for (size_t i = 0; i < 17; ++i) policy.id += kLetters[static_cast<unsigned char>(digest[i]) % 32];
  return policy;
}

int attachments_of(const Transaction& tx, const CallContext& context, const std::string& arn) {
  int count = 0;
  const auto add = [&](const auto& holders) { for (const auto& holder : holders) count += static_cast<int>(std::ranges::count(holder.attached_policy_arns, arn)); };
  add(store::all<model::Role>(tx, context.account + "/"));
  add(store::all<model::User>(tx, context.account + "/"));
  add(store::all<model::Group>(tx, context.account + "/"));
  return count;
}

int boundaries_of(const Transaction& tx, const CallContext& context, const std::string& arn) {
  int count = 0;
  const auto add = [&](const auto& holders) { for (const auto& holder : holders) count += holder.permissions_boundary == arn ? 1 : 0; };
  add(store::all<model::Role>(tx, context.account + "/"));
  add(store::all<model::User>(tx, context.account + "/"));
  return count;
}

const ManagedPolicy* aws_managed(std::string_view arn) {
  constexpr std::string_view kPrefix = "arn:aws:iam::aws:policy/";
  if (!arn.starts_with(kPrefix)) return nullptr;
  for (const ManagedPolicy& policy : aws_managed_policies()) {
    if (policy.path_and_name == arn.substr(kPrefix.size())) return &policy;
  }
  return nullptr;
}

}  // namespace landfall::services::iam
