#include "services/route53/route53.h"

#include <doctest/doctest.h>

#include "model/load_balancing.h"
#include "services/route53/name.h"
#include "services/route53/record_value.h"
#include "services/route53/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::route53 {
namespace {

struct Zone : CallerForTest {
  Zone() : CallerForTest("route53") {
    register_route53(registry, deps);
    const auto made = call<shapes::CreateHostedZoneResponse>("CreateHostedZone", shapes::CreateHostedZoneRequest{.caller_reference = "first", .name = "Matabit.ORG"});
    REQUIRE(made);
    id = *made->hosted_zone->id;
  }

  Result<shapes::ChangeResourceRecordSetsResponse> change(std::vector<shapes::Change> changes) {
    return call<shapes::ChangeResourceRecordSetsResponse>("ChangeResourceRecordSets", shapes::ChangeResourceRecordSetsRequest{.change_batch = shapes::ChangeBatch{.changes = std::move(changes)}, .hosted_zone_id = id});
  }

  std::vector<std::string> names(std::optional<std::string> from = {}, std::optional<std::string> limit = {}) {
    const auto listed = call<shapes::ListResourceRecordSetsResponse>("ListResourceRecordSets", shapes::ListResourceRecordSetsRequest{.hosted_zone_id = id, .max_items = limit, .start_record_name = from});
    REQUIRE(listed);
    std::vector<std::string> result;
    for (const auto& set : *listed->resource_record_sets) result.push_back(*set.name + " " + *set.type);
    return result;
  }

  std::string id;
};

shapes::Change record(std::string action, std::string name, std::string type, std::vector<std::string> values, int64_t ttl = 300) {
  shapes::ResourceRecordSet set{.name = std::move(name), .resource_records = std::vector<shapes::ResourceRecord>{}, .ttl = ttl, .type = std::move(type)};
  for (std::string& value : values) set.resource_records->push_back({.value = std::move(value)});
  return {.action = std::move(action), .resource_record_set = std::move(set)};
}

shapes::Change alias(std::string name, std::string zone, std::string target) {
  return {.action = "CREATE", .resource_record_set = shapes::ResourceRecordSet{.alias_target = shapes::AliasTarget{.dns_name = std::move(target), .evaluate_target_health = false, .hosted_zone_id = std::move(zone)},
                                                                               .name = std::move(name), .type = "A"}};
}

TEST_CASE("names are lower case, with a dot, and escape what is not a host name's character") {
  CHECK(canonical_name("WWW.Example.org").value() == "www.example.org.");
  CHECK(canonical_name("*.a.org.").value() == "\\052.a.org.");
  CHECK(canonical_name("\\052.a.org").value() == "\\052.a.org.");
  CHECK(canonical_name("_acme.a.org").value() == "_acme.a.org.");
  CHECK(code_of(canonical_name("")) == "InvalidDomainName");
  CHECK(code_of(canonical_name("a..org")) == "InvalidDomainName");
  CHECK(code_of(canonical_name(std::string(64, 'a') + ".org")) == "InvalidDomainName");
  CHECK(canonical_name(std::string(63, 'a') + ".org").has_value());
  CHECK(sort_key("\\052.a.org.") == "org.a.*.");
  CHECK(sort_key("b.a.org.") < sort_key("a.b.org."));
}

TEST_CASE("values are checked by their type") {
  struct Case {
    std::string_view type;
    const char* value;
    bool good;
  };
  for (const Case& c : {Case{"A", "10.0.0.1", true}, Case{"A", "10.0.0", false}, Case{"AAAA", "2001:db8::1", true}, Case{"AAAA", "1.2.3.4", false}, Case{"CNAME", "a.b.org", true},
                        Case{"CNAME", "a..org", false}, Case{"MX", "10 mail.a.org.", true}, Case{"MX", "mail.a.org.", false}, Case{"MX", "70000 mail.a.org.", false}, Case{"TXT", "\"a\" \"b\"", true},
                        Case{"TXT", "\"a\\\"b\"", true}, Case{"TXT", "a", false}, Case{"TXT", "\"a", false}, Case{"SRV", "1 2 80 a.org", true}, Case{"SRV", "1 2 a.org", false},
                        Case{"CAA", "0 issue \"ca.org\"", true}, Case{"CAA", "0 issue ca.org", false}}) {
    CAPTURE(c.type);
    CAPTURE(c.value);
    CHECK(value_problem(c.type, c.value).empty() == c.good);
  }
  CHECK_FALSE(value_problem("TXT", "\"" + std::string(256, 'x') + "\"").empty());
  CHECK(value_problem("TXT", "\"" + std::string(255, 'x') + "\"").empty());
}

TEST_CASE_FIXTURE(Zone, "a new zone holds its name servers and its SOA, and goes when only these are left") {
  CHECK(names() == std::vector<std::string>{"matabit.org. NS", "matabit.org. SOA"});
  REQUIRE(change({record("CREATE", "www.matabit.org", "A", {"1.2.3.4"})}));

  CHECK(code_of(call<shapes::DeleteHostedZoneResponse>("DeleteHostedZone", shapes::DeleteHostedZoneRequest{.id = id})) == "HostedZoneNotEmpty");
  REQUIRE(change({record("DELETE", "www.matabit.org", "A", {"1.2.3.4"})}));
  CHECK(call<shapes::DeleteHostedZoneResponse>("DeleteHostedZone", shapes::DeleteHostedZoneRequest{.id = id}).has_value());
  CHECK(code_of(call<shapes::GetHostedZoneResponse>("GetHostedZone", shapes::GetHostedZoneRequest{.id = id})) == "NoSuchHostedZone");
  CHECK(store->list("record_set/").empty());
}

TEST_CASE_FIXTURE(Zone, "a caller reference makes one zone") {
  CHECK(code_of(call<shapes::CreateHostedZoneResponse>("CreateHostedZone", shapes::CreateHostedZoneRequest{.caller_reference = "first", .name = "other.org"})) == "HostedZoneAlreadyExists");
}

TEST_CASE_FIXTURE(Zone, "a batch is done whole or not at all, and names every fault") {
  const auto failed = change({record("CREATE", "good.matabit.org", "A", {"1.2.3.4"}), record("CREATE", "bad.matabit.org", "A", {"1.2.3"}), record("DELETE", "gone.matabit.org", "A", {"1.2.3.4"})});

  CHECK(code_of(failed) == "InvalidChangeBatch");
  CHECK(what_of(failed) == "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '1.2.3'', "
                           "Tried to delete resource record set [name='gone.matabit.org.', type='A'] but it was not found]");
  CHECK(names().size() == 2);
}

TEST_CASE_FIXTURE(Zone, "CREATE, UPSERT and DELETE hold to what is there") {
  REQUIRE(change({record("CREATE", "www.matabit.org", "A", {"1.1.1.1", "2.2.2.2"})}));

  CHECK(what_of(change({record("CREATE", "WWW.matabit.org.", "A", {"1.1.1.1"})})) == "[Tried to create resource record set [name='www.matabit.org.', type='A'] but it already exists]");
  CHECK(what_of(change({record("DELETE", "www.matabit.org", "A", {"1.1.1.1"})})) ==
        "[Tried to delete resource record set [name='www.matabit.org.', type='A'] but the values provided do not match the current values]");
  CHECK(code_of(change({record("DELETE", "www.matabit.org", "A", {"1.1.1.1", "2.2.2.2"}, 60)})) == "InvalidChangeBatch");
  CHECK(change({record("UPSERT", "www.matabit.org", "A", {"3.3.3.3"})}).has_value());
  CHECK(change({record("DELETE", "www.matabit.org", "A", {"3.3.3.3"}), record("CREATE", "www.matabit.org", "CNAME", {"a.org"})}).has_value());
  CHECK(names() == std::vector<std::string>{"matabit.org. NS", "matabit.org. SOA", "www.matabit.org. CNAME"});
}

TEST_CASE_FIXTURE(Zone, "a CNAME stands alone and never at the apex; other zones' names and the zone's own records are kept out") {
  REQUIRE(change({record("CREATE", "www.matabit.org", "A", {"1.1.1.1"})}));

  CHECK(what_of(change({record("CREATE", "www.matabit.org", "CNAME", {"a.org"})})) ==
        "[RRSet of type CNAME with DNS name www.matabit.org. is not permitted because a conflicting RRSet of type A with the same DNS name already exists in zone matabit.org.]");
  CHECK(what_of(change({record("CREATE", "matabit.org", "CNAME", {"a.org"})})) == "[RRSet of type CNAME with DNS name matabit.org. is not permitted at apex in zone matabit.org.]");
  CHECK(what_of(change({record("CREATE", "www.other.org", "A", {"1.1.1.1"})})) == "[RRSet with DNS name www.other.org. is not permitted in zone matabit.org.]");
  CHECK(code_of(change({record("CREATE", "notmatabit.org", "A", {"1.1.1.1"})})) == "InvalidChangeBatch");
  const auto soa = store::find<model::RecordSet>(*store, plain_id(id) + "/matabit.org./SOA");
  REQUIRE(soa);
  CHECK(what_of(change({record("DELETE", "matabit.org", "SOA", soa->values, soa->ttl)})) == "[A HostedZone must contain exactly one SOA record.]");
}

TEST_CASE_FIXTURE(Zone, "an alias needs its target: a load balancer of that canonical zone, or a record of the same zone and type") {
  REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
    store::put(tx, model::LoadBalancer{.account = "000000000000", .region = "us-west-2", .arn = "arn:lb", .dns_name = "Web-1.us-west-2.elb.amazonaws.com", .canonical_hosted_zone_id = "Z1H1FL5HABSF5"});
    return {};
  }));

  CHECK(change({alias("www.matabit.org", "Z1H1FL5HABSF5", "dualstack.web-1.us-west-2.elb.amazonaws.com")}).has_value());
  CHECK(code_of(change({alias("a.matabit.org", "Z35SXDOTRQ7X7K", "web-1.us-west-2.elb.amazonaws.com")})) == "InvalidChangeBatch");
  CHECK(what_of(change({alias("a.matabit.org", "Z1H1FL5HABSF5", "web-2.us-west-2.elb.amazonaws.com")})) ==
        "[Tried to create an alias that targets web-2.us-west-2.elb.amazonaws.com., type A in zone Z1H1FL5HABSF5, but that target was not found]");
  CHECK(change({alias("matabit.org", plain_id(id), "www.matabit.org")}).has_value());
  CHECK(code_of(change({alias("b.matabit.org", plain_id(id), "none.matabit.org")})) == "InvalidChangeBatch");
}

TEST_CASE_FIXTURE(Zone, "routing policies and types that are not carried are refused by name") {
  auto weighted = record("CREATE", "w.matabit.org", "A", {"1.1.1.1"});
  weighted.resource_record_set->weight = 10;
  CHECK(what_of(change({weighted})) == "ChangeBatch.Changes.ResourceRecordSet.Weight");
  CHECK(what_of(change({record("CREATE", "w.matabit.org", "NAPTR", {"x"})})).find("NAPTR") != std::string::npos);
  auto both = alias("w.matabit.org", plain_id(id), "matabit.org");
  both.resource_record_set->ttl = 5;
  CHECK(what_of(change({both})).find("but found more than one in Change with [Action=CREATE, Name=w.matabit.org, Type=A") != std::string::npos);
}

TEST_CASE_FIXTURE(Zone, "records are listed by their labels from the right, page by page") {
  REQUIRE(change({record("CREATE", "b.matabit.org", "A", {"1.1.1.1"}), record("CREATE", "a.b.matabit.org", "A", {"1.1.1.1"}), record("CREATE", "*.b.matabit.org", "A", {"1.1.1.1"}), record("CREATE", "c.matabit.org", "A", {"1.1.1.1"})}));

  CHECK(names() == std::vector<std::string>{"matabit.org. NS", "matabit.org. SOA", "b.matabit.org. A", "\\052.b.matabit.org. A", "a.b.matabit.org. A", "c.matabit.org. A"});
  CHECK(names("*.b.matabit.org", "2") == std::vector<std::string>{"\\052.b.matabit.org. A", "a.b.matabit.org. A"});
  const auto page = call<shapes::ListResourceRecordSetsResponse>("ListResourceRecordSets", shapes::ListResourceRecordSetsRequest{.hosted_zone_id = id, .max_items = "5"});
  REQUIRE(page);
  CHECK(page->is_truncated == true);
  CHECK(page->next_record_name == "c.matabit.org.");
  CHECK(code_of(call<shapes::ListResourceRecordSetsResponse>("ListResourceRecordSets", shapes::ListResourceRecordSetsRequest{.hosted_zone_id = id, .max_items = "no"})) == "InvalidInput");
}

TEST_CASE_FIXTURE(Zone, "a private zone belongs to VPCs that exist, and keeps the last one") {
  REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
    for (const char* vpc : {"vpc-1", "vpc-2"}) store::put(tx, model::Vpc{.account = "000000000000", .region = "us-west-2", .id = vpc});
    return {};
  }));
  const auto vpc = [](std::string name) { return shapes::VPC{.vpc_id = std::move(name), .vpc_region = "us-west-2"}; };
  const auto create = [&](std::string reference, std::string vpc_id) {
    return call<shapes::CreateHostedZoneResponse>("CreateHostedZone", shapes::CreateHostedZoneRequest{.caller_reference = std::move(reference), .name = "in.ternal", .vpc = vpc(std::move(vpc_id))});
  };

  const auto made = create("p", "vpc-1");
  REQUIRE(made);
  CHECK_FALSE(made->delegation_set);
  CHECK(code_of(create("q", "vpc-1")) == "ConflictingDomainExists");
  CHECK(code_of(create("q", "vpc-9")) == "InvalidVPCId");
  const auto remove = [&](std::string vpc_id) {
    return call<shapes::DisassociateVPCFromHostedZoneResponse>("DisassociateVPCFromHostedZone", shapes::DisassociateVPCFromHostedZoneRequest{.hosted_zone_id = made->hosted_zone->id, .vpc = vpc(std::move(vpc_id))});
  };
  CHECK(code_of(remove("vpc-1")) == "LastVPCAssociation");
  CHECK(code_of(remove("vpc-2")) == "VPCAssociationNotFound");
  CHECK(call<shapes::AssociateVPCWithHostedZoneResponse>("AssociateVPCWithHostedZone", shapes::AssociateVPCWithHostedZoneRequest{.hosted_zone_id = made->hosted_zone->id, .vpc = vpc("vpc-2")}).has_value());
  CHECK(remove("vpc-1").has_value());
  CHECK(code_of(call<shapes::AssociateVPCWithHostedZoneResponse>("AssociateVPCWithHostedZone", shapes::AssociateVPCWithHostedZoneRequest{.hosted_zone_id = id, .vpc = vpc("vpc-2")})) == "PublicZoneVPCAssociation");
}

TEST_CASE_FIXTURE(Zone, "a change is pending when made and in sync when asked for; tags come and go") {
  const auto made = change({record("CREATE", "www.matabit.org", "A", {"1.1.1.1"})});
  REQUIRE(made);
  CHECK(made->change_info->status == "PENDING");
  const auto found = call<shapes::GetChangeResponse>("GetChange", shapes::GetChangeRequest{.id = made->change_info->id});
  REQUIRE(found);
  CHECK(found->change_info->status == "INSYNC");
  CHECK(code_of(call<shapes::GetChangeResponse>("GetChange", shapes::GetChangeRequest{.id = "C1"})) == "NoSuchChange");

  REQUIRE(call<shapes::ChangeTagsForResourceResponse>("ChangeTagsForResource", shapes::ChangeTagsForResourceRequest{.add_tags = std::vector<shapes::Tag>{{.key = "a", .value = "1"}, {.key = "b", .value = "2"}}, .resource_id = plain_id(id), .resource_type = "hostedzone"}));
  REQUIRE(call<shapes::ChangeTagsForResourceResponse>("ChangeTagsForResource", shapes::ChangeTagsForResourceRequest{.remove_tag_keys = std::vector<std::string>{"a"}, .resource_id = plain_id(id), .resource_type = "hostedzone"}));
  const auto tags = call<shapes::ListTagsForResourceResponse>("ListTagsForResource", shapes::ListTagsForResourceRequest{.resource_id = plain_id(id), .resource_type = "hostedzone"});
  REQUIRE(tags);
  REQUIRE(tags->resource_tag_set->tags->size() == 1);
  CHECK(tags->resource_tag_set->tags->at(0).key == "b");
}

}  // namespace
}  // namespace landfall::services::route53
