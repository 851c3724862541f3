#include "terraform/installed_modules.h"

#include <doctest/doctest.h>

using landfall::terraform::InstalledModule;

TEST_CASE("a module is known by its source, however Terraform noted that") {
  const auto noted = [](const char* source) { return InstalledModule{.key = "m", .source = source, .directory = "d"}; };

  CHECK(noted("registry.terraform.io/acme/vpc/aws").is_from("acme/vpc/aws"));
  CHECK(noted("registry.terraform.io/acme/ecs/aws//modules/service").is_from("acme/ecs/aws//modules/service"));
  CHECK_FALSE(noted("registry.terraform.io/acme/ecs/aws").is_from("ecs/aws"));
  CHECK(noted("acme/vpc/aws").is_from("registry.terraform.io/acme/vpc/aws"));
  CHECK(noted("git::https://github.com/acme/vpc.git").is_from("github.com/acme/vpc"));
  CHECK(noted("git::https://github.com/acme/all.git//vpc?ref=v1.2.0").is_from("github.com/acme/all//vpc?ref=v1.2.0"));
  CHECK(noted("git::ssh://git@github.com/acme/vpc.git").is_from("git@github.com:acme/vpc.git"));
  CHECK_FALSE(noted("git::https://github.com/acme/vpc.git?ref=v1").is_from("github.com/acme/vpc?ref=v2"));
}
