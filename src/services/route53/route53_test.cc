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

TEST_CASE_FIXTURE(Zone, "an alias has no TTL, and types that are not carried are refused by name") {
  CHECK(what_of(change({record("CREATE", "w.matabit.org", "HTTPS", {"x"})})).find("HTTPS") != std::string::npos);
  auto both = alias("w.matabit.org", plain_id(id), "matabit.org");
  both.resource_record_set->ttl = 5;
  CHECK(what_of(change({both})).find("but found more than one in Change with [Action=CREATE, Name=w.matabit.org, Type=A") != std::string::npos);
  auto far = record("CREATE", "w.matabit.org", "A", {"1.1.1.1"});
  far.resource_record_set->geo_proximity_location = shapes::GeoProximityLocation{.aws_region = "us-west-2"};
  CHECK(what_of(change({far})) == "ChangeBatch.Changes.ResourceRecordSet.GeoProximityLocation");
}

shapes::Change policy(std::string identifier, std::string value = "1.1.1.1") {
  shapes::Change made = record("CREATE", "w.matabit.org", "A", {std::move(value)});
  made.resource_record_set->set_identifier = std::move(identifier);
  return made;
}
shapes::Change weighted(std::string identifier, int64_t weight, int64_t ttl = 300) {
  shapes::Change made = policy(std::move(identifier));
  made.resource_record_set->weight.emplace(weight);
  made.resource_record_set->ttl = ttl;
  return made;
}
shapes::Change in_region(std::string identifier, std::string region) {
  shapes::Change made = policy(std::move(identifier));
  made.resource_record_set->region = std::move(region);
  return made;
}

TEST_CASE_FIXTURE(Zone, "a routing policy needs a set identifier and the other way round") {
  shapes::Change nameless = weighted("a", 1);
  nameless.resource_record_set->set_identifier.reset();
  CHECK(what_of(change({nameless})) == "Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=w.matabit.org, Type=A, SetIdentifier=null]");
  CHECK(what_of(change({policy("a")})) == "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found none in "
                                          "Change with [Action=CREATE, Name=w.matabit.org, Type=A, SetIdentifier=a]");
  shapes::Change both = weighted("a", 1);
  both.resource_record_set->failover = "PRIMARY";
  CHECK(what_of(change({both})).find("but found more than one in Change") != std::string::npos);
  CHECK(code_of(change({weighted("a", 256)})) == "InvalidInput");
}

TEST_CASE_FIXTURE(Zone, "record sets of one name and type have one policy and do not clash") {
  REQUIRE(change({weighted("a", 1), weighted("b", 2)}));

  CHECK(what_of(change({in_region("c", "us-east-1")})) == "[RRSet with DNS name w.matabit.org., type A, SetIdentifier c cannot be created as a non-latency set exists with the same name and type.]");
  CHECK(what_of(change({record("CREATE", "w.matabit.org", "A", {"1.1.1.1"})})) == "[RRSet with DNS name w.matabit.org., type A cannot be created as other RRSets exist with the same name and type.]");
  CHECK(what_of(change({weighted("c", 1, 60)})) == "[RRSet with DNS name w.matabit.org. and type A, SetIdentifier c cannot be created as weighted sets must contain the same TTL.]");
  CHECK(what_of(change({weighted("a", 1)})) == "[Tried to create resource record set [name='w.matabit.org.', type='A', set-identifier='a'] but it already exists]");
  shapes::Change gone = weighted("a", 3);
  gone.action = "DELETE";
  CHECK(code_of(change({gone})) == "InvalidChangeBatch");
  gone.resource_record_set->weight.emplace(1);
  shapes::Change other = weighted("b", 2);
  other.action = "DELETE";
  REQUIRE(change({gone, other, in_region("c", "us-east-1")}));
  CHECK(what_of(change({in_region("d", "us-east-1")})) == "[RRSet with DNS name w.matabit.org., type A, SetIdentifier d, and Region Name=us-east-1 cannot be created because a latency RRSet with the same name, type and region already exists.]");
}

TEST_CASE_FIXTURE(Zone, "a batch changes a record set once") {
  CHECK(what_of(change({record("UPSERT", "w.matabit.org", "A", {"1.1.1.1"}), record("UPSERT", "w.matabit.org", "A", {"2.2.2.2"})})) == "[The request contains an invalid set of changes for a resource record set 'A w.matabit.org.']");
}

TEST_CASE_FIXTURE(Zone, "record sets of a policy are told with it and listed by their identifiers") {
  shapes::Change geo = policy("world");
  geo.resource_record_set->geo_location = shapes::GeoLocation{.country_code = "*"};
  shapes::Change state = policy("oregon");
  state.resource_record_set->geo_location = shapes::GeoLocation{.country_code = "US", .subdivision_code = "OR"};
  REQUIRE(change({geo, state}));
  shapes::Change nowhere = policy("nowhere");
  nowhere.resource_record_set->geo_location = shapes::GeoLocation{.country_code = "XX"};
  CHECK(code_of(change({nowhere})) == "InvalidInput");

  const auto page = call<shapes::ListResourceRecordSetsResponse>("ListResourceRecordSets", shapes::ListResourceRecordSetsRequest{.hosted_zone_id = id, .max_items = "1", .start_record_identifier = "oregon", .start_record_name = "w.matabit.org", .start_record_type = "A"});
  REQUIRE(page);
  CHECK(page->next_record_identifier == "world");
  const auto& told = page->resource_record_sets->at(0);
  CHECK(told.set_identifier == "oregon");
  CHECK(told.geo_location->subdivision_code == "OR");
  CHECK_FALSE(told.weight);
}

TEST_CASE_FIXTURE(Zone, "a health check is made once per reference, changed by version and told with its defaults") {
  const auto create = [&](std::string reference, shapes::HealthCheckConfig config) { return call<shapes::CreateHealthCheckResponse>("CreateHealthCheck", shapes::CreateHealthCheckRequest{.caller_reference = std::move(reference), .health_check_config = std::move(config)}); };
  const shapes::HealthCheckConfig http{.ip_address = "198.18.0.9", .resource_path = "/up", .type = "HTTP"};
  const auto made = create("r", http);
  REQUIRE(made);
  CHECK(made->health_check->health_check_version == 1);
  CHECK(made->health_check->health_check_config->port == 80);
  CHECK(made->health_check->health_check_config->failure_threshold == 3);
  CHECK(create("r", http)->health_check->id == made->health_check->id);
  CHECK(code_of(create("r", {.ip_address = "198.18.0.8", .type = "HTTP"})) == "HealthCheckAlreadyExists");
  CHECK(what_of(create("t", {.fully_qualified_domain_name = "a.org", .ip_address = "198.18.0.9", .port = 1, .type = "TCP"})) == "Invalid parameter : TCP health checks that have IP address must not have a fully qualified domain name specified.");
  CHECK(code_of(create("c", {.child_health_checks = std::vector<std::string>{"none"}, .health_threshold = 1, .type = "CALCULATED"})) == "InvalidInput");
  CHECK(create("c", {.child_health_checks = std::vector<std::string>{*made->health_check->id}, .health_threshold = 1, .type = "CALCULATED"}).has_value());

  const auto update = [&](int64_t version) { return call<shapes::UpdateHealthCheckResponse>("UpdateHealthCheck", shapes::UpdateHealthCheckRequest{.health_check_id = made->health_check->id, .health_check_version = version, .inverted = true, .reset_elements = std::vector<std::string>{"ResourcePath"}}); };
  CHECK(code_of(update(2)) == "HealthCheckVersionMismatch");
  const auto updated = update(1);
  REQUIRE(updated);
  CHECK(updated->health_check->health_check_version == 2);
  CHECK_FALSE(updated->health_check->health_check_config->resource_path);

  shapes::Change checked = record("CREATE", "h.matabit.org", "A", {"1.1.1.1"});
  checked.resource_record_set->health_check_id = "none";
  CHECK(code_of(change({checked})) == "InvalidChangeBatch");
  checked.resource_record_set->health_check_id = made->health_check->id;
  CHECK(change({checked}).has_value());
  CHECK(code_of(call<shapes::DeleteHealthCheckResponse>("DeleteHealthCheck", shapes::DeleteHealthCheckRequest{.health_check_id = made->health_check->id})) == "HealthCheckInUse");
}

TEST_CASE_FIXTURE(Zone, "zones may share name servers, but not two of one name") {
  const auto set = call<shapes::CreateReusableDelegationSetResponse>("CreateReusableDelegationSet", shapes::CreateReusableDelegationSetRequest{.caller_reference = "d"});
  REQUIRE(set);
  const auto zone = [&](std::string reference, std::string name) { return call<shapes::CreateHostedZoneResponse>("CreateHostedZone", shapes::CreateHostedZoneRequest{.caller_reference = std::move(reference), .delegation_set_id = set->delegation_set->id, .name = std::move(name)}); };
  const auto first = zone("1", "one.org");
  REQUIRE(first);
  CHECK(first->delegation_set->name_servers == set->delegation_set->name_servers);
  CHECK(first->delegation_set->id == set->delegation_set->id);
  CHECK(zone("2", "two.org").has_value());
  CHECK(code_of(zone("3", "one.org")) == "ConflictingDomainExists");
  CHECK(code_of(call<shapes::DeleteReusableDelegationSetResponse>("DeleteReusableDelegationSet", shapes::DeleteReusableDelegationSetRequest{.id = set->delegation_set->id})) == "DelegationSetInUse");
  CHECK(code_of(call<shapes::CreateReusableDelegationSetResponse>("CreateReusableDelegationSet", shapes::CreateReusableDelegationSetRequest{.caller_reference = "d"})) == "DelegationSetAlreadyCreated");
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
  CHECK(create("q", "none").error().what == "The VPC ID is invalid.");
  const auto remove = [&](std::string vpc_id, std::optional<std::string> region = "us-west-2") {
    return call<shapes::DisassociateVPCFromHostedZoneResponse>("DisassociateVPCFromHostedZone", shapes::DisassociateVPCFromHostedZoneRequest{.hosted_zone_id = made->hosted_zone->id, .vpc = shapes::VPC{.vpc_id = std::move(vpc_id), .vpc_region = std::move(region)}});
  };
  CHECK(code_of(remove("vpc-1")) == "LastVPCAssociation");
  CHECK(code_of(remove("vpc-1", std::nullopt)) == "LastVPCAssociation");
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
