#include "alb/upstream.h"

#include <algorithm>

#include "alb/client.h"
#include "alb/target.h"

namespace landfall::alb {

Upstream::Upstream(EventLoop& loop, Transport transport, uint32_t interest) : loop_(loop), transport_(std::move(transport)), interest_(interest) {
  loop_.watch(transport_.fd(), this, interest_);
}

void Upstream::want(uint32_t interest) {
  if (interest != interest_) loop_.change(transport_.fd(), this, interest_ = interest);
}

/// Nothing is expected of a connection without a request: whatever comes (mostly its end) makes it unusable.
void Upstream::on_event(uint32_t events) {
  if (user_ != nullptr) return user_->on_target_event(events);
  if (pool_ == nullptr) return;
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
