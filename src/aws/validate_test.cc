#include "aws/validate.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include <fmt/format.h>

#include "aws/constraint_facts.h"
#include "aws/pattern.h"
#include "aws/shapes/acm.h"
#include "aws/shapes/application_autoscaling.h"
#include "aws/shapes/cloudwatch.h"
#include "aws/shapes/dynamodb.h"
#include "aws/shapes/ec2.h"
#include "aws/shapes/ecr.h"
#include "aws/shapes/elbv2.h"
#include "aws/shapes/iam.h"
#include "aws/shapes/logs.h"
#include "aws/shapes/route53.h"
#include "aws/shapes/secretsmanager.h"

using namespace landfall;
using namespace landfall::aws;

namespace {

/// "Code: sentence", or "" where the input is right.
template <class Input>
std::string told(const ServiceModel& service, const char* operation, const Input& input) {
  const auto result = validate(service, *find_operation(service, operation), &input);
  return result ? "" : result.error().code + ": " + result.error().what;
}

}  // namespace

TEST_CASE("every pattern of the models is understood") {
  std::set<const Shape*> seen;
  const std::function<void(const Shape*)> look = [&](const Shape* shape) {
    if (shape == nullptr || !seen.insert(shape).second) return;
    if (!shape->pattern.empty()) CHECK_MESSAGE(is_readable(shape->pattern), shape->name, " ", shape->pattern);
    for (const Member& member : shape->members) look(member.shape);
    look(shape->element);
  };
  for (const ServiceModel* service : all_services()) {
    if (service->name == "ec2" || service->name == "s3") continue;
    for (const Operation& operation : service->operations) look(operation.input);
  }
  for (const MapKey& one : map_keys()) CHECK_MESSAGE(is_readable(one.key.pattern), one.map);
  CHECK(seen.size() > 1000);
  CHECK(map_keys().size() > 10);
}

TEST_CASE("patterns with look-around, Java's units and long repeats say what they say in Java") {
  constexpr const char* domain = R"((\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]))";
  for (const char* name : {"example.com", "*.example.com", "a.b-c.example.org"}) CHECK(matches_pattern(domain, name));
  for (const char* name : {"example", "-a.com", "a-.com", "a.*.com", "a.c", "a..com", ""}) CHECK_FALSE(matches_pattern(domain, name));
  constexpr const char* action = R"((?!((^[ ]+.*)|(.*([\u0000-\u001f]|[\u007f-\u009f]|[:/|])+.*)|(.*[ ]+$))).+)";
  CHECK(matches_pattern(action, "night and day"));
  for (const char* name : {" a", "a ", "a:b", "a/b", "a\tb", ""}) CHECK_FALSE(matches_pattern(action, name));
  constexpr const char* alias = R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)";
  CHECK(matches_pattern(alias, "a-b-c"));
  for (const char* name : {"a--b", "-ab", "ab-", "ab"}) CHECK_FALSE(matches_pattern(alias, name));
  constexpr const char* space = R"(^(?!arn:)[!-~]{1,1024}$)";
  CHECK(matches_pattern(space, "corp.local"));
  CHECK_FALSE(matches_pattern(space, "arn:x"));
  CHECK_FALSE(matches_pattern(space, "a b"));
  constexpr const char* xml = R"([\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*)";
  CHECK(matches_pattern(xml, "grün \xf0\x9f\x98\x80"));
  CHECK_FALSE(matches_pattern(xml, "a\x01"));
}

TEST_CASE("a value that does not fit is told in the words of its service") {
  const std::string role(65, 'r');
  CHECK(told(iam::model(), "CreateRole", iam::CreateRoleRequest{.assume_role_policy_document = "{}", .role_name = role}) ==
        "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64");
  CHECK(told(iam::model(), "UntagRole", iam::UntagRoleRequest{.role_name = "r", .tag_keys = std::vector<std::string>{"!"}}) ==
        R"(ValidationError: 1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, )"
        R"(Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null])");
  CHECK(told(iam::model(), "GetRole", iam::GetRoleRequest{.role_name = "/service-role/x"}) ==
        R"(ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+)");
  CHECK(told(elbv2::model(), "CreateTargetGroup", elbv2::CreateTargetGroupInput{.health_check_interval_seconds = 600, .name = "g"}) ==
        "ValidationError: 1 validation error detected: Value '600' at 'healthCheckIntervalSeconds' failed to satisfy constraint: Member must have value less than or equal to 300");
  CHECK(told(logs::model(), "CreateLogGroup", logs::CreateLogGroupRequest{.log_group_name = "a b"}) ==
        R"(InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+)");
  CHECK(told(logs::model(), "CreateLogGroup", logs::CreateLogGroupRequest{.log_group_name = std::string(513, 'g')}) ==
        "InvalidParameterException: Invalid LogGroup or LogStream, both must have length less than or equal to 512.");
  CHECK(told(ecr::model(), "PutImageTagMutability", ecr::PutImageTagMutabilityRequest{.image_tag_mutability = "SOMETIMES", .repository_name = "abc"})
            .starts_with("InvalidParameterException: Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: ["));
  CHECK(told(route53::model(), "GetHealthCheck", route53::GetHealthCheckRequest{.health_check_id = std::string(65, 'Z')}).starts_with("InvalidInput: 1 validation error detected: Value 'ZZZ"));
  CHECK(told(ec2::model(), "CreateSubnet", ec2::CreateSubnetRequest{}) == "MissingParameter: The request must contain the parameter VpcId");
  CHECK(told(secretsmanager::model(), "CreateSecret", secretsmanager::CreateSecretRequest{.name = "n", .secret_string = std::string(65537, 'x')}) ==
        "ValidationException: 1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536");
}

TEST_CASE("tag keys of AWS's own are not a user's to give") {
  CHECK(told(logs::model(), "CreateLogGroup", logs::CreateLogGroupRequest{.log_group_name = "g", .tags = std::map<std::string, std::string>{{"aws:x", "y"}}}) == "InvalidParameterException: Tag keys that begin with aws: are reserved for AWS's own use; found aws:x");
  CHECK(told(elbv2::model(), "AddTags", elbv2::AddTagsInput{.resource_arns = std::vector<std::string>{"arn"}, .tags = std::vector<elbv2::Tag>{{.key = "AWS:x"}}}).starts_with("ValidationError: "));
  CHECK(told(logs::model(), "CreateLogGroup", logs::CreateLogGroupRequest{.log_group_name = "g", .tags = std::map<std::string, std::string>{{"laws:x", "y"}}}) == "");
}

TEST_CASE("the action of a network ACL entry is read in any case") {
  ec2::CreateNetworkAclEntryRequest request{.egress = false, .network_acl_id = "acl-1", .protocol = "-1", .rule_action = "ALLOW", .rule_number = 100};
  CHECK(told(ec2::model(), "CreateNetworkAclEntry", request) == "");
  request.rule_action = "permit";
  CHECK(told(ec2::model(), "CreateNetworkAclEntry", request).starts_with("InvalidParameterValue: "));
}

TEST_CASE("enums are listed in AWS's own order") {
  CHECK(told(cloudwatch::model(), "SetAlarmState", cloudwatch::SetAlarmStateInput{.alarm_name = "a", .state_reason = "r", .state_value = "X"}).ends_with("Value 'X' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"));
  CHECK(told(application_autoscaling::model(), "PutScalingPolicy", application_autoscaling::PutScalingPolicyRequest{.policy_name = "p", .policy_type = "X", .resource_id = "r", .scalable_dimension = "ecs:service:DesiredCount", .service_namespace = "ecs"})
            .ends_with("Member must satisfy enum value set: [PredictiveScaling, StepScaling, TargetTrackingScaling]"));
}

TEST_CASE("values of DynamoDB's enums are told in its order, and an empty name of a table once") {
  CHECK(told(dynamodb::model(), "PutItem", dynamodb::PutItemInput{.item = std::map<std::string, dynamodb::AttributeValue>{}, .return_values = "X", .table_name = "abc"}).ends_with("Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"));
  CHECK(told(dynamodb::model(), "Query", dynamodb::QueryInput{.select = "X", .table_name = "abc"}).ends_with("Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"));
  CHECK(told(dynamodb::model(), "DescribeTable", dynamodb::DescribeTableInput{.table_name = ""}) == "ValidationException: 1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1");
}

TEST_CASE("all faults are told at once, with the way to each") {
  dynamodb::CreateTableInput table{.table_name = "a;"};
  table.attribute_definitions.emplace().push_back({.attribute_name = "id", .attribute_type = "X"});
  table.key_schema.emplace().push_back({.attribute_name = "id", .key_type = "HASH"});
  table.provisioned_throughput = dynamodb::ProvisionedThroughput{.read_capacity_units = 0};
  CHECK(told(dynamodb::model(), "CreateTable", table) ==
        "ValidationException: 5 validation errors detected: "
        "Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]; "
        "Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1; "
        "Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must not be null; "
        "Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
        "Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3");
}

TEST_CASE("what is wrong with members of lists and maps is told of the list or map") {
  CHECK(told(acm::model(), "RequestCertificate", acm::RequestCertificateRequest{.domain_name = "example.com", .subject_alternative_names = std::vector<std::string>{"ccc"}})
            .starts_with("ValidationException: 1 validation error detected: Value '[ccc]' at 'subjectAlternativeNames' failed to satisfy constraint: Member must satisfy constraint: "
                         "[Member must have length less than or equal to 253, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "));
  dynamodb::BatchWriteItemInput batch;
  (*(batch.request_items.emplace().insert({"table", {}}).first)).second.resize(26);
  CHECK(told(dynamodb::model(), "BatchWriteItem", batch) ==
        "ValidationException: 1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]");
  dynamodb::BatchGetItemInput get;
  get.request_items.emplace()["table"].keys.emplace();
  CHECK(told(dynamodb::model(), "BatchGetItem", get) ==
        "ValidationException: 1 validation error detected: Value '[]' at 'requestItems.table.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1");
}

TEST_CASE("CloudWatch's metric calls tell parameters") {
  cloudwatch::PutMetricDataInput put{.namespace_ = "n"};
  put.metric_data.emplace().push_back({.metric_name = "m", .unit = "Parsecs"});
  CHECK(told(cloudwatch::model(), "PutMetricData", put).starts_with("InvalidParameterValue: The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, "));
  CHECK(told(cloudwatch::model(), "PutMetricData", cloudwatch::PutMetricDataInput{}) == "MissingParameter: The parameter Namespace is required.");
}

TEST_CASE("lengths are counted in characters") {
  const auto group = [](const std::string& name) { return told(iam::model(), "CreateRole", iam::CreateRoleRequest{.assume_role_policy_document = "{}", .description = name, .role_name = "r"}); };
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "ü";
  CHECK(group(text).empty());
  CHECK(group(text + "u").find("less than or equal to 1000") != std::string::npos);
}
