#include "alb/target.h"

#include <algorithm>
#include <cstdlib>

namespace landfall::alb {

Target::~Target() {
  for (auto& upstream : idle) retire(std::move(upstream));
}

std::shared_ptr<Target> Group::choose(std::string_view zone) const {
  std::vector<std::shared_ptr<Target>> registered, healthy;
  for (const auto& target : targets) {
    const bool is_elsewhere = stays_in_zone && target->zone != zone && !target->zone.empty() && target->zone != "all";
    if (target->is_draining || is_elsewhere) continue;
    registered.push_back(target);
    if (target->health.is_healthy()) healthy.push_back(target);
  }
  const auto& among = healthy.empty() ? registered : healthy;
  return among.empty() ? nullptr : among[next++ % among.size()];
}

namespace {

std::chrono::seconds seconds_of(const model::LoadBalancer& balancer, std::string_view attribute) {
  return std::chrono::seconds(std::atoi(model::load_balancer_attribute(balancer, attribute).c_str()));
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> Snapshot::compile(Config config, const Snapshot* before) {
  TRY(check_config(config));
  auto made = std::make_shared<Snapshot>();
  made->idle_timeout = seconds_of(config.balancer, "idle_timeout.timeout_seconds");
  made->client_keep_alive = seconds_of(config.balancer, "client_keep_alive.seconds");
  for (ListenerConfig& listener : config.listeners) {
    std::ranges::sort(listener.rules, {}, &model::Rule::priority);
    Listener compiled{.config = listener, .tls = nullptr};
    for (const model::Rule& rule : listener.rules) {
      compiled.reads_headers = compiled.reads_headers || std::ranges::any_of(rule.conditions, [](const auto& c) { return c.field == "http-header"; });
    }
    if (listener.listener.protocol == "HTTPS") compiled.tls = TRY(TlsContext::create(listener));
    made->listeners[listener.listener.port] = std::move(compiled);
  }
  for (const GroupConfig& group : config.groups) {
    Group compiled{.group = group.group, .targets = {}};
    compiled.stays_in_zone = model::target_group_attribute(group.group, "load_balancing.cross_zone.enabled") == "false";
    for (const model::Target& wanted : group.targets) {
      auto target = std::make_shared<Target>();
      target->group_arn = group.group.arn;
      target->address = wanted.id;
      target->port = wanted.port;
      if (before != nullptr && before->groups.contains(group.group.arn)) {
        for (const auto& old : before->groups.at(group.group.arn).targets) {
          if (old->key() == target->key()) target = old;
        }
      }
      const bool drains = wanted.desired == "draining";
      if (target->is_draining && !drains) {  // registered again: initial, and checked at once
        target->health = Health();
        target->next_check = {};
      }
      target->is_draining = drains;
      target->is_cut = false;
      target->zone = wanted.zone;
      compiled.targets.push_back(std::move(target));
    }
    made->groups[group.group.arn] = std::move(compiled);
  }
  made->config = std::move(config);
  return std::shared_ptr<const Snapshot>(made);
}

}  // namespace landfall::alb
