#include <doctest/doctest.h>

#include "dns/answer.h"
#include "dns/message.h"

#include <ldns/ldns.h>  // last: it redefines bool

using namespace landfall;
using namespace landfall::dns;

namespace {

Names stack() {
  Names names;
  names.settings.endpoint_address = "198.18.0.1";
  names.zones = {{.account = "0", .id = "Z1", .name = "matabit.org."},
                 {.account = "0", .id = "Z2", .name = "corp.matabit.org.", .is_private = true, .vpcs = {{"us-west-2", "vpc-1"}}}};
  names.records["Z1"] = {
      {.zone_id = "Z1", .name = "matabit.org.", .type = "SOA", .ttl = 900, .values = {"ns-1.example. hostmaster.example. 1 7200 900 1209600 86400"}},
      {.zone_id = "Z1", .name = "www.matabit.org.", .type = "A", .alias = model::AliasTarget{.dns_name = "dualstack.alb-1.us-west-2.elb.amazonaws.com."}},
      {.zone_id = "Z1", .name = "blog.matabit.org.", .type = "CNAME", .ttl = 300, .values = {"www.matabit.org"}},
      {.zone_id = "Z1", .name = "\\052.staging.matabit.org.", .type = "A", .ttl = 60, .values = {"192.0.2.1"}},
      {.zone_id = "Z1", .name = "fixed.staging.matabit.org.", .type = "TXT", .ttl = 60, .values = {"\"hello there\""}}};
  names.records["Z2"] = {{.zone_id = "Z2", .name = "db.corp.matabit.org.", .type = "A", .ttl = 60, .values = {"10.0.0.9"}}};
  names.balancers = {{.account = "0", .dns_name = "alb-1.us-west-2.elb.amazonaws.com",
                      .nodes = {{.zone = "a", .private_ip = "10.0.0.4", .public_ip = "198.18.0.9"},
                                {.zone = "b", .private_ip = "10.0.1.4", .public_ip = "198.18.0.10"}}},
                     {.account = "0", .dns_name = "nlb-1a2b.elb.us-west-2.amazonaws.com", .nodes = {{.zone = "us-west-2a", .public_ip = "198.18.0.11"}, {.zone = "us-west-2b", .public_ip = "198.18.0.12"}}, .type = "network"}};
  names.vpcs = {{.account = "0", .region = "us-west-2", .id = "vpc-1", .cidr = "10.0.0.0/16", .enable_dns_hostnames = true}};
  names.interfaces = {{.vpc_id = "vpc-1", .private_ip = "10.0.5.6"}};
  return names;
}

Answer ask(const std::string& name, const std::string& type, bool inside = false) {
  static const Names names = stack();
  return answer(names, inside ? &names.vpcs[0] : nullptr, {name, type}, [](uint64_t) { return uint64_t{0}; });
}

std::string query_for(const char* name) {
  ldns_pkt* packet = ldns_pkt_query_new(ldns_dname_new_frm_str(name), LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, LDNS_RD);
  ldns_pkt_set_id(packet, 77);
  uint8_t* data = nullptr;
  size_t size = 0;
  ldns_pkt2wire(&data, packet, &size);
  std::string wire(reinterpret_cast<char*>(data), size);
  free(data);
  ldns_pkt_free(packet);
  return wire;
}

}  // namespace

TEST_CASE("an alias answers with the load balancer's public addresses, never a CNAME") {
  const Answer a = ask("www.matabit.org.", "A");
  REQUIRE(a.records.size() == 2);
  CHECK(a.records[0] == "www.matabit.org. 60 IN A 198.18.0.9");
  CHECK(ask("www.matabit.org.", "AAAA").outcome == Outcome::no_data);
}

TEST_CASE("a network load balancer has a name for each of its zones too") {
  CHECK(ask("nlb-1a2b.elb.us-west-2.amazonaws.com.", "A").records.size() == 2);
  CHECK(ask("us-west-2b.nlb-1a2b.elb.us-west-2.amazonaws.com.", "A").records == std::vector<std::string>{"us-west-2b.nlb-1a2b.elb.us-west-2.amazonaws.com. 60 IN A 198.18.0.12"});
  CHECK(ask("us-west-2c.nlb-1a2b.elb.us-west-2.amazonaws.com.", "A").records.empty());
}

TEST_CASE("a CNAME is followed") {
  const Answer a = ask("blog.matabit.org.", "A");
  REQUIRE(a.records.size() == 3);
  CHECK(a.records[2] == "www.matabit.org. 60 IN A 198.18.0.10");
}

TEST_CASE("a wildcard answers names at any depth, but not names that exist") {
  CHECK(ask("x.staging.matabit.org.", "A").records.at(0) == "x.staging.matabit.org. 60 IN A 192.0.2.1");
  CHECK(ask("a.b.staging.matabit.org.", "A").outcome == Outcome::answered);
  CHECK(ask("fixed.staging.matabit.org.", "A").outcome == Outcome::no_data);
  CHECK(ask("staging.matabit.org.", "A").outcome == Outcome::no_data);
}

TEST_CASE("a name that does not exist is NXDOMAIN with the zone's SOA") {
  const Answer a = ask("nothing.matabit.org.", "A");
  CHECK(a.outcome == Outcome::no_such_name);
  REQUIRE(a.authority.size() == 1);
  CHECK(a.authority[0].starts_with("matabit.org. 900 IN SOA"));
}

TEST_CASE("a private zone answers inside its VPC only, and hides public names there") {
  CHECK(ask("db.corp.matabit.org.", "A", true).outcome == Outcome::answered);
  CHECK(ask("db.corp.matabit.org.", "A", false).outcome == Outcome::no_such_name);
  CHECK(ask("other.corp.matabit.org.", "A", true).outcome == Outcome::no_such_name);
}

TEST_CASE("AWS's own names lead to the endpoint, load balancer names to their nodes") {
  CHECK(ask("000000000000.dkr.ecr.us-west-2.amazonaws.com.", "A", true).records.at(0).ends_with(" 198.18.0.1"));
  CHECK(ask("alb-1.us-west-2.elb.amazonaws.com.", "A").records.size() == 2);
  Names failed_over = stack();
  failed_over.balancers[0].nodes[1].is_in_dns = false;
  CHECK(answer(failed_over, nullptr, {"alb-1.us-west-2.elb.amazonaws.com.", "A"}, [](uint64_t) { return uint64_t{0}; }).records == std::vector<std::string>{"alb-1.us-west-2.elb.amazonaws.com. 60 IN A 198.18.0.9"});
  CHECK(ask("gone-1.us-west-2.elb.amazonaws.com.", "A").outcome == Outcome::no_such_name);
}

TEST_CASE("an interface endpoint takes its service's names over in its VPC, and has names of its own") {
  Names names = stack();
  names.settings.public_pool = "198.18.0.0/24";
  names.interfaces.push_back({.id = "eni-1", .vpc_id = "vpc-1", .zone = "us-west-2a", .private_ip = "10.0.1.7"});
  names.interfaces.push_back({.id = "eni-2", .vpc_id = "vpc-1", .zone = "us-west-2b", .private_ip = "10.0.2.7"});
  names.endpoints.push_back({.id = "vpce-1", .vpc_id = "vpc-1", .service = "ecr.dkr", .type = "Interface", .interfaces = {{"subnet-1", "eni-1"}, {"subnet-2", "eni-2"}}, .has_private_dns = true, .dns_label = "k3x9"});
  const auto addresses = [&](const std::string& name, bool inside) {
    std::vector<std::string> found;
    for (const std::string& text : answer(names, inside ? &names.vpcs[0] : nullptr, {name, "A"}, [](uint64_t) { return uint64_t{0}; }).records) found.push_back(text.substr(text.rfind(' ') + 1));
    return found;
  };
  using Found = std::vector<std::string>;
  const std::string registry = "000000000000.dkr.ecr.us-west-2.amazonaws.com.";
  CHECK(addresses(registry, true) == Found{"10.0.1.7", "10.0.2.7"});
  CHECK(addresses(registry, false) == Found{"198.18.0.1"});
  CHECK(addresses("000000000000.dkr.ecr.eu-west-1.amazonaws.com.", true) == Found{"198.18.0.1"});
  CHECK(addresses("api.ecr.us-west-2.amazonaws.com.", true) == Found{"198.18.0.1"});
  CHECK(addresses("vpce-1-k3x9.ecr.dkr.us-west-2.vpce.amazonaws.com.", false) == Found{"10.0.1.7", "10.0.2.7"});
  CHECK(addresses("vpce-1-k3x9-us-west-2b.ecr.dkr.us-west-2.vpce.amazonaws.com.", true) == Found{"10.0.2.7"});
  CHECK(addresses("bucket.s3.us-west-2.amazonaws.com.", true) == Found{"198.18.0.254"});
  CHECK(addresses("dynamodb.us-west-2.amazonaws.com.", true) == Found{"198.18.0.253"});
  names.vpcs[0].enable_dns_hostnames = false;
  CHECK(addresses(registry, true) == Found{"198.18.0.1"});
}

TEST_CASE("addresses of the VPC have internal names inside it") {
  CHECK(ask("ip-10-0-5-6.us-west-2.compute.internal.", "A", true).records.at(0).ends_with(" 10.0.5.6"));
  CHECK(ask("ip-10-0-5-7.us-west-2.compute.internal.", "A", true).outcome == Outcome::no_such_name);
  CHECK(ask("example.com.", "A", true).outcome == Outcome::not_ours);
}

TEST_CASE("replies carry the question, the records and the id") {
  const auto ours = [](const Question& q) { return ask(q.name, q.type); };
  const auto outside = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  const std::string reply = reply_to(query_for("WWW.matabit.org"), 1232, ours, outside);
  ldns_pkt* packet = nullptr;
  REQUIRE(ldns_wire2pkt(&packet, reinterpret_cast<const uint8_t*>(reply.data()), reply.size()) == LDNS_STATUS_OK);
  CHECK(ldns_pkt_id(packet) == 77);
  CHECK(ldns_pkt_ancount(packet) == 2);
  CHECK(ldns_pkt_aa(packet));
  ldns_pkt_free(packet);

  const std::string servfail = reply_to(query_for("example.com"), 1232, ours, outside);
  CHECK((servfail[3] & 15) == LDNS_RCODE_SERVFAIL);
  const std::string cut = reply_to(query_for("www.matabit.org"), 20, ours, outside);
  CHECK((cut[2] & 2) == 2);
}

TEST_CASE("broken queries get an error or silence, never a crash") {
  const auto ours = [](const Question& q) { return ask(q.name, q.type); };
  const auto outside = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  CHECK(reply_to("", 512, ours, outside).empty());
  CHECK(reply_to("short", 512, ours, outside).empty());
  const std::string good = query_for("www.matabit.org");
  for (size_t cut = 12; cut < good.size(); ++cut) {
    const std::string reply = reply_to(good.substr(0, cut), 512, ours, outside);
    CHECK((reply[3] & 15) == LDNS_RCODE_FORMERR);
  }
  std::string response = good;
  response[2] = static_cast<char>(response[2] | 0x80);
  CHECK(reply_to(response, 512, ours, outside).empty());
}
