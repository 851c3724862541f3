#include "terraform/argument_named.h"

#include <doctest/doctest.h>

using namespace landfall::terraform;
using landfall::hcl::Type;
using landfall::hcl::Value;

TEST_CASE("the argument whose value a message holds is the one that it is about") {
  const Value network = Value::object({{"subnets", Value::set(Type::string(), {Value::string("subnet-1"), Value::string("subnet-12")})}, {"security_groups", Value::list(Type::string(), {Value::string("sg-77")})}});
  const Value service = Value::object({{"id", Value::string("svc-1")}, {"name", Value::string("prod")}, {"priority", Value::number(10)}, {"network_configuration", Value::list(network.type(), {network})}, {"role", Value::null(Type::string())}, {"launch_type", Value::unknown(Type::string())}});

  CHECK(argument_named("The subnet ID 'subnet-12' of service prod does not exist", service) == "network_configuration.subnets");
  CHECK(argument_named("sg-77: not found", service) == "network_configuration.security_groups");
  CHECK(argument_named("Service prod is there", service) == "name");
  CHECK(argument_named("Priority '10' is currently in use", service) == "priority");
  CHECK(argument_named("10 are too many", service).empty());
  CHECK(argument_named("sg-778 and products of svc-1", service).empty());
  CHECK(argument_named("", service).empty());
  CHECK(argument_named("anything", Value::null()).empty());
}
