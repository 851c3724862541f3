#include "ecs/connect.h"

#include <doctest/doctest.h>

#include "store/table.h"

using namespace landfall;
using namespace landfall::ecs;
using model::ConnectTable;
using model::Service;
using model::ServiceConnect;
using model::Task;

namespace {

ServiceConnect offer(std::string name, int alias_port, int container_port) {
  return {.namespace_arn = "ns", .ports = {{.port_name = name, .container_port = container_port, .discovery_name = name, .aliases = {{.name = name + ".inner", .port = alias_port}}}}};
}

/// Service "web" with a client task, and "api", which offers api.inner:80.
struct Namespace {
  std::unique_ptr<store::Store> store = store::open_memory();
  Task client{.arn = "task/client", .started_by = "d-web", .service_arn = "web"};

  Namespace() {
    put(Service{.arn = "web", .deployments = {{.id = "d-web", .connect = ServiceConnect{.namespace_arn = "ns"}}}});
    put(Service{.arn = "api", .deployments = {{.id = "d-api", .connect = offer("api", 80, 8080)}}});
    put(client);
  }

  template <class T>
  void put(const T& record) {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return store::put(tx, record), Result<void>(); }));
  }
  void run(std::string name, std::string ip, std::string deployment = "d-api", std::string health = "UNKNOWN") {
    put(Task{.arn = "task/" + name, .started_by = std::move(deployment), .service_arn = "api", .last_status = "RUNNING", .private_ip = std::move(ip), .health_status = std::move(health)});
  }
  void begin() {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return store::put(tx, connect_table(tx, client, {.namespace_arn = "ns"})), Result<void>(); }));
  }
  std::vector<model::ConnectEndpoint> follow() {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return follow_connections(tx), Result<void>(); }));
    const auto table = store::find<ConnectTable>(*store, client.arn);
    return table ? table->endpoints : std::vector<model::ConnectEndpoint>{};
  }
};

using Targets = std::vector<model::ConnectTarget>;

}  // namespace

TEST_CASE("a task finds the names that were there when it began, and behind them whoever runs") {
  Namespace inner;
  inner.begin();
  inner.run("b", "10.0.0.9");
  inner.run("a", "10.0.0.10", "d-api", "UNHEALTHY");
  inner.put(Service{.arn = "late", .deployments = {{.id = "d-late", .connect = offer("late", 80, 80)}}});
  auto endpoints = inner.follow();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0] == model::ConnectEndpoint{.name = "api.inner", .address = "127.255.0.1", .port = 80, .targets = {{.ip = "10.0.0.9", .port = 8080}}});

  inner.run("a", "10.0.0.10", "d-api", "HEALTHY");
  CHECK(inner.follow()[0].targets == Targets{{.ip = "10.0.0.10", .port = 8080}, {.ip = "10.0.0.9", .port = 8080}});
}

TEST_CASE("during a deployment each task is asked on its own deployment's port") {
  Namespace inner;
  inner.put(Service{.arn = "api", .deployments = {{.id = "d-new", .connect = offer("api", 80, 9090)}, {.id = "d-api", .connect = offer("api", 80, 8080)}}});
  inner.run("old", "10.0.0.4");
  inner.run("new", "10.0.0.5", "d-new");
  inner.begin();
  CHECK(inner.follow()[0].targets == Targets{{.ip = "10.0.0.4", .port = 8080}, {.ip = "10.0.0.5", .port = 9090}});
}

TEST_CASE("names share an address over their ports, other namespaces are not seen") {
  Namespace inner;
  ServiceConnect two = offer("api", 80, 8080);
  two.ports.push_back({.port_name = "admin", .container_port = 9000, .discovery_name = "admin", .aliases = {{.name = "api.inner", .port = 81}}});
  inner.put(Service{.arn = "api", .deployments = {{.id = "d-api", .connect = two}}});
  ServiceConnect elsewhere = offer("other", 80, 80);
  elsewhere.namespace_arn = "ns-2";
  inner.put(Service{.arn = "other", .deployments = {{.id = "d-other", .connect = elsewhere}}});
  inner.begin();
  const auto endpoints = inner.follow();
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].address == endpoints[1].address);
  CHECK(endpoints[1].port == 81);
}

TEST_CASE("nothing is written while nothing changes, and a table goes with its task") {
  Namespace inner;
  inner.run("a", "10.0.0.4");
  inner.begin();
  const auto revision = inner.store->revision();
  CHECK(inner.follow().size() == 1);
  CHECK(inner.store->revision() == revision);
  inner.client.last_status = "STOPPED";
  inner.put(inner.client);
  CHECK(inner.follow().empty());
}
