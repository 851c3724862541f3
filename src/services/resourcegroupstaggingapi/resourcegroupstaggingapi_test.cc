#include "services/resourcegroupstaggingapi/resourcegroupstaggingapi.h"

#include <doctest/doctest.h>

#include "aws/shapes/resourcegroupstaggingapi.h"
#include "model/container_service.h"
#include "model/storage.h"
#include "services/support/caller_for_test.h"
#include "store/table.h"

namespace landfall::services::resourcegroupstaggingapi {
namespace {

namespace shapes = landfall::aws::resourcegroupstaggingapi;
using Arns = std::vector<std::string>;

const std::string kVpc = "arn:aws:ec2:us-west-2:000000000000:vpc/vpc-1", kCluster = "arn:aws:ecs:us-west-2:000000000000:cluster/web", kBucket = "arn:aws:s3:::logs", kPlain = "arn:aws:ecs:us-west-2:000000000000:cluster/plain";

/// A VPC, a cluster and a bucket with tags, a cluster without, a cluster of another region.
struct Tagger : CallerForTest {
  Tagger() : CallerForTest("resourcegroupstaggingapi") {
    register_resourcegroupstaggingapi(registry, deps);
    REQUIRE(store->transact([](store::Transaction& tx) -> Result<void> {
      store::put(tx, model::Vpc{.account = "000000000000", .region = "us-west-2", .id = "vpc-1", .tags = {{"Name", "net"}, {"team", "a"}}});
      store::put(tx, model::Cluster{.account = "000000000000", .region = "us-west-2", .arn = kCluster, .name = "web", .tags = {{"team", "b"}}});
      store::put(tx, model::Cluster{.account = "000000000000", .region = "us-west-2", .arn = kPlain, .name = "plain"});
      store::put(tx, model::Cluster{.account = "000000000000", .region = "eu-west-1", .arn = "arn:aws:ecs:eu-west-1:000000000000:cluster/web", .name = "web", .tags = {{"team", "c"}}});
      store::put(tx, model::Bucket{.account = "000000000000", .region = "us-west-2", .name = "logs", .tags = {{"team", "a"}}});
      return {};
    }));
  }
  Arns found(shapes::GetResourcesInput request) {
    const auto answer = call<shapes::GetResourcesOutput>("GetResources", request);
    REQUIRE(answer);
    Arns arns;
    for (const auto& one : *answer->resource_tag_mapping_list) arns.push_back(*one.resource_arn);
    return arns;
  }
};

TEST_CASE_FIXTURE(Tagger, "resources are found by tags, types and names") {
  using Filters = std::vector<shapes::TagFilter>;
  CHECK(found({}) == Arns{kVpc, kCluster, kBucket});
  CHECK(found({.tag_filters = Filters{{.key = "team"}}}).size() == 3);
  CHECK(found({.tag_filters = Filters{{.key = "team", .values = Arns{"b", "x"}}}}) == Arns{kCluster});
  CHECK(found({.tag_filters = Filters{{.key = "team", .values = Arns{"a"}}, {.key = "Name"}}}) == Arns{kVpc});
  CHECK(found({.resource_type_filters = Arns{"ecs:cluster", "s3:bucket"}}) == Arns{kCluster, kBucket});
  CHECK(found({.resource_type_filters = Arns{"ec2"}}) == Arns{kVpc});
  CHECK(found({.resource_type_filters = Arns{"ecs:clu"}}).empty());
  CHECK(found({.resource_arn_list = Arns{kBucket, "arn:aws:s3:::none"}}) == Arns{kBucket});
  CHECK(code_of(call<shapes::GetResourcesOutput>("GetResources", shapes::GetResourcesInput{.resource_arn_list = Arns{kBucket}, .tag_filters = Filters{{.key = "team"}}})) == "InvalidParameterException");
}

TEST_CASE_FIXTURE(Tagger, "pages follow each other") {
  const auto first = call<shapes::GetResourcesOutput>("GetResources", shapes::GetResourcesInput{.resources_per_page = 2});
  REQUIRE(first);
  CHECK(first->resource_tag_mapping_list->size() == 2);
  CHECK(found({.pagination_token = *first->pagination_token, .resources_per_page = 2}) == Arns{kBucket});
  CHECK(code_of(call<shapes::GetResourcesOutput>("GetResources", shapes::GetResourcesInput{.pagination_token = "x"})) == "PaginationTokenExpiredException");
}

TEST_CASE_FIXTURE(Tagger, "keys and values are told once") {
  const auto keys = call<shapes::GetTagKeysOutput>("GetTagKeys", shapes::GetTagKeysInput{});
  REQUIRE(keys);
  CHECK(*keys->tag_keys == Arns{"Name", "team"});
  const auto values = call<shapes::GetTagValuesOutput>("GetTagValues", shapes::GetTagValuesInput{.key = "team"});
  REQUIRE(values);
  CHECK(*values->tag_values == Arns{"a", "b"});
}

TEST_CASE_FIXTURE(Tagger, "tags are changed where they can be, and it is told where not") {
  const auto tagged = call<shapes::TagResourcesOutput>("TagResources", shapes::TagResourcesInput{.resource_arn_list = Arns{kPlain, kBucket, "arn:aws:s3:::none"}, .tags = std::map<std::string, std::string>{{"team", "d"}}});
  REQUIRE(tagged);
  REQUIRE(tagged->failed_resources_map->size() == 1);
  CHECK(*tagged->failed_resources_map->at("arn:aws:s3:::none").error_code == "InvalidParameterException");
  CHECK(store::find<model::Cluster>(*store, kPlain)->tags.at("team") == "d");
  CHECK(store::find<model::Bucket>(*store, "logs")->tags.at("team") == "d");
  REQUIRE(call<shapes::UntagResourcesOutput>("UntagResources", shapes::UntagResourcesInput{.resource_arn_list = Arns{kBucket}, .tag_keys = Arns{"team"}}));
  CHECK(found({}) == Arns{kVpc, kPlain, kCluster});
  CHECK(code_of(call<shapes::TagResourcesOutput>("TagResources", shapes::TagResourcesInput{.resource_arn_list = Arns{kBucket}, .tags = std::map<std::string, std::string>{{"aws:x", "d"}}})) == "InvalidParameterException");
}

}  // namespace
}  // namespace landfall::services::resourcegroupstaggingapi
