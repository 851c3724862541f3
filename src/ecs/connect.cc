#include "ecs/connect.h"

#include <algorithm>
#include <map>

#include "base/ip.h"
#include "ecs/announce.h"
#include "store/table.h"

namespace landfall::ecs {
namespace {

using model::ConnectEndpoint;
using model::ConnectPort;
using model::ConnectTable;
using model::ConnectTarget;
using model::Deployment;
using model::Service;
using model::Task;

using Alias = std::pair<std::string, int>;  ///< name and port

bool is_reachable(const Task& task) { return is_announced(task) && task.health_status != "UNHEALTHY"; }

/// One namespace at this moment. The aliases are those of primary deployments, the first service that has one wins.
class Namespace {
 public:
  Namespace(const store::Transaction& tx, std::string arn) : arn_(std::move(arn)) {
    for (const Service& service : store::all<Service>(tx)) {
      if (!service.deployments.empty()) add(service);
    }
    for (const Task& task : store::all<Task>(tx)) add(task);
    for (auto& [alias, targets] : targets_) std::ranges::sort(targets, {}, [](const ConnectTarget& t) { return std::pair(t.ip, t.port); });
  }

  std::vector<Alias> aliases() const {
    std::vector<Alias> all;
    for (const auto& [alias, service] : owners_) all.push_back(alias);
    return all;
  }
  std::vector<ConnectTarget> targets(const Alias& alias) const {
    const auto found = targets_.find(alias);
    return found == targets_.end() ? std::vector<ConnectTarget>{} : found->second;
  }

 private:
  void add(const Service& service) {
    const auto& connect = service.deployments[0].connect;
    if (!connect || connect->namespace_arn != arn_) return;
    for (const ConnectPort& port : connect->ports) {
      for (const auto& alias : port.aliases) owners_.emplace(Alias(alias.name, alias.port), service.arn + "#" + port.discovery_name);
    }
    for (const Deployment& deployment : service.deployments) {
      if (deployment.connect && deployment.connect->namespace_arn == arn_) ports_[service.arn + "#" + deployment.id] = deployment.connect->ports;
    }
  }

  /// A task offers the ports of its own deployment under the names of the primary one.
  void add(const Task& task) {
    const auto ports = ports_.find(task.service_arn + "#" + task.started_by);
    if (ports == ports_.end() || !is_reachable(task)) return;
    for (const auto& [alias, owner] : owners_) {
      const auto port = std::ranges::find_if(ports->second, [&](const ConnectPort& p) { return owner == task.service_arn + "#" + p.discovery_name; });
      if (port != ports->second.end()) targets_[alias].push_back({.ip = task.private_ip, .port = port->container_port});
    }
  }

  std::string arn_;
  std::map<Alias, std::string> owners_;                    ///< "service ARN#discovery name"
  std::map<std::string, std::vector<ConnectPort>> ports_;  ///< by "service ARN#deployment"
  std::map<Alias, std::vector<ConnectTarget>> targets_;
};

}  // namespace

ConnectTable connect_table(const store::Transaction& tx, const Task& task, const model::ServiceConnect& connect) {
  const Namespace space(tx, connect.namespace_arn);
  ConnectTable table{.task_arn = task.arn, .namespace_arn = connect.namespace_arn};
  const Cidr range = *parse_cidr(model::kConnectRange);
  std::map<std::string, std::string> addresses;
  for (const Alias& alias : space.aliases()) {
    const auto number = static_cast<uint32_t>(addresses.size() + 1);
    const auto [address, is_new] = addresses.try_emplace(alias.first, to_string(range.base + number));
    table.endpoints.push_back({.name = alias.first, .address = address->second, .port = alias.second, .targets = space.targets(alias)});
  }
  return table;
}

void follow_connections(store::Transaction& tx) {
  std::map<std::string, Namespace> spaces;
  for (ConnectTable table : store::all<ConnectTable>(tx)) {
    const auto task = store::find<Task>(tx, table.task_arn);
    if (!task || task->last_status == "STOPPED") {
      store::erase<ConnectTable>(tx, table.key());
      continue;
    }
    const Namespace& space = spaces.try_emplace(table.namespace_arn, tx, table.namespace_arn).first->second;
    const auto before = table.endpoints;
    for (ConnectEndpoint& endpoint : table.endpoints) endpoint.targets = space.targets({endpoint.name, endpoint.port});
    if (table.endpoints != before) store::put(tx, table);
  }
}

}  // namespace landfall::ecs
