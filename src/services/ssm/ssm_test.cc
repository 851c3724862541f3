#include "services/ssm/ssm.h"

#include <doctest/doctest.h>

#include "aws/shapes/ssm.h"
#include "services/ssm/policy.h"
#include "services/support/caller_for_test.h"

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

}  // namespace
}  // namespace landfall::services::ssm
