#include "services/iam/policy_document.h"

#include <doctest/doctest.h>

namespace landfall::services::iam {
namespace {

std::string fault(std::string_view document, PolicyKind kind = PolicyKind::managed) {
  const auto checked = check_policy(document, kind);
  return checked ? "" : checked.error().what;
}

std::string of_statement(std::string_view members) { return fault(std::string(R"({"Version":"2012-10-17","Statement":{)") + std::string(members) + "}}"); }

TEST_CASE("documents that IAM takes") {
  for (const char* members : {R"("Effect":"Allow","Action":"*","Resource":"*")", R"("Effect":"Deny","NotAction":["s3:*","iam:a b"],"NotResource":"arn:aws:s3:::bucket/*")", R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:thing")",
                              R"("Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2017-12-31T23:59:59Z"},"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":["a","b"]},"Bool":{"k":true}})",
                              R"("Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2017-12-31"}})"}) {
    CAPTURE(std::string(members));
    CHECK(of_statement(members) == "");
  }
  CHECK(fault(R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})", PolicyKind::inline_) == "");
  CHECK(fault(R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs-tasks.amazonaws.com"]}}]})", PolicyKind::trust) == "");
}

TEST_CASE("documents that IAM refuses, in its words") {
  const std::pair<const char*, const char*> cases[] = {
      {R"("Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*")", "Policy document should not specify a principal."},
      {R"("Effect":"Allow","Action":"s3:*","Principal":{"AWS":"arn:aws:iam::123456789012:root"})", "Policy document should not specify a principal."},
      {R"("Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"me")", "Syntax errors in policy."},
      {R"("Effect":"maybe","Action":"s3:*","Resource":"*")", "Syntax errors in policy."},
      {R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Like":{"a":"b"}})", "Syntax errors in policy."},
      {R"("Effect":"allow","Action":"s3:*","Resource":"*")", "The policy failed legacy parsing"},
      {R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3::bucket")", "The policy failed legacy parsing"},
      {R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"DateEquals":{"a":"soon"}})", "The policy failed legacy parsing"},
      {R"("Effect":"Allow","Resource":"*")", "Policy statement must contain actions."},
      {R"("Effect":"Allow","Action":"s3:*")", "Policy statement must contain resources."},
      {R"("Effect":"Allow","Action":"list","Resource":"*")", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
      {R"("Effect":"Allow","Action":"s3:a:b","Resource":"*")", "Actions/Condition can contain only one colon."},
      {R"("Effect":"Allow","Action":"s 3:a","Resource":"*")", "Vendor s 3 is not valid"},
      {R"("Effect":"Allow","Action":"s3:a","Resource":"bucket")", R"(Resource bucket must be in ARN format or "*".)"},
      {R"("Effect":"Allow","Action":"s3:a","Resource":"a:b:c")", R"(Partition "b" is not valid for resource "arn:b:c:*:*:*".)"},
      {R"("Effect":"Allow","Action":"s3:a","Resource":"arn:aws")", "Resource vendor must be fully qualified and cannot contain regexes."},
      {R"("Effect":"Allow","Action":"s3:a","Resource":"arn:aws:iam:us-east-1::user/x")", "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information."},
      {R"("Effect":"Allow","Action":"s3:a","Resource":"arn:aws:s3:us-east-1::x")", "Resource arn:aws:s3:us-east-1::x can not contain region information."}};
  for (const auto& [members, message] : cases) {
    CAPTURE(std::string(members));
    CHECK(of_statement(members) == message);
  }
  CHECK(fault("no json") == "Syntax errors in policy.");
  CHECK(fault(R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})") == "Policy document must be version 2012-10-17 or greater.");
  CHECK(fault(R"({"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"s3:*","Resource":"*"}]})") == "Statement IDs (SID) in a single policy must be unique.");
  CHECK(fault(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}})", PolicyKind::trust) == "Has prohibited field Resource");
  CHECK(fault(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}})", PolicyKind::trust) == "Missing required field Principal");
  CHECK(fault(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get","Principal":"*"}})", PolicyKind::trust) == "AssumeRole policy may only specify STS AssumeRole actions.");
}

}  // namespace
}  // namespace landfall::services::iam
