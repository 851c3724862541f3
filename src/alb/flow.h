#pragma once

#include <chrono>
#include <memory>

#include "alb/connection.h"
#include "alb/counters.h"
#include "alb/flow_end.h"
#include "alb/forward.h"
#include "alb/snapshot.h"

namespace landfall::alb {

class Lane;

/// A connection of a network load balancer's client and the one to its target: bytes go both ways as they come, and nothing of
/// them is looked at.
///
/// [client shakes hands →] connecting → [target shakes hands →] open → closed
///
/// A half that its peer closes is closed on the other side, a reset is passed on. No target, a target that does not take the
/// connection, silence for the idle timeout and the end of a deregistration reset both sides (NLB user guide, Connection idle
/// timeout, Target groups: Deregistration delay, Connection termination for unhealthy targets).
class Flow final : public Connection {
 public:
  Flow(Lane& lane, Transport client, const FrontFacts& facts, const Listener& listener);
  ~Flow() override;
  void start() override;
  void on_event(uint32_t events) override;  ///< the client's
  void on_tick(TimePoint now) override;

 private:
  class TargetSide;
  enum class State : uint8_t { client_handshake, connecting, target_handshake, open, closed };
  enum class Culprit : uint8_t { client, target, balancer };  ///< who a reset comes from

  void on_target_event(uint32_t events);
  bool shake_hands(FlowEnd& end);
  void choose_target();
  void connect(const Group& group, Target& target);
  void on_connected();
  void open();
  void serve();
  bool pump(FlowEnd& from, FlowEnd& to, Count counted);
  void reset(Culprit culprit);
  void close();

  Lane& lane_;
  FrontFacts facts_;
  State state_ = State::connecting;
  FlowEnd client_;
  std::unique_ptr<TargetSide> side_;  ///< null until one is chosen
  const Listener* listener_;          ///< of `snapshot_`; both until a target is chosen
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<Target> target_;
  bool target_is_tls_ = false, writes_header_ = false;
  uint32_t falls_ = 0;  ///< of the target when it was chosen
  std::chrono::seconds idle_timeout_;
  TimePoint last_activity_, began_;
};

}  // namespace landfall::alb
