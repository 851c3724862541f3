#include "alb/upstream.h"

#include <algorithm>

namespace landfall::alb {

Upstream::Upstream(EventLoop& loop, Transport transport) : loop_(loop), transport_(std::move(transport)) {
  loop_.watch(transport_.fd(), this, kEdges);
}

/// Nothing is expected of a connection without a request: whatever comes (mostly its end) makes it unusable.
void Upstream::on_event(uint32_t events) {
  transport_.take(events);
  if (user_ != nullptr) return user_->on_target_event(events);
  // An event of this turn may tell of bytes that its last request has read already.
  if (pool_ == nullptr || (events & kReadable) == 0 || !transport_.is_spoilt()) return;
  auto& idle = pool_->idle;
  const auto self = std::ranges::find_if(idle, [this](const auto& other) { return other.get() == this; });
  if (self == idle.end()) return;
  auto owned = std::move(*self);
  idle.erase(self);
  alb::retire(std::move(owned));
}

void retire(std::unique_ptr<Upstream> upstream) {
  upstream->retire();
  EventLoop& loop = upstream->loop();
  loop.bury(std::move(upstream));
}

}  // namespace landfall::alb
