#include <doctest/doctest.h>

#include "alb/controller.h"
#include "base/file.h"
#include "model/network.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Two load balancers with a node each; the first one forwards to a group.
struct Records {
  std::unique_ptr<store::Store> store = store::open_memory();

  Records() {
    put(model::LoadBalancer{.account = "0", .region = "r", .arn = "lb", .name = "lb", .vpc_id = "vpc", .nodes = {{.zone = "a", .network_interface_id = "eni-1", .private_ip = "10.0.0.4"}}});
    put(model::LoadBalancer{.account = "0", .region = "r", .arn = "other", .name = "other", .vpc_id = "vpc", .nodes = {{.zone = "a", .network_interface_id = "eni-2", .private_ip = "10.0.0.5"}}});
    put(model::NetworkInterface{.account = "0", .region = "r", .id = "eni-1", .private_ip = "10.0.0.4", .is_plumbed = true});
    put(model::TargetGroup{.account = "0", .region = "r", .arn = "g", .name = "g", .vpc_id = "vpc", .target_type = "ip"});
    put(model::Listener{.account = "0", .region = "r", .arn = "l", .load_balancer_arn = "lb", .port = 80, .protocol = "HTTP", .default_actions = {{.type = "forward", .target_groups = {{"g", 1}}}}});
    for (const char* ip : {"10.0.0.5", "10.0.0.9"}) put(model::Target{.target_group_arn = "g", .id = ip, .port = 80, .zone = "a"});
  }
  template <class Record>
  void put(const Record& record) {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      store::put(tx, record);
      return {};
    }));
  }
  void plumb(bool is_plumbed, const std::string& error) { put(model::NetworkInterface{.account = "0", .region = "r", .id = "eni-1", .private_ip = "10.0.0.4", .is_plumbed = is_plumbed, .plumb_error = error}); }
  std::string state() const {
    const auto balancer = store::find<model::LoadBalancer>(*store, "lb");
    return balancer->state + (balancer->state_reason.empty() ? "" : ": " + balancer->state_reason);
  }
  std::vector<std::string> targets() const {
    const auto wanted = wanted_config(*store, *store::find<model::LoadBalancer>(*store, "lb"));
    REQUIRE(wanted);
    std::vector<std::string> ids;
    for (const model::Target& target : wanted->groups.at(0).targets) ids.push_back(target.id);
    return ids;
  }
};

}  // namespace

TEST_CASE("a worker is not told of targets that are nodes of load balancers, until they are none") {
  Records records;
  CHECK(records.targets() == std::vector<std::string>{"10.0.0.9"});
  REQUIRE(records.store->transact([](store::Transaction& tx) -> Result<void> {
    store::erase<model::LoadBalancer>(tx, "other");
    return {};
  }));
  CHECK(records.targets() == std::vector<std::string>{"10.0.0.5", "10.0.0.9"});
}

TEST_CASE("a load balancer whose nodes the kernel refuses has failed, until it takes them; one that has served stays active") {
  Records records;
  SimClock clock;
  std::string pattern = (std::filesystem::temp_directory_path() / "landfall-alb.XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  int started = 0;
  Controller controller(*records.store, clock, folder, [&](const std::string&, const std::filesystem::path&) -> Result<int> { return ++started, fail("Test.NoWorker", "no worker here", Blame::host); });

  records.plumb(false, "");
  controller.step();
  CHECK(records.state() == "provisioning");
  records.plumb(false, "no room");
  controller.step();
  CHECK(records.state() == "failed: the node in a could not be brought up: no room");
  CHECK(started == 0);
  records.plumb(true, "");
  controller.step();
  CHECK(records.state() == "provisioning");
  CHECK(started == 1);

  auto serving = *store::find<model::LoadBalancer>(*records.store, "lb");
  serving.state = "active";
  records.put(serving);
  records.plumb(false, "no room");
  controller.step();
  CHECK(records.state() == "active");
  std::filesystem::remove_all(folder);
}
