#pragma once

#include <memory>

#include "alb/loop.h"
#include "alb/transport.h"

namespace landfall::alb {

class Client;
struct Target;

/// A connection to a target. It stays registered with the loop for its whole life, also while nobody uses it: a target
/// that closes it takes it out of the pool at once. Ends through EventLoop::bury only.
class Upstream final : public Handler {
 public:
  Upstream(EventLoop& loop, Transport transport, uint32_t interest);
  ~Upstream() override { loop_.forget(transport_.fd()); }
  void on_event(uint32_t events) override;

  Transport& transport() { return transport_; }
  EventLoop& loop() { return loop_; }
  void want(uint32_t interest);  ///< changes what it waits for, if that differs
  void lend(Client* user) { user_ = user, pool_ = nullptr; }
  void keep_in(Target* pool) { user_ = nullptr, pool_ = pool; }
  void retire() { user_ = nullptr, pool_ = nullptr; }

 private:
  EventLoop& loop_;
  Transport transport_;
  uint32_t interest_;
  Client* user_ = nullptr;   ///< whose request it carries
  Target* pool_ = nullptr;   ///< where it waits for one
};

/// Ends a connection after the events of this turn.
void retire(std::unique_ptr<Upstream> upstream);

}  // namespace landfall::alb
