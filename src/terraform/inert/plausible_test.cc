#include "terraform/inert/plausible.h"

#include <doctest/doctest.h>

namespace landfall::terraform::inert {
namespace {

using hcl::Value;

const Instance kDatabase{.type = "aws_db_instance", .id = "inert-0a", .region = "us-west-2", .account = "000000000000"};

}  // namespace

TEST_CASE("a made-up value is of the kind that its name says, and says that it is made up") {
  const auto made = [](const char* name) { return plausible(kDatabase, name, {}); };

  CHECK(made("id") == Value::string("inert-0a"));
  CHECK(made("arn") == Value::string("arn:aws:inert:us-west-2:000000000000:aws_db_instance/inert-0a"));
  CHECK(made("endpoint") == Value::string("inert-0a.aws-db-instance.inert.invalid"));
  CHECK(made("port") == Value::number(5432));
  CHECK(made("website_url") == Value::string("https://inert-0a.aws-db-instance.inert.invalid/"));
  CHECK(made("subnet_ids") == Value::tuple({Value::string("inert-0a")}));
  CHECK(made("addrs") == Value::tuple({Value::string("192.0.2.1")}));
  CHECK(made("cidr_blocks") == Value::tuple({Value::string("192.0.2.0/24")}));
  CHECK(made("status") == Value::string("inert-status"));
}

TEST_CASE("what is asked of inner parts is made up there") {
  Asked asked;
  asked.at_element().members["address"];

  CHECK(plausible(kDatabase, "nodes", asked) == Value::tuple({Value::object({{"address", Value::string("inert-0a.aws-db-instance.inert.invalid")}})}));
}

TEST_CASE("what has a zone is there once in each zone") {
  Instance firewall = kDatabase;
  firewall.zones = {"us-west-2a", "us-west-2b"};
  Asked asked;
  asked.at_element().members["availability_zone"];
  const auto row = [](const char* zone) { return Value::object({{"availability_zone", Value::string(zone)}}); };

  CHECK(plausible(firewall, "sync_states", asked) == Value::tuple({row("us-west-2a"), row("us-west-2b")}));
  CHECK(plausible(kDatabase, "sync_states", asked) == Value::tuple({row("us-west-2a")}));
}

TEST_CASE("a value that was completed is the one that is written; any other difference is one") {
  Asked asked;
  asked.at_element().members["made"];
  const Value written = Value::tuple({Value::object({{"a", Value::number(1)}})});
  const Value there = completed(&kDatabase, written, "block", asked);

  CHECK(there.elements()[0].find("made") != nullptr);
  CHECK(is_completed(there, written, asked));
  CHECK(is_completed(there, Value::list(written.elements()[0].type(), {written.elements()[0]}), asked));
  CHECK_FALSE(is_completed(there, written, {}));
  CHECK_FALSE(is_completed(there, Value::tuple({Value::object({{"a", Value::number(2)}})}), asked));
  CHECK_FALSE(is_completed(there, Value::tuple({Value::object({})}), asked));
}

}  // namespace landfall::terraform::inert
