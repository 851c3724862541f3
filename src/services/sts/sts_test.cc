#include "services/sts/sts.h"

#include <doctest/doctest.h>

#include "aws/shapes/sts.h"
#include "model/identity.h"
#include "model/session.h"
#include "services/support/caller_for_test.h"
#include "store/table.h"

namespace landfall::services::sts {
namespace {

namespace shapes = landfall::aws::sts;

/// The root's key and a role.
struct Asker : CallerForTest {
  Asker() : CallerForTest("sts") {
    register_sts(registry, deps);
    REQUIRE(store->transact([](store::Transaction& tx) -> Result<void> {
      store::put(tx, model::AccessKey{.id = "AKIATEST", .account = "000000000000", .principal_arn = "arn:aws:iam::000000000000:root"});
      store::put(tx, model::Role{.account = "000000000000", .name = "r", .id = "AROATEST", .arn = "arn:aws:iam::000000000000:role/r"});
      return {};
    }));
  }
  Result<shapes::AssumeRoleResponse> assume(shapes::AssumeRoleRequest request = {}) {
    request.role_arn.emplace("arn:aws:iam::000000000000:role/r");
    request.role_session_name.emplace("me");
    return call<shapes::AssumeRoleResponse>("AssumeRole", request);
  }
};

TEST_CASE_FIXTURE(Asker, "a session keeps its policy, its tags and the tags that go on") {
  const auto made = assume({.policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})", .tags = std::vector{shapes::Tag{.key = "team", .value = "a"}},
                            .transitive_tag_keys = std::vector<std::string>{"team"}});
  REQUIRE_MESSAGE(made.has_value(), what_of(made));
  const auto session = store::find<model::Session>(*store, *made->credentials->access_key_id);
  REQUIRE(session.has_value());
  CHECK(session->policies.size() == 1);

  context.access_key = *made->credentials->access_key_id;
  const auto chained = assume();
  REQUIRE(chained.has_value());
  const auto next = store::find<model::Session>(*store, *chained->credentials->access_key_id);
  REQUIRE(next.has_value());
  CHECK(next->policies.empty());
  CHECK(next->tags.at("team") == "a");
  CHECK(code_of(assume({.tags = std::vector{shapes::Tag{.key = "TEAM", .value = "b"}}})) == "InvalidParameterValue");
  CHECK(code_of(assume({.duration_seconds = 3601})) == "ValidationError");
}

TEST_CASE_FIXTURE(Asker, "a session without limits leaves no record beside its key") {
  const auto made = assume();
  REQUIRE(made.has_value());
  CHECK_FALSE(store::find<model::Session>(*store, *made->credentials->access_key_id).has_value());
}

TEST_CASE_FIXTURE(Asker, "a federated user without a policy may nothing, and one is not made with temporary keys") {
  const auto made = call<shapes::GetFederationTokenResponse>("GetFederationToken", shapes::GetFederationTokenRequest{.name = "bob"});
  REQUIRE(made.has_value());
  CHECK(made->federated_user->federated_user_id == "000000000000:bob");
  CHECK(store::find<model::Session>(*store, *made->credentials->access_key_id)->policies.size() == 1);
  context.access_key = *made->credentials->access_key_id;
  CHECK(code_of(call<shapes::GetFederationTokenResponse>("GetFederationToken", shapes::GetFederationTokenRequest{.name = "bob"})) == "AccessDenied");
}

}  // namespace
}  // namespace landfall::services::sts
