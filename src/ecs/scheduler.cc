#include "ecs/scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "ecs/carry_out.h"
#include "ecs/connect.h"
#include "model/network.h"
#include "store/table.h"

namespace landfall::ecs {
namespace {

using model::Service;
using model::Target;
using model::Task;

constexpr Duration kForgottenAfter = std::chrono::hours(1);

View view_of(const store::Transaction& tx, const Service& service) {
  View view{.service = service, .tasks = {}, .targets = {}, .zone_of_subnet = {}, .has_health_check = {}};
  for (Task& task : store::all<Task>(tx)) {
    if (task.service_arn == service.arn) view.tasks.push_back(std::move(task));
  }
  const std::string scope = service.account + "/" + service.region + "/";
  for (const auto& deployment : service.deployments) {
    for (const std::string& id : deployment.network.subnets) {
      if (const auto subnet = store::find<model::Subnet>(tx, scope + id)) view.zone_of_subnet[id] = subnet->zone;
    }
    for (const auto& balancer : deployment.load_balancers) {
      for (Target& target : store::all<Target>(tx, balancer.target_group_arn + "#")) view.targets.push_back(std::move(target));
    }
    if (const auto definition = store::find<model::TaskDefinition>(tx, deployment.task_definition_arn)) {
      view.has_health_check[definition->arn] = std::ranges::any_of(definition->containers, [](const auto& c) { return c.essential && c.health_check.has_value(); });
    }
  }
  return view;
}

void forget(store::Transaction& tx, const Service& service) {
  for (const auto& rollout : store::all<model::ServiceDeployment>(tx, service.stem("service-deployment"))) store::erase<model::ServiceDeployment>(tx, rollout.arn);
  for (const auto& revision : store::all<model::ServiceRevision>(tx, service.stem("service-revision"))) store::erase<model::ServiceRevision>(tx, revision.arn);
  store::erase<Service>(tx, service.arn);
}

}  // namespace

void Scheduler::run() {
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    step();
    // Grace periods, back-offs and drains end without a record changing: once a second is looked again.
    store_.wait({"service/", "task/", "target/"}, seen, std::chrono::seconds(1));
  }
}

void Scheduler::step() {
  for (const Service& service : store::all<Service>(store_)) {
    const auto done = store_.transact([&](store::Transaction& tx) { return advance(tx, service.arn); });
    if (!done) log_error("service not advanced", {{"service", service.name}, {"error", done.error().message()}});
  }
  const auto followed = store_.transact([](store::Transaction& tx) -> Result<void> {
    follow_connections(tx);
    return {};
  });
  if (!followed) log_error("Service Connect not followed", {{"error", followed.error().message()}});
}

Result<void> Scheduler::advance(store::Transaction& tx, const std::string& service_arn) {
  const auto service = store::find<Service>(tx, service_arn);
  if (!service) return {};
  const WallTime now = clock_.wall();
  if (service->status == "INACTIVE") {
    if (now - service->created_at > kForgottenAfter && service->deployments.empty()) forget(tx, *service);
    return {};
  }
  const View view = view_of(tx, *service);
  CarryOut(tx, view, now, ids_).apply(decide(view, now));
  return {};
}

}  // namespace landfall::ecs
