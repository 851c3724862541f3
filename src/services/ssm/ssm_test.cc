#include "services/ssm/ssm.h"

#include <doctest/doctest.h>

#include "aws/shapes/ssm.h"
#include "model/secret.h"
#include "services/ssm/policy.h"
#include "services/support/caller_for_test.h"
#include "store/table.h"

namespace landfall::services::ssm {
namespace {

namespace shapes = landfall::aws::ssm;

struct Asker : CallerForTest {
  Asker() : CallerForTest("ssm") { register_ssm(registry, deps); }

  Result<shapes::PutParameterResult> put(const std::string& policies, const std::string& tier = "Advanced") {
    shapes::PutParameterRequest request{.overwrite = true};
    request.name.emplace("p");
    request.value.emplace("v");
    request.type.emplace("String");
    request.tier = tier;
    request.policies = policies;
    return call<shapes::PutParameterResult>("PutParameter", request);
  }
  std::string get(const std::string& name) {
    shapes::GetParameterRequest request;
    request.name = name;
    const auto found = call<shapes::GetParameterResult>("GetParameter", request);
    return found ? *found->parameter->value : found.error().code;
  }
  std::vector<std::string> by_path(const std::string& path, bool recursive) {
    shapes::GetParametersByPathRequest request{.max_results = 10};
    request.path = path;
    request.recursive = recursive;
    const auto found = call<shapes::GetParametersByPathResult>("GetParametersByPath", request);
    REQUIRE(found.has_value());
    std::vector<std::string> names;
    for (const auto& one : *found->parameters) names.push_back(*one.name);
    return names;
  }
  std::string expiring(Duration in) { return R"([{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":")" + iso8601(clock.wall() + in, true) + R"("}}])"; }
};

TEST_CASE_FIXTURE(Asker, "a parameter with an expiration goes when its time is over, and not before") {
  const auto made = put(expiring(std::chrono::seconds(60)), "Intelligent-Tiering");
  REQUIRE_MESSAGE(made.has_value(), what_of(made));
  CHECK(*made->tier == "Advanced");
  const auto told = call<shapes::DescribeParametersResult>("DescribeParameters", shapes::DescribeParametersRequest{});
  REQUIRE(told->parameters->front().policies->size() == 1);
  CHECK(*told->parameters->front().policies->front().policy_type == "Expiration");

  clock.advance(std::chrono::seconds(59));
  expire_parameters(deps);
  CHECK(get("p") == "v");
  clock.advance(std::chrono::seconds(1));
  expire_parameters(deps);
  CHECK(get("p") == "ParameterNotFound");
}

TEST_CASE_FIXTURE(Asker, "policies stay with the next version until they are taken away") {
  REQUIRE(put(expiring(std::chrono::seconds(60))).has_value());
  shapes::PutParameterRequest request{.overwrite = true};
  request.name.emplace("p");
  request.value.emplace("w");
  REQUIRE(call<shapes::PutParameterResult>("PutParameter", request).has_value());
  REQUIRE(put("{}").has_value());
  clock.advance(std::chrono::seconds(61));
  expire_parameters(deps);
  CHECK(get("p") == "v");
}

TEST_CASE_FIXTURE(Asker, "policies that cannot be carried out are refused") {
  CHECK(code_of(put(expiring(std::chrono::seconds(-1)))) == "InvalidPolicyAttributeException");
  CHECK(code_of(put("none")) == "InvalidPolicyAttributeException");
  CHECK(code_of(put(R"([{"Type":"Odd"}])")) == "InvalidPolicyTypeException");
  CHECK(what_of(put(R"([{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Days"}}])")).starts_with("Landfall does not support the policy type NoChangeNotification yet"));
  CHECK(code_of(put(expiring(std::chrono::seconds(60)), "Standard")) == "ValidationException");
}

TEST_CASE_FIXTURE(Asker, "regions and zones are public, images are not there") {
  CHECK(get("/aws/service/global-infrastructure/regions/us-west-2/longName") == "US West (Oregon)");
  CHECK(get("/aws/service/global-infrastructure/availability-zones/usw2-az1/parentRegion") == "us-west-2");
  CHECK(by_path("/aws/service/global-infrastructure/regions/eu-west-1/availability-zones", false).size() == 3);
  CHECK(by_path("/aws/service/global-infrastructure/regions", false).front() == "/aws/service/global-infrastructure/regions/af-south-1");
  CHECK(get("/aws/service/ecs/optimized-ami/amazon-linux-2/recommended") == "ParameterNotFound");
  CHECK(by_path("/", true).empty());
}

TEST_CASE_FIXTURE(Asker, "a name without a path is the same with a slash, and is told as it was asked") {
  REQUIRE(put("{}").has_value());
  CHECK(get("/p") == "v");
  shapes::GetParameterRequest request{.name = "/p"};
  CHECK(*call<shapes::GetParameterResult>("GetParameter", request)->parameter->name == "/p");
  CHECK(get("//p") == "ValidationException");
  CHECK(get("a/p") == "ValidationException");
  CHECK(get("/a/p") == "ParameterNotFound");
}

TEST_CASE_FIXTURE(Asker, "filters are checked, and search names as paths") {
  REQUIRE(put("{}").has_value());
  const auto describe = [&](const char* key, const char* option, const char* value) {
    shapes::DescribeParametersRequest request;
    request.parameter_filters.emplace({shapes::ParameterStringFilter{.key = key, .values = std::vector<std::string>{value}}});
    if (*option != 0) request.parameter_filters->front().option = option;
    const auto found = call<shapes::DescribeParametersResult>("DescribeParameters", request);
    return found ? std::to_string(found->parameters->size()) : found.error().code;
  };
  CHECK(describe("Name", "", "/p") == "1");
  CHECK(describe("Name", "BeginsWith", "p") == "1");
  CHECK(describe("Name", "Contains", "/p") == "1");
  CHECK(describe("Name", "Contains", "q") == "0");
  CHECK(describe("Label", "", "x") == "InvalidFilterKey");
  CHECK(describe("Tier", "", "x") == "InvalidFilterValue");
  CHECK(describe("Path", "", "/aws") == "ValidationException");
  CHECK(describe("Path", "", "//") == "ValidationException");
  CHECK(describe("Path", "Equals", "/a") == "InvalidFilterOption");
}

TEST_CASE_FIXTURE(Asker, "a secret is a parameter by its reference, and is decrypted only") {
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    model::Secret secret{.account = context.account, .region = context.region, .name = "s", .arn = "arn:aws:secretsmanager:us-west-2:000000000000:secret:s-abcdef"};
    secret.versions.push_back({.id = "01234567-0123-0123-0123-0123456789ab", .text = "hidden", .stages = {"AWSCURRENT"}});
    store::put(tx, secret);
    return {};
  }).has_value());
  CHECK(get("/aws/reference/secretsmanager/s") == "ValidationException");
  shapes::GetParameterRequest request{.name = "/aws/reference/secretsmanager/s", .with_decryption = true};
  const auto found = call<shapes::GetParameterResult>("GetParameter", request);
  REQUIRE_MESSAGE(found.has_value(), what_of(found));
  CHECK(*found->parameter->value == "hidden");
  CHECK(*found->parameter->type == "SecureString");
  CHECK(found->parameter->source_result->contains(R"("secretString":"hidden")"));
  request.name = "/aws/reference/secretsmanager/none";
  CHECK(code_of(call<shapes::GetParameterResult>("GetParameter", request)) == "ParameterNotFound");
}

}  // namespace
}  // namespace landfall::services::ssm
