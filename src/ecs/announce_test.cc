#include "ecs/announce.h"

#include <doctest/doctest.h>

#include "model/discovery.h"
#include "model/zone.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::ecs;

namespace {

const WallTime kNow{1'800'000'000'000};
const std::string kRegistry = "arn:aws:servicediscovery:r:0:service/srv-1";

/// A service with one running task, announced in web.inner.test. by the records `types`.
struct Announced {
  std::unique_ptr<store::Store> store = store::open_memory();
  View view;

  explicit Announced(std::vector<model::DnsRecordKind> types = {{.type = "A", .ttl = 10}}, int failure_threshold = 0) {
    put(model::Namespace{.account = "0", .region = "r", .id = "ns-1", .name = "inner.test", .type = "DNS_PRIVATE", .hosted_zone_id = "Z1"});
    put(model::DiscoveryService{.account = "0", .region = "r", .id = "srv-1", .name = "web", .arn = kRegistry, .namespace_id = "ns-1", .records = std::move(types), .failure_threshold = failure_threshold});
    view.service = {.account = "0", .region = "r", .arn = "svc", .name = "web", .cluster_arn = "arn:aws:ecs:r:0:cluster/main", .deployments = {{.id = "ecs-svc/1", .registries = {{.registry_arn = kRegistry, .port = 8080}}}}};
    view.tasks = {{.account = "0", .region = "r", .arn = "task/a", .id = "a", .task_definition_arn = "arn:aws:ecs:r:0:task-definition/web:3", .started_by = "ecs-svc/1", .last_status = "RUNNING", .zone = "ra", .private_ip = "10.0.0.4"}};
  }

  template <class T>
  void put(const T& record) {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return store::put(tx, record), Result<void>(); }));
  }
  void step() {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return announce(tx, view, kNow), Result<void>(); }));
  }
  std::vector<std::string> values(const char* name, const char* type) const {
    const auto record = store::find<model::RecordSet>(*store, model::RecordSet{.zone_id = "Z1", .name = name, .type = type}.key());
    return record ? record->values : std::vector<std::string>{};
  }
};

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("running tasks have names, which go with them") {
  Announced it;
  it.step();
  CHECK(it.values("web.inner.test.", "A") == Values{"10.0.0.4"});
  const auto instance = store::find<model::DiscoveryInstance>(*it.store, "0/r/srv-1#a");
  REQUIRE(instance);
  CHECK(instance->attributes == std::map<std::string, std::string>{{"AWS_INSTANCE_IPV4", "10.0.0.4"}, {"AWS_INSTANCE_PORT", "8080"}, {"AVAILABILITY_ZONE", "ra"}, {"REGION", "r"}, {"ECS_CLUSTER_NAME", "main"}, {"ECS_SERVICE_NAME", "web"}, {"ECS_TASK_DEFINITION_FAMILY", "web"}});

  it.view.tasks[0].desired_status = "STOPPED";
  it.step();

  CHECK(it.values("web.inner.test.", "A").empty());
  CHECK(store::all<model::DiscoveryInstance>(*it.store).empty());
}

TEST_CASE("SRV records name port and task") {
  Announced it({{.type = "SRV", .ttl = 10}});
  it.step();
  CHECK(it.values("web.inner.test.", "SRV") == Values{"1 1 8080 a.web.inner.test."});
  CHECK(it.values("a.web.inner.test.", "A") == Values{"10.0.0.4"});
  it.view.tasks.clear();
  it.step();
  CHECK(it.values("a.web.inner.test.", "A").empty());
}

TEST_CASE("nothing is written while nothing changes, and other instances stay") {
  Announced it;
  it.put(model::DiscoveryInstance{.account = "0", .region = "r", .service_id = "srv-1", .id = "hand", .attributes = {{"AWS_INSTANCE_IPV4", "10.9.9.9"}}});
  it.step();
  const auto revision = it.store->revision();
  it.step();
  CHECK(it.store->revision() == revision);
  CHECK(it.values("web.inner.test.", "A") == Values{"10.0.0.4", "10.9.9.9"});
}

TEST_CASE("a task that its checks find ill leaves DNS if the registry has a custom health check") {
  Announced it({{.type = "A", .ttl = 10}}, 1);
  it.view.tasks[0].health_status = "UNHEALTHY";
  it.step();
  CHECK(it.values("web.inner.test.", "A").empty());
  it.view.tasks[0].health_status = "HEALTHY";
  it.step();
  CHECK(it.values("web.inner.test.", "A") == Values{"10.0.0.4"});
}
