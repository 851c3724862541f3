#include "services/iam/asked.h"

#include <doctest/doctest.h>

#include <set>

#include "aws/shapes/dynamodb.h"
#include "aws/shapes/ec2.h"
#include "aws/shapes/ecs.h"
#include "aws/shapes/iam.h"
#include "aws/shapes/s3.h"
#include "base/text.h"
#include "services/iam/action_table.h"
#include "services/support/caller_for_test.h"

using namespace landfall;
using namespace landfall::services;
using namespace landfall::services::iam;

namespace {

/// "action resource" of each, with the account "1" and the region "r".
template <class Input>
std::vector<std::string> asked(const char* service, const char* operation, const Input& input) {
  const CallerForTest test(service);
  const aws::CallContext context{.account = "1", .region = "r", .principal_arn = "arn:aws:iam::1:user/u", .service = service, .operation = operation};
  std::vector<std::string> all;
  for (const Asked& one : asked_by(test.deps, context, Input::shape(), &input)) all.push_back(one.action + " " + one.resource + (one.passed_to.empty() ? "" : " " + one.passed_to));
  return all;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("every operation of the models says what it needs leave for, and none that the models do not have") {
  std::set<std::string> listed;
  for (const ActionRow& row : action_table()) {
    for (const std::string& name : split(row.operations, ' ')) listed.insert(std::string(row.service) + ":" + name);
  }
  for (const aws::ServiceModel* service : aws::all_services()) {
    for (const aws::Operation& operation : service->operations) {
      const std::string name = std::string(service->name) + ":" + std::string(operation.name);
      CHECK_MESSAGE(listed.erase(name) == 1, name, " has no row in action_table.cc");
    }
  }
  for (const std::string& name : listed) CHECK_MESSAGE(false, name, " is no operation of the models");
}

TEST_CASE("calls about several things ask for each") {
  aws::dynamodb::BatchWriteItemInput batch;
  batch.request_items.emplace()["a"];
  (*batch.request_items)["arn:aws:dynamodb:r:1:table/b"];
  CHECK(asked("dynamodb", "BatchWriteItem", batch) == Lines{"dynamodb:BatchWriteItem arn:aws:dynamodb:r:1:table/a", "dynamodb:BatchWriteItem arn:aws:dynamodb:r:1:table/b"});
  aws::dynamodb::TransactWriteItemsInput transaction;
  transaction.transact_items.emplace().push_back({.put = aws::dynamodb::Put{.table_name = "a"}});
  transaction.transact_items->push_back({.condition_check = aws::dynamodb::ConditionCheck{.table_name = "b"}});
  CHECK(asked("dynamodb", "TransactWriteItems", transaction) == Lines{"dynamodb:PutItem arn:aws:dynamodb:r:1:table/a", "dynamodb:ConditionCheckItem arn:aws:dynamodb:r:1:table/b"});
  CHECK(asked("dynamodb", "Query", aws::dynamodb::QueryInput{.index_name = "i", .table_name = "a"}) == Lines{"dynamodb:Query arn:aws:dynamodb:r:1:table/a/index/i"});
  CHECK(asked("ec2", "CreateTags", aws::ec2::CreateTagsRequest{.resources = Lines{"vpc-1", "rtb-2"}}) == Lines{"ec2:CreateTags arn:aws:ec2:r:1:vpc/vpc-1", "ec2:CreateTags arn:aws:ec2:r:1:route-table/rtb-2"});
  CHECK(asked("ec2", "CreateRoute", aws::ec2::CreateRouteRequest{.route_table_id = "rtb-2"}) == Lines{"ec2:CreateRoute arn:aws:ec2:r:1:route-table/rtb-2"});
}

TEST_CASE("actions of S3 are not always named as its operations are") {
  CHECK(asked("s3", "CopyObject", aws::s3::CopyObjectRequest{.acl = "private", .bucket = "b", .copy_source = "/from/a%20b?versionId=1", .key = "k"}) ==
        Lines{"s3:PutObject arn:aws:s3:::b/k", "s3:PutObjectAcl arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::from/a b"});
  CHECK(asked("s3", "GetObject", aws::s3::GetObjectRequest{.bucket = "b", .key = "k", .version_id = "1"}) == Lines{"s3:GetObjectVersion arn:aws:s3:::b/k"});
  CHECK(asked("s3", "ListBuckets", aws::s3::ListBucketsRequest{}) == Lines{"s3:ListAllMyBuckets *"});
}

TEST_CASE("roles that are passed on are asked for") {
  CHECK(asked("ecs", "RegisterTaskDefinition", aws::ecs::RegisterTaskDefinitionRequest{.execution_role_arn = "arn:aws:iam::1:role/x", .family = "f"}) ==
        Lines{"ecs:RegisterTaskDefinition arn:aws:ecs:r:1:task-definition/f:*", "iam:PassRole arn:aws:iam::1:role/x ecs-tasks.amazonaws.com"});
  CHECK(asked("ecs", "RunTask", aws::ecs::RunTaskRequest{.task_definition = "f"}) == Lines{"ecs:RunTask arn:aws:ecs:r:1:task-definition/f:*"});
}

TEST_CASE("names that are left out have their defaults") {
  CHECK(asked("iam", "GetUser", aws::iam::GetUserRequest{}) == Lines{"iam:GetUser arn:aws:iam::1:user/u"});
  CHECK(asked("ecs", "UpdateService", aws::ecs::UpdateServiceRequest{.cluster = "arn:aws:ecs:r:1:cluster/c", .service = "s"}) == Lines{"ecs:UpdateService arn:aws:ecs:r:1:service/c/s"});
  CHECK(asked("ecs", "DescribeClusters", aws::ecs::DescribeClustersRequest{}) == Lines{"ecs:DescribeClusters arn:aws:ecs:r:1:cluster/default"});
}
