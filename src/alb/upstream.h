#pragma once

#include <memory>

#include "alb/loop.h"
#include "alb/slab.h"
#include "alb/transport.h"

namespace landfall::alb {

class Upstream;
struct Target;

/// Whose request an upstream connection carries.
class UpstreamUser {
 public:
  virtual ~UpstreamUser() = default;
  virtual void on_target_event(uint32_t events) = 0;
};

/// Kept-alive connections to one target, of one lane. The newest is taken first: it is the warmest.
struct Pool {
  std::shared_ptr<Target> target;
  std::vector<std::unique_ptr<Upstream>> idle;
};

/// A connection to a target. It stays registered with the loop for its whole life, also while nobody uses it: a target
/// that closes it takes it out of the pool at once. Ends through EventLoop::bury only.
class Upstream final : public Handler {
 public:
  Upstream(EventLoop& loop, Transport transport);
  static void* operator new(size_t, Slab& slab) { return slab.take(); }
  static void operator delete(void* upstream) { Slab::give(upstream); }
  static void operator delete(void* upstream, Slab&) { Slab::give(upstream); }
  void on_event(uint32_t events) override;

  Transport& transport() { return transport_; }
  EventLoop& loop() { return loop_; }
  void lend(UpstreamUser* user) { user_ = user, pool_ = nullptr; }
  void keep_in(Pool* pool) { user_ = nullptr, pool_ = pool; }
  void retire() { user_ = nullptr, pool_ = nullptr; }

 private:
  EventLoop& loop_;
  Transport transport_;
  UpstreamUser* user_ = nullptr;
  Pool* pool_ = nullptr;  ///< where it waits for a request
};

/// Ends a connection after the events of this turn.
void retire(std::unique_ptr<Upstream> upstream);

}  // namespace landfall::alb
