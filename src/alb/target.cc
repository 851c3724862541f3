#include "alb/target.h"

#include <algorithm>

namespace landfall::alb {

std::shared_ptr<Target> Group::choose() const {
  std::vector<std::shared_ptr<Target>> registered, healthy;
  for (const auto& target : targets) {
    if (target->is_draining) continue;
    registered.push_back(target);
    if (target->health.is_healthy()) healthy.push_back(target);
  }
  const auto& among = healthy.empty() ? registered : healthy;
  return among.empty() ? nullptr : among[next++ % among.size()];
}

Result<std::shared_ptr<const Snapshot>> Snapshot::compile(Config config, const Snapshot* before) {
  auto made = std::make_shared<Snapshot>();
  for (ListenerConfig& listener : config.listeners) {
    std::ranges::sort(listener.rules, {}, &model::Rule::priority);
    Listener compiled{.config = listener, .tls = nullptr};
    if (listener.listener.protocol == "HTTPS") compiled.tls = TRY(TlsContext::create(listener));
    made->listeners[listener.listener.port] = std::move(compiled);
  }
  for (const GroupConfig& group : config.groups) {
    Group compiled{.group = group.group, .targets = {}};
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
      if (target->is_draining && !drains) target->health = Health();  // registered again: initial
      target->is_draining = drains;
      compiled.targets.push_back(std::move(target));
    }
    made->groups[group.group.arn] = std::move(compiled);
  }
  made->config = std::move(config);
  return std::shared_ptr<const Snapshot>(made);
}

}  // namespace landfall::alb
