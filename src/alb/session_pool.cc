#include "alb/session_pool.h"

#include <algorithm>

namespace landfall::alb {

TargetSession* SessionPool::take(Target& target, const Way& way, bool& was_opened) {
  was_opened = false;
  auto& known = by_link_[{&target, way.node}];
  if (!known) known = std::make_unique<Sessions>(loop_, target.shared_from_this());
  for (const auto& session : known->all) {
    if (session->has_room()) return session.get();
  }
  auto fd = start_connect(target.at, way.node->address);
  if (!fd) return nullptr;
  was_opened = true;
  auto tls = way.tls == nullptr ? nullptr : std::make_unique<TlsSession>(way.tls);
  known->all.push_back(std::make_unique<TargetSession>(loop_, Transport(std::move(*fd), std::move(tls)), *known, std::max(known->limit, 1u)));
  return known->all.back().get();
}

void SessionPool::Sessions::on_over(TargetSession& session) {
  const auto at = std::ranges::find_if(all, [&](const auto& other) { return other.get() == &session; });
  loop.bury(std::move(*at));
  all.erase(at);
}

void SessionPool::keep_only(const std::set<Target*>& named) {
  for (const auto& [link, sessions] : by_link_) {
    if (named.contains(link.target)) continue;
    for (const auto& session : sessions->all) session->retire();
  }
}

void SessionPool::on_tick(TimePoint now) {
  for (const auto& [link, sessions] : by_link_) {
    const bool is_draining = link.target->is_draining.load(std::memory_order_relaxed);
    for (size_t i = sessions->all.size(); i-- > 0;) {
      if (i >= sessions->all.size()) continue;
      if (is_draining) sessions->all[i]->retire();
      sessions->all[i]->on_tick(now);
    }
  }
  std::erase_if(by_link_, [](const auto& entry) { return entry.second->all.empty(); });
}

}  // namespace landfall::alb
