#include "dns/choose.h"

#include <map>
#include <set>

#include <doctest/doctest.h>

namespace landfall::dns {
namespace {

using model::RecordSet;

struct Choice {
  std::vector<RecordSet> sets;
  std::set<std::string> sick{};
  uint64_t drawn = 0;

  std::vector<std::string> ask(std::string_view region = "us-west-2") const {
    std::vector<const RecordSet*> all;
    for (const RecordSet& set : sets) all.push_back(&set);
    std::vector<std::string> ids;
    for (const RecordSet* set : chosen(all, region, [&](const RecordSet& one) { return !sick.contains(one.set_identifier); }, [&](uint64_t bound) { return drawn % bound; })) ids.push_back(set->set_identifier);
    return ids;
  }
};
using Ids = std::vector<std::string>;

RecordSet named(std::string id) { return {.name = "a.org.", .type = "A", .ttl = 60, .set_identifier = std::move(id)}; }
RecordSet weighing(std::string id, int64_t weight) {
  RecordSet set = named(std::move(id));
  set.weight = weight;
  return set;
}
RecordSet failing_over(std::string id, std::string role) {
  RecordSet set = named(std::move(id));
  set.failover = std::move(role);
  return set;
}
RecordSet near(std::string id, std::string region) {
  RecordSet set = named(std::move(id));
  set.region = std::move(region);
  return set;
}
RecordSet for_place(std::string id, model::GeoLocation geo) {
  RecordSet set = named(std::move(id));
  set.geo = std::move(geo);
  return set;
}

TEST_CASE("weights share the draws; weight 0 is drawn only when nothing else is healthy") {
  Choice choice{.sets = {weighing("a", 3), weighing("b", 1), weighing("c", 0)}};
  std::map<std::string, int> counts;
  for (choice.drawn = 0; choice.drawn < 400; ++choice.drawn) ++counts[choice.ask().at(0)];
  CHECK(counts == std::map<std::string, int>{{"a", 300}, {"b", 100}});

  choice.sick = {"a", "b"};
  CHECK(choice.ask() == Ids{"c"});
  choice.sick = {"a", "b", "c"};
  CHECK(choice.ask() != Ids{"c"});
}

TEST_CASE("the primary answers while it is healthy, or if both are not") {
  Choice choice{.sets = {failing_over("s", "SECONDARY"), failing_over("p", "PRIMARY")}};
  CHECK(choice.ask() == Ids{"p"});
  choice.sick = {"p"};
  CHECK(choice.ask() == Ids{"s"});
  choice.sick = {"p", "s"};
  CHECK(choice.ask() == Ids{"p"});
}

TEST_CASE("latency goes to the nearest healthy region") {
  Choice choice{.sets = {near("ie", "eu-west-1"), near("va", "us-east-1"), near("or", "us-west-2")}};
  CHECK(choice.ask() == Ids{"or"});
  CHECK(choice.ask("eu-central-1") == Ids{"ie"});
  choice.sick = {"or"};
  CHECK(choice.ask() == Ids{"va"});
}

TEST_CASE("the smallest area that holds the place answers; without one there is no answer") {
  Choice choice{.sets = {for_place("us", {.continent = {}, .country = "US", .subdivision = {}}), for_place("or", {.continent = {}, .country = "US", .subdivision = "OR"}), for_place("eu", {.continent = "EU", .country = {}, .subdivision = {}})}};
  CHECK(choice.ask() == Ids{"or"});
  CHECK(choice.ask("us-east-1") == Ids{"us"});
  CHECK(choice.ask("eu-north-1") == Ids{"eu"});
  CHECK(choice.ask("ap-south-1").empty());
  choice.sick = {"or"};
  CHECK(choice.ask() == Ids{"us"});
  choice.sets.push_back(for_place("else", {.continent = {}, .country = "*", .subdivision = {}}));
  CHECK(choice.ask("ap-south-1") == Ids{"else"});
}

TEST_CASE("multivalue answers are up to eight, healthy ones if there are any") {
  Choice choice{.sets = {}};
  for (int i = 0; i < 10; ++i) {
    choice.sets.push_back(named(std::to_string(i)));
    choice.sets.back().is_multivalue = true;
  }
  CHECK(choice.ask().size() == 8);
  for (int i = 2; i < 10; ++i) choice.sick.insert(std::to_string(i));
  CHECK(choice.ask() == Ids{"0", "1"});
  choice.sick.insert({"0", "1"});
  CHECK(choice.ask().size() == 8);
}

}  // namespace
}  // namespace landfall::dns
