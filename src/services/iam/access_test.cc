#include "services/iam/access.h"

#include <doctest/doctest.h>

using namespace landfall::services::iam;

namespace {

const std::string kAll = R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})";
const std::string kUser = "arn:aws:iam::000000000000:user/ann", kRole = "arn:aws:iam::000000000000:role/app", kSession = "arn:aws:sts::000000000000:assumed-role/app/1";
const Question kGet{.action = "s3:GetObject", .resource = "arn:aws:s3:::b/k"};
const Caller kAnn{.account = "000000000000", .arn = kUser}, kApp{.account = "000000000000", .arn = kSession, .role_arn = kRole};

std::string resource_policy(const std::string& principal, const std::string& effect = "Allow", const std::string& action = "s3:*") {
  return R"({"Statement": [{"Effect": ")" + effect + R"(", "Principal": )" + principal + R"(, "Action": ")" + action + R"(", "Resource": "*"}]})";
}
std::string aws(const std::string& name) { return R"({"AWS": [")" + name + R"("]})"; }

}  // namespace

TEST_CASE("a resource's policy lets in whom it names, his account leaves it to his own policies") {
  const auto may = [](const std::string& principal, const Caller& caller, std::vector<std::string> identity = {}) { return access_of({.identity = std::move(identity), .boundary = {}, .resource = resource_policy(principal)}, kGet, caller).is_allowed; };

  CHECK(may(R"("*")", kAnn));
  CHECK(may(aws("*"), kAnn));
  CHECK(may(aws(kUser), kAnn));
  CHECK(may(aws(kRole), kApp));
  CHECK(may(aws(kSession), kApp));
  CHECK_FALSE(may(aws(kRole), kAnn));
  CHECK_FALSE(may(aws("000000000000"), kAnn));
  CHECK(may(aws("arn:aws:iam::000000000000:root"), kAnn, {kAll}));
  CHECK_FALSE(may(R"({"Service": "ecs-tasks.amazonaws.com"})", kAnn));
}

TEST_CASE("a deny of a resource's policy wins over what the identity may") {
  const Access access = access_of({.identity = {kAll}, .boundary = {}, .resource = resource_policy(R"("*")", "Deny")}, kGet, kAnn);
  CHECK_FALSE(access.is_allowed);
  CHECK(access.why == "with an explicit deny in a resource-based policy");
  const std::string but_ann = R"({"Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": ")" + kUser + R"("}, "Action": "*", "Resource": "*"}]})";
  CHECK(access_of({.identity = {kAll}, .boundary = {}, .resource = but_ann}, kGet, kAnn).is_allowed);
  CHECK_FALSE(access_of({.identity = {kAll}, .boundary = {}, .resource = but_ann}, kGet, kApp).is_allowed);
}

TEST_CASE("a boundary limits what identities may, and a grant to a role, but not one to the caller itself") {
  const std::string ec2_only = R"({"Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]})";
  const Access access = access_of({.identity = {kAll}, .boundary = ec2_only, .resource = {}}, kGet, kAnn);
  CHECK_FALSE(access.is_allowed);
  CHECK(access.why == "because no permissions boundary allows the s3:GetObject action");
  CHECK(access_of({.identity = {kAll}, .boundary = ec2_only, .resource = {}}, {.action = "ec2:RunInstances", .resource = "*"}, kAnn).is_allowed);
  CHECK_FALSE(access_of({.identity = {}, .boundary = ec2_only, .resource = resource_policy(aws(kRole))}, kGet, kApp).is_allowed);
  CHECK(access_of({.identity = {}, .boundary = ec2_only, .resource = resource_policy(aws(kUser))}, kGet, kAnn).is_allowed);
}

TEST_CASE("between two accounts both sides must allow") {
  const auto may = [](std::vector<std::string> identity, const std::string& principal) {
    return access_of({.identity = std::move(identity), .boundary = {}, .resource = resource_policy(principal), .resource_account = "111111111111"}, kGet, kAnn).is_allowed;
  };
  CHECK(may({kAll}, aws("000000000000")));
  CHECK_FALSE(may({}, aws(kUser)));
  CHECK_FALSE(may({kAll}, aws("222222222222")));
}

TEST_CASE("a role is assumed only if its trust policy allows, whatever the identity may") {
  const Question assume{.action = "sts:AssumeRole", .resource = kRole, .keys = {{"sts:externalid", "secret"}}};
  const auto may = [&](std::vector<std::string> identity, const std::string& trust) { return access_of({.identity = std::move(identity), .boundary = {}, .resource = trust, .resource_account = "000000000000", .is_trust = true}, assume, kAnn); };
  const auto trusting = [](const std::string& principal) { return resource_policy(principal, "Allow", "sts:AssumeRole"); };

  CHECK(may({kAll}, trusting(R"({"Service": "ecs-tasks.amazonaws.com"})")).why == "because no resource-based policy allows the sts:AssumeRole action");
  CHECK(may({}, trusting(aws(kUser))).is_allowed);
  CHECK_FALSE(may({}, trusting(aws("000000000000"))).is_allowed);
  CHECK(may({kAll}, trusting(aws("000000000000"))).is_allowed);
  const auto with_id = [&](const char* id) { return R"({"Statement": [{"Effect": "Allow", "Principal": )" + aws(kUser) + R"(, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": ")" + id + R"("}}}]})"; };
  CHECK(may({}, with_id("secret")).is_allowed);
  CHECK_FALSE(may({}, with_id("other")).is_allowed);
}
