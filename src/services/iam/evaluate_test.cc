#include "services/iam/evaluate.h"

#include <doctest/doctest.h>

using namespace landfall::services::iam;

namespace {

constexpr const char* kRead = R"({"Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}]})";

Verdict ask(const std::string& document, const std::string& action, const std::string& resource, std::map<std::string, std::string, std::less<>> keys = {}) {
  return evaluate({document}, {.action = action, .resource = resource, .keys = std::move(keys)});
}

}  // namespace

TEST_CASE("actions and resources match with wildcards; actions whatever their case") {
  CHECK(ask(kRead, "s3:GetObject", "arn:aws:s3:::b/x") == Verdict::allowed);
  CHECK(ask(kRead, "S3:getobject", "arn:aws:s3:::b/x") == Verdict::allowed);
  CHECK(ask(kRead, "s3:PutObject", "arn:aws:s3:::b/x") == Verdict::not_mentioned);
  CHECK(ask(kRead, "s3:GetObject", "arn:aws:s3:::c/x") == Verdict::not_mentioned);
}

TEST_CASE("an explicit deny wins over any allow") {
  const std::string deny = R"({"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}})";
  CHECK(evaluate({kRead, deny}, {.action = "s3:GetObject", .resource = "arn:aws:s3:::b/x"}) == Verdict::denied);
}

TEST_CASE("a trust policy lets in the service that it names") {
  const std::string trust = R"({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}}, {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]})";
  const auto ask_trust = [&](const std::string& document, const std::string& service) {
    const ResourceVerdict verdict = evaluate_resource(document, {.action = "sts:AssumeRole", .resource = "arn:aws:iam::1:role/r", .keys = {}}, {.account = "1", .arn = {}, .role_arn = {}, .service = service});
    return !verdict.is_denied && verdict.grant != Grant::none;
  };
  CHECK(ask_trust(trust, "ecs-tasks.amazonaws.com"));
  CHECK_FALSE(ask_trust(trust, "ec2.amazonaws.com"));
  CHECK_FALSE(ask_trust(trust, "ecs.amazonaws.com"));
  CHECK_FALSE(ask_trust(R"({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1"}}})", "ecs-tasks.amazonaws.com"));
  CHECK(ask_trust(R"({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}})", "ecs-tasks.amazonaws.com"));
}

TEST_CASE("NotAction and NotResource take everything else") {
  CHECK(ask(R"({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]})", "s3:GetObject", "*") == Verdict::allowed);
  CHECK(ask(R"({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]})", "iam:GetRole", "*") == Verdict::not_mentioned);
  CHECK(ask(R"({"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}]})", "s3:ListBucket", "arn:aws:s3:::b") == Verdict::not_mentioned);
}

TEST_CASE("conditions hold for the keys of the call") {
  const auto with = [](const std::string& condition) { return R"({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": )" + condition + "}]}"; };
  struct Row {
    const char* condition;
    Verdict verdict;
  };
  for (const Row& row : {Row{R"({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-west-2"]}})", Verdict::allowed}, {R"({"StringNotEquals": {"aws:RequestedRegion": "us-west-2"}})", Verdict::not_mentioned},
                         {R"({"StringLike": {"aws:RequestedRegion": "us-*"}})", Verdict::allowed}, {R"({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})", Verdict::allowed},
                         {R"({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})", Verdict::not_mentioned}, {R"({"Bool": {"aws:SecureTransport": "true"}})", Verdict::not_mentioned},
                         {R"({"Null": {"aws:TokenIssueTime": "true"}})", Verdict::allowed}, {R"({"StringEqualsIfExists": {"aws:Absent": "x"}})", Verdict::allowed},
                         {R"({"StringEquals": {"aws:Absent": "x"}})", Verdict::not_mentioned}, {R"({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})", Verdict::allowed},
                         {R"({"Nonsense": {"aws:SourceIp": "10.1.2.3"}})", Verdict::not_mentioned}}) {
    CAPTURE(row.condition);
    CHECK(ask(with(row.condition), "ec2:DescribeVpcs", "*", {{"aws:requestedregion", "us-west-2"}, {"aws:sourceip", "10.1.2.3"}, {"aws:securetransport", "false"}, {"aws:currenttime", "2026-01-01T00:00:00Z"}}) == row.verdict);
  }
}

TEST_CASE("variables in resources stand for the caller") {
  const std::string own = R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}]})";
  CHECK(ask(own, "s3:GetObject", "arn:aws:s3:::home/ann/x", {{"aws:username", "ann"}}) == Verdict::allowed);
  CHECK(ask(own, "s3:GetObject", "arn:aws:s3:::home/bob/x", {{"aws:username", "ann"}}) == Verdict::not_mentioned);
}

TEST_CASE("a key of several values holds by any or by all of them") {
  const auto tagged = [](const std::string& op, std::vector<std::string> keys) {
    Question question{.action = "ec2:CreateVpc", .resource = "*", .keys = {}};
    if (!keys.empty()) question.lists["aws:tagkeys"] = std::move(keys);
    return evaluate({R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {")" + op + R"(": {"aws:TagKeys": ["team", "cost*"]}}}})"}, question) == Verdict::allowed;
  };
  CHECK(tagged("ForAnyValue:StringLike", {"other", "team"}));
  CHECK_FALSE(tagged("ForAnyValue:StringLike", {"other"}));
  CHECK_FALSE(tagged("ForAnyValue:StringLike", {}));
  CHECK(tagged("ForAllValues:StringLike", {"team", "costs"}));
  CHECK_FALSE(tagged("ForAllValues:StringLike", {"team", "other"}));
  CHECK(tagged("ForAllValues:StringLike", {}));
  CHECK(tagged("ForAnyValue:StringNotLike", {"team", "other"}));
  CHECK_FALSE(tagged("ForAnyValue:StringNotLike", {"team"}));
  CHECK_FALSE(tagged("ForAllValues:StringNotLike", {"team", "other"}));
}
