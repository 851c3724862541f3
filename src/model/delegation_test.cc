#include "model/delegation.h"

#include <map>

#include <doctest/doctest.h>

namespace landfall::model {
namespace {

struct World {
  std::vector<HostedZone> zones;
  std::map<std::string, std::vector<std::string>> servers;  ///< by "zone id name"

  Delegation ask(std::string_view name) const {
    return delegation_of(zones, [&](const std::string& id, std::string_view at) {
      const auto found = servers.find(id + " " + std::string(at));
      return found == servers.end() ? std::vector<std::string>{} : found->second;
    }, name);
  }
};

HostedZone zone(std::string id, std::string name, int64_t made, std::string server) {
  HostedZone made_zone{.account = "0", .id = std::move(id), .name = std::move(name)};
  made_zone.created_at = WallTime{made};
  made_zone.name_servers.push_back(std::move(server));
  return made_zone;
}

TEST_CASE("of two public zones of one name the older one is asked") {
  const World world{.zones = {zone("Z2", "a.org.", 2, "ns-2.net"), zone("Z1", "a.org.", 1, "ns-1.net")}, .servers = {}};

  CHECK(world.ask("www.a.org.").zone->id == "Z1");
  CHECK(world.ask("a.org.").zone->id == "Z1");
  CHECK(world.ask("ba.org.").zone == nullptr);
}

TEST_CASE("a zone below another is asked only if that one's NS records lead to it") {
  World world{.zones = {zone("Z1", "a.org.", 1, "ns-1.net"), zone("Z2", "b.a.org.", 2, "ns-2.net"), zone("Z3", "b.a.org.", 3, "NS-3.net")}, .servers = {}};
  CHECK(world.ask("www.b.a.org.").zone->id == "Z1");

  world.servers["Z1 b.a.org."] = {"ns-3.net."};
  CHECK(world.ask("www.b.a.org.").zone->id == "Z3");
  CHECK(world.ask("www.a.org.").zone->id == "Z1");

  world.servers["Z1 b.a.org."] = {"ns-9.net."};
  CHECK(world.ask("www.b.a.org.").zone == nullptr);
  CHECK(world.ask("www.b.a.org.").lame_at == "b.a.org.");
  CHECK(world.ask("www.b.a.org.").parent->id == "Z1");
}

TEST_CASE("private zones are not asked by the world") {
  World world{.zones = {zone("Z1", "a.org.", 1, "ns-1.net")}, .servers = {}};
  world.zones[0].is_private = true;

  CHECK(world.ask("www.a.org.").zone == nullptr);
}

}  // namespace
}  // namespace landfall::model
