#include "vpc/network.h"

#include "model/reason.h"
#include "sys/recorder.h"
#include "vpc/difference.h"
#include "vpc/stack_for_test.h"

using namespace landfall;
using namespace landfall::vpc;
using namespace landfall::vpc::test;

namespace {

struct Bench {
  Records records{4242};
  std::unique_ptr<store::Store> store = store::open_memory();
  SimClock clock;
  sys::Recorder kernel;
  std::filesystem::path memory = std::filesystem::temp_directory_path() / fmt::format("lftest-net-{}", getpid());
  Network network{*store, clock, kernel, memory / "ip_forward"};

  Bench() {
    records.add_interface("web", "private", "10.77.2.10", {"sg-open"});
    records.add_interface("pub", "public", "10.77.1.10", {"sg-open"});
    records.give_public_ip("pub", 10);
  }
  ~Bench() { std::filesystem::remove_all(memory); }
  void write() { records.write(*store); }
  void settle() {
    for (int i = 0; i < 4; ++i) network.step();
  }
  /// Records are changed on top of what the controller has written since.
  void reload() { records.view = store::view_of(*store); }
  std::string router() const { return records.settings.namespace_name("vpc", "vpc-1"); }
  model::NatGateway nat() const { return store::all<model::NatGateway>(*store).front(); }
  model::NetworkInterface interface(const std::string& name) const {
    return store::find<model::NetworkInterface>(*store, kAccount + "/" + kRegion + "/eni-" + name).value();
  }
  bool agrees() {
    const Plan wanted = plan(store::view_of(*store), records.settings);
    return std::ranges::all_of(wanted.spaces, [&](const NamespacePlan& space) {
      const auto found = kernel.spaces.find(space.space);
      if (found == kernel.spaces.end() || !difference(found->second, space).empty()) return false;
      if (space.ruleset.table.empty()) return true;
      // Changes in place are compared with whole definitions by ruleset_test.
      const std::string& loaded = kernel.rulesets[space.space];
      return loaded == whole(space.ruleset) || loaded.find("\nadd ") != std::string::npos || loaded.find("\ndelete ", 40) != std::string::npos;
    });
  }
};

}  // namespace

TEST_CASE("interfaces are recorded as plumbed once everything of theirs is in the kernel") {
  Bench bench;
  bench.write();
  bench.settle();
  CHECK(bench.agrees());
  CHECK(bench.interface("web").is_plumbed);
  CHECK(bench.nat().state == "available");
  CHECK(bench.kernel.sysctls["/net/ipv4/ip_forward"] == "1");
}

TEST_CASE("a pass over unchanged records asks nothing of the kernel") {
  Bench bench;
  bench.write();
  bench.settle();
  const size_t calls = bench.kernel.calls.size();
  bench.settle();
  CHECK(bench.kernel.calls.size() == calls);
}

TEST_CASE("a call that fails, whichever it is, is recorded and made good by later passes") {
  size_t calls = 0;
  {
    Bench counting;
    counting.write();
    counting.settle();
    calls = counting.kernel.calls.size();
  }
  REQUIRE(calls > 30);
  for (size_t n = 0; n < calls; ++n) {
    CAPTURE(n);
    Bench bench;
    bench.write();
    bench.kernel.fail_at = static_cast<int>(n);
    bench.settle();
    bench.settle();
    CAPTURE(bench.kernel.calls[n]);
    CHECK(bench.agrees());
    CHECK(bench.interface("web").is_plumbed);
    CHECK(bench.interface("web").plumb_error.empty());
    CHECK(store::all<model::Because>(*bench.store).empty());
  }
}

TEST_CASE("an interface that cannot be plumbed says why, and the others go on") {
  Bench bench;
  bench.write();
  bench.settle();
  bench.reload();
  bench.records.add_interface("new", "private", "10.77.2.11", {"sg-open"});
  bench.write();
  bench.kernel.fail_next = Error{.code = "Host.ENOSPC", .what = "no room", .blame = Blame::host};
  bench.network.step();
  CHECK_FALSE(bench.interface("new").is_plumbed);
  CHECK(bench.interface("new").plumb_error.find("no room") != std::string::npos);
  CHECK(bench.interface("pub").is_plumbed);
  CHECK(store::all<model::Because>(*bench.store).size() >= 1);
}

TEST_CASE("a rejected rule set leaves the old one in force and is tried again") {
  Bench bench;
  bench.write();
  bench.settle();
  const std::string before = bench.kernel.rulesets[bench.router()];
  bench.reload();
  bench.records.view.security_groups.front().rules.clear();
  bench.write();
  bench.kernel.fail_at = static_cast<int>(bench.kernel.calls.size()) + 1;  // sysctls first, then the rules
  bench.network.step();
  CHECK(bench.kernel.rulesets[bench.router()] == before);
  bench.settle();
  CHECK(bench.kernel.rulesets[bench.router()] != before);
  CHECK(bench.agrees());
}

TEST_CASE("what is lost between two passes is noticed on the period") {
  Bench bench;
  bench.write();
  bench.settle();
  bench.kernel.lose_link(bench.router(), router_device("eni-web"));
  bench.kernel.spaces[bench.router()].rules.clear();
  bench.kernel.rulesets[bench.router()] += "# edited";
  bench.settle();
  CHECK_FALSE(bench.agrees());
  bench.clock.advance(std::chrono::seconds(31));
  bench.settle();
  CHECK(bench.agrees());
}

TEST_CASE("a daemon that starts again finds its objects and removes those of erased records") {
  Bench bench;
  bench.write();
  bench.settle();
  bench.reload();
  const std::string task = bench.interface("web").host_namespace;
  std::erase_if(bench.records.view.interfaces, [](const auto& interface) { return interface.id == "eni-web"; });
  bench.write();
  Network second(*bench.store, bench.clock, bench.kernel, bench.memory / "ip_forward");
  for (int i = 0; i < 3; ++i) second.step();
  CHECK(bench.agrees());
  CHECK_FALSE(bench.kernel.spaces.contains(task));
}

TEST_CASE("remove_everything leaves the host as it was") {
  Bench bench;
  bench.write();
  bench.settle();
  REQUIRE(bench.network.remove_everything());
  CHECK(bench.kernel.spaces.size() == 1);
  const sys::NetworkState& host = bench.kernel.spaces[""];
  CHECK(host.links.size() == 1);
  CHECK(host.addresses.empty());
  CHECK(host.routes.empty());
  CHECK(bench.kernel.rulesets.empty());
  CHECK(bench.kernel.sysctls["/net/ipv4/ip_forward"] == "0");
}

TEST_CASE("NAT gateways fail as on AWS") {
  Bench bench;
  std::string code;
  SUBCASE("no internet gateway") {
    bench.records.view.internet_gateways.front().vpc_id.clear();
    code = "Gateway.NotAttached";
  }
  SUBCASE("no such allocation") {
    bench.records.view.nat_gateways.front().allocation_id = "eipalloc-none";
    code = "InvalidAllocationID.NotFound";
  }
  SUBCASE("allocation in use") {
    bench.records.view.nat_gateways.front().allocation_id = "eipalloc-pub";
    code = "Resource.AlreadyAssociated";
  }
  SUBCASE("no such subnet") {
    bench.records.view.nat_gateways.front().subnet_id = "subnet-none";
    code = "InvalidSubnetID.NotFound";
  }
  bench.write();
  bench.settle();
  CHECK(bench.nat().state == "failed");
  CHECK(bench.nat().failure_code == code);
  CHECK_FALSE(store::find<model::NetworkInterface>(*bench.store, kAccount + "/" + kRegion + "/eni-nat"));
  CHECK(bench.agrees());
}

TEST_CASE("a free Elastic IP is bound to its NAT gateway; deletion frees it and leaves a blackhole") {
  Bench bench;
  auto& address = bench.records.view.addresses.front();
  address.network_interface_id.clear(), address.private_ip.clear(), address.association_id.clear();
  bench.write();
  bench.settle();
  CHECK(bench.nat().state == "available");
  const std::string key = kAccount + "/" + kRegion + "/eipalloc-nat";
  CHECK(store::find<model::Address>(*bench.store, key)->network_interface_id == "eni-nat");

  bench.reload();
  bench.records.view.nat_gateways.front().state = "deleting";
  bench.write();
  bench.settle();
  CHECK(bench.nat().state == "deleted");
  CHECK(store::find<model::Address>(*bench.store, key)->network_interface_id.empty());
  const auto table = store::find<model::RouteTable>(*bench.store, kAccount + "/" + kRegion + "/rtb-private");
  CHECK(table->routes.back().state == "blackhole");
}

TEST_CASE("a NAT gateway whose subnet leads nowhere leaves a reason, which ends with the condition") {
  Bench bench;
  bench.records.view.nat_gateways.front().subnet_id = "subnet-isolated";
  bench.write();
  bench.settle();
  const auto reasons = store::all<model::Because>(*bench.store);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons.front().code == "NatGateway.NoInternetRoute");
  CHECK(reasons.front().cause == "nat-1");
  CHECK(reasons.front().attribute == "subnet_id");
  bench.reload();
  bench.records.view.route_tables.front().routes.push_back({.destination = "0.0.0.0/0", .gateway_id = "igw-1"});
  bench.write();
  bench.settle();
  CHECK(store::all<model::Because>(*bench.store).empty());
}

TEST_CASE("drop counts outlive the table that counted") {
  Bench bench;
  bench.write();
  bench.settle();
  bench.kernel.counters[bench.router()]["ingress_eni-web"] = {.packets = 3, .bytes = 180};
  bench.kernel.rulesets[bench.router()] += "# edited";
  bench.clock.advance(std::chrono::seconds(31));
  bench.settle();
  bench.kernel.counters[bench.router()]["ingress_eni-web"] = {.packets = 1, .bytes = 60};
  const auto drops = bench.network.drops();
  REQUIRE(drops);
  REQUIRE(drops->size() == 1);
  CHECK(drops->front().interface_id == "eni-web");
  CHECK(drops->front().packets == 4);
}
