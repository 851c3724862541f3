#include "terraform/aws/ecs.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::terraform::aws_types;

TEST_CASE("container definitions are read as Terraform's provider reads them: names in any case, what no container has is skipped") {
  const auto containers = parse_containers(R"([{"Name": "web", "IMAGE": "web:1", "networkMode": "awsvpc", "environment": [{"Name": "A", "VALUE": "1", "note": true}],
                                               "portMappings": [{"containerport": 80}], "dockerLabels": {"Team": "a", "team": "b"}}])");

  REQUIRE(containers);
  REQUIRE(containers->size() == 1);
  const auto& web = containers->front();
  CHECK(web.name == "web");
  CHECK(web.image == "web:1");
  REQUIRE(web.environment->size() == 1);
  CHECK(web.environment->front().name == "A");
  CHECK(web.environment->front().value == "1");
  CHECK(web.port_mappings->front().container_port == 80);
  CHECK(web.docker_labels->size() == 2);

  CHECK(*canonical_containers(R"([{"Name": "web", "Image": "web:1", "networkMode": "awsvpc"}])") == *canonical_containers(R"([{"name": "web", "image": "web:1"}])"));
}

TEST_CASE("a member of container definitions that is of another type is refused with its place") {
  const auto refused = parse_containers(R"([{"name": "web", "image": "web:1", "cpu": "256"}])");

  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "containerDefinitions[0].cpu is a string; wanted an integer");
}
