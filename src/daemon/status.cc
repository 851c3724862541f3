#include "daemon/status.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "model/container_service.h"
#include "model/load_balancing.h"
#include "model/network.h"
#include "model/reason.h"
#include "model/routing.h"
#include "store/table.h"

namespace landfall::daemon {
namespace {

struct Picture {
  std::vector<model::Service> services;
  std::vector<model::Task> tasks;
  std::vector<model::LoadBalancer> balancers;
  std::vector<model::Listener> listeners;
  std::vector<model::TargetGroup> groups;
  std::vector<model::Target> targets;
  std::vector<model::RecordSet> records;
  std::vector<model::NatGateway> nats;
};

json::array services_of(const Picture& at) {
  json::array list;
  for (const model::Service& service : at.services) {
    if (service.status == "INACTIVE") continue;
    const model::Deployment* primary = service.deployments.empty() ? nullptr : &service.deployments[0];
    list.push_back(json::object{{"name", service.name}, {"arn", service.arn}, {"status", service.status}, {"desired", service.desired_count},
                                {"running", primary == nullptr ? 0 : primary->running_count}, {"pending", primary == nullptr ? 0 : primary->pending_count},
                                {"rollout", primary == nullptr ? "" : primary->rollout_state}, {"steady", service.is_steady},
                                {"last_event", service.events.empty() ? "" : service.events[0].message}});
  }
  return list;
}

json::array tasks_of(const Picture& at) {
  json::array list;
  for (const model::Task& task : at.tasks) {
    if (task.last_status == "STOPPED") continue;
    list.push_back(json::object{{"id", task.id}, {"arn", task.arn}, {"group", task.group}, {"status", task.last_status}, {"zone", task.zone},
                                {"address", task.private_ip}, {"detail", task.pull_detail}});
  }
  return list;
}

json::array balancers_of(const Picture& at) {
  json::array list;
  for (const model::LoadBalancer& balancer : at.balancers) {
    json::array addresses, urls;
    for (const auto& node : balancer.nodes) addresses.emplace_back(node.public_ip.empty() ? node.private_ip : node.public_ip);
    for (const model::Listener& listener : at.listeners) {
      if (listener.load_balancer_arn != balancer.arn) continue;
      const bool of_flows = model::is_of_flows(listener.protocol);  // what is spoken over it nobody knows here
      const bool is_default_port = !of_flows && listener.port == (listener.protocol == "HTTPS" ? 443 : 80);
      for (const std::string& name : model::names_of(balancer, at.records)) {
        urls.emplace_back(lower(listener.protocol) + "://" + name + (is_default_port ? "" : ":" + std::to_string(listener.port)) + (of_flows ? "" : "/"));
      }
    }
    list.push_back(json::object{{"name", balancer.name}, {"arn", balancer.arn}, {"state", balancer.state}, {"reason", balancer.state_reason},
                                {"dns_name", balancer.dns_name}, {"addresses", addresses}, {"urls", urls}});
  }
  return list;
}

json::array targets_of(const Picture& at) {
  json::array list;
  for (const model::Target& target : at.targets) {
    const auto group = std::ranges::find(at.groups, target.target_group_arn, &model::TargetGroup::arn);
    list.push_back(json::object{{"group", group == at.groups.end() ? target.target_group_arn : group->name}, {"id", target.id}, {"port", target.port},
                                {"zone", target.zone}, {"state", target.state}, {"reason", target.reason}, {"description", target.description}});
  }
  return list;
}

/// What the roots' states hold and nobody runs (`--inert`): the ids of these begin so, as terraform/inert.h says.
json::array inert_of(const std::vector<model::Origin>& origins) {
  json::array list;
  for (const model::Origin& origin : origins) {
    if (!origin.is_gone && origin.id.starts_with("inert-")) list.push_back(json::object{{"address", origin.address}, {"root", origin.root}, {"id", origin.id}});
  }
  return list;
}

bool is_steady(const Picture& at) {
  const bool services = std::ranges::all_of(at.services, [](const auto& s) { return s.status != "ACTIVE" || s.is_steady; });
  const bool balancers = std::ranges::all_of(at.balancers, [](const auto& b) { return b.state == "active"; });
  const bool targets = std::ranges::all_of(at.targets, [](const auto& t) {
    return t.desired != "registered" || t.state == "healthy" || t.state == "unused";
  });
  const bool nats = std::ranges::all_of(at.nats, [](const auto& n) { return n.state != "pending" && n.state != "failed"; });
  return services && balancers && targets && nats;
}

}  // namespace

std::string status_json(const store::Store& store, const model::Settings& settings, int dns_port) {
  const Picture at{.services = store::all<model::Service>(store), .tasks = store::all<model::Task>(store), .balancers = store::all<model::LoadBalancer>(store),
                   .listeners = store::all<model::Listener>(store), .groups = store::all<model::TargetGroup>(store), .targets = store::all<model::Target>(store),
                   .records = store::all<model::RecordSet>(store), .nats = store::all<model::NatGateway>(store)};
  json::array nats;
  for (const auto& nat : at.nats) {
    if (nat.state != "deleted") nats.push_back(json::object{{"id", nat.id}, {"state", nat.state}, {"public_ip", nat.public_ip}, {"failure", nat.failure_message}});
  }
  return pretty_json(json::object{{"steady", is_steady(at)}, {"account", settings.account}, {"region", settings.region}, {"data_dir", settings.data_dir},
                                  {"endpoint", "http://127.0.0.1:" + std::to_string(settings.port)}, {"dns", "127.0.0.1:" + std::to_string(dns_port)},
                                  {"load_balancers", balancers_of(at)}, {"services", services_of(at)}, {"tasks", tasks_of(at)},
                                  {"targets", targets_of(at)}, {"nat_gateways", nats}, {"inert", inert_of(store::all<model::Origin>(store))}}) + "\n";
}

}  // namespace landfall::daemon
