#include "alb/flow.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <utility>

#include "alb/flow_connect.h"
#include "alb/flow_hash.h"
#include "alb/lane.h"
#include "alb/scratch.h"
#include "alb/tls.h"

namespace landfall::alb {
namespace {

constexpr size_t kTurn = 1024 * 1024;  // bytes of one direction before others get their turn
constexpr auto kHandshakeLimit = std::chrono::seconds(10);
constexpr auto kConnectLimit = std::chrono::seconds(20);  // since the client came

}  // namespace

/// The target's socket, told of its own events.
class Flow::TargetSide final : public Handler {
 public:
  TargetSide(Flow& flow, Transport transport) : end(std::move(transport)), flow_(&flow) {}
  void on_event(uint32_t events) override {
    if (flow_ != nullptr) flow_->on_target_event(events);
  }
  void forget() { flow_ = nullptr; }  // the flow is over; an event of this turn may still come
  FlowEnd end;

 private:
  Flow* flow_;
};

Flow::Flow(Lane& lane, Transport client, const FrontFacts& facts, const Listener& listener)
    : lane_(lane), facts_(facts), client_(std::move(client)), listener_(&listener), snapshot_(lane.snapshot()), idle_timeout_(listener.flow_idle_timeout), last_activity_(lane.now()), began_(last_activity_) {
  if (client_.transport().tls() != nullptr) state_ = State::client_handshake;
}

Flow::~Flow() {
  if (target_) target_->tally.add(Tally::in_flight, -1);
}

void Flow::start() {
  lane_.loop().watch(client_.transport().fd(), this, kEdges);
  if (state_ == State::connecting) choose_target();
}

void Flow::on_event(uint32_t events) {
  if (state_ == State::closed) return;
  client_.take(events);
  if (client_.was_reset()) return reset(Culprit::client);
  if (state_ == State::client_handshake) {
    if (!shake_hands(client_)) return;
    state_ = State::connecting;
    return choose_target();
  }
  serve();
}

void Flow::on_target_event(uint32_t events) {
  side_->end.take(events);
  if (state_ == State::connecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) on_connected();
    return;
  }
  if (side_->end.was_reset()) return reset(Culprit::target);
  if (state_ == State::target_handshake) {
    if (shake_hands(side_->end)) open();
    return;
  }
  serve();
}

/// True once done.
bool Flow::shake_hands(FlowEnd& end) {
  const Io done = end.transport().handshake();
  if (done == Io::again) return false;
  if (done == Io::ok && end.transport().flush() != Io::closed) return true;  // the last words of a handshake may be ours
  lane_.counters(*facts_.node).add(&end == &client_ ? "elb.tls_failed" : "target.tls_failed");
  if (&end != &client_) target_->failures.add("flow_tls_failed");
  reset(Culprit::balancer);
  return false;
}

void Flow::choose_target() {
  const CompiledAction& action = listener_->fallback;
  const FlowKey key{.client = facts_.client, .client_port = facts_.client_port, .node = &facts_.node->address, .listener_port = facts_.listener_port};
  const Group* group = group_of(action, key);
  Target* target = group == nullptr ? nullptr : group->choose_for_flow(*facts_.node, group->flows.sticks_to_source ? hash_of_source(key) : hash_of(key));
  if (target == nullptr) {
    lane_.counters(*facts_.node).add("elb.no_target");
    return reset(Culprit::balancer);
  }
  connect(*group, *target);
}

void Flow::connect(const Group& group, Target& target) {
  target_ = target.shared_from_this();
  target_->tally.add(Tally::in_flight);
  falls_ = target.falls[facts_.node->slot].load(std::memory_order_relaxed);
  target_is_tls_ = group.is_tls;
  writes_header_ = group.flows.writes_proxy_header;
  const FlowSource source{.node = facts_.node, .client = facts_.client, .client_port = facts_.client_port};
  auto socket = group.flows.preserves_client ? connect_as_client(target.at, source) : start_connect(target.at, facts_.node->address);
  const bool speaks_http2 = target_is_tls_ && client_.transport().tls() != nullptr && client_.transport().tls()->alpn() == "h2";
  auto tls = target_is_tls_ ? std::make_unique<TlsSession>(target_tls_context(listener_->config.listener.ssl_policy, speaks_http2)) : nullptr;
  listener_ = nullptr;
  snapshot_.reset();
  if (!socket) {
    target_->failures.add("flow_not_connected");
    return reset(Culprit::balancer);
  }
  lane_.counters(*facts_.node).add(Count::target_connections);
  side_ = std::make_unique<TargetSide>(*this, Transport(std::move(*socket), std::move(tls)));
  lane_.loop().watch(side_->end.transport().fd(), side_.get(), kEdges);
}

void Flow::on_connected() {
  const int fd = side_->end.transport().fd();
  if (const int error = connect_error(fd); error != 0 || !is_connected(fd)) {
    if (error == 0) return;  // an event of a socket that is on its way
    target_->tally.add(Tally::connection_errors);
    target_->failures.add(error == ECONNREFUSED ? "flow_refused" : "flow_not_connected");
    return reset(error == ECONNREFUSED ? Culprit::target : Culprit::balancer);
  }
  if (writes_header_) {
    const std::string header = proxy_header({.client = facts_.client, .client_port = facts_.client_port, .node = &facts_.node->address, .listener_port = facts_.listener_port});
    if (send(fd, header.data(), header.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(header.size())) return reset(Culprit::target);
  }
  if (!target_is_tls_) return open();
  state_ = State::target_handshake;
  if (shake_hands(side_->end)) open();
}

void Flow::open() {
  state_ = State::open;
  last_activity_ = lane_.now();
  client_.transport().set_readable();
  side_->end.transport().set_readable();
  serve();
}

/// Both ways, as far as it goes now.
void Flow::serve() {
  if (state_ != State::open) return;
  FlowEnd& target = side_->end;
  if (client_.has_waiting() && !client_.flush()) return reset(Culprit::client);
  if (target.has_waiting() && !target.flush()) return reset(Culprit::target);
  if (!pump(client_, target, Count::received_bytes) || !pump(target, client_, Count::sent_bytes)) return;
  if (client_.is_finished() && target.is_finished()) close();
}

/// False: the flow is over. splice(2) by way of a pipe was tried in place of the copy: 3.2 to 3.4 s of processor for 4 GiB, and
/// 3.3 to 4.1 s with the copy (2026-11-26, a busy machine).
bool Flow::pump(FlowEnd& from, FlowEnd& to, Count counted) {
  const auto culprit = [&](const FlowEnd& end) { return &end == &client_ ? Culprit::client : Culprit::target; };
  size_t moved = 0;
  while (!from.has_ended() && to.takes_more() && from.transport().is_readable()) {
    if (moved >= kTurn) {
      lane_.loop().again(this, 0);
      break;
    }
    size_t got = 0;
    const Io done = from.read(Scratch::mine().input(), Scratch::kRead, got);
    if (got > 0 && !to.send({Scratch::mine().input(), got})) {
      reset(culprit(to));
      return false;
    }
    moved += got;
    if (to.has_waiting() && lane_.is_over_budget()) {
      lane_.counters(*facts_.node).add("flow.out_of_memory");
      reset(Culprit::balancer);
      return false;
    }
    if (from.was_reset()) {
      reset(culprit(from));
      return false;
    }
    if (got == 0 && done == Io::again) break;
  }
  if (moved > 0) {
    last_activity_ = lane_.now();
    lane_.counters(*facts_.node).add(counted, static_cast<int64_t>(moved));
  }
  if (from.has_ended() && to.takes_more()) to.finish();
  return true;
}

void Flow::on_tick(TimePoint now) {
  if (state_ == State::closed) return;
  const bool is_shaking = state_ == State::client_handshake || state_ == State::target_handshake;
  if (is_shaking && now - began_ >= kHandshakeLimit) {
    lane_.counters(*facts_.node).add(state_ == State::client_handshake ? "elb.tls_timeout" : "target.tls_failed");
    if (state_ == State::target_handshake) target_->failures.add("flow_tls_failed");
    return reset(Culprit::balancer);
  }
  if (state_ == State::connecting && now - began_ >= kConnectLimit) {
    target_->tally.add(Tally::connection_errors);
    target_->failures.add("flow_not_connected");
    return reset(Culprit::balancer);
  }
  if (target_ && target_->is_cut.load(std::memory_order_relaxed) && target_->ends_flows_on_deregistration.load(std::memory_order_relaxed)) return reset(Culprit::balancer);
  if (target_ && target_->falls[facts_.node->slot].load(std::memory_order_relaxed) != falls_ && target_->ends_flows_when_unhealthy.load(std::memory_order_relaxed)) return reset(Culprit::balancer);
  if (state_ == State::open && now - last_activity_ >= idle_timeout_) {
    lane_.counters(*facts_.node).add("elb.idle_timeout");
    reset(Culprit::balancer);
  }
}

/// Both sides are told; who began is counted.
void Flow::reset(Culprit culprit) {
  switch (culprit) {
    case Culprit::client: lane_.counters(*facts_.node).add("flow.client_reset"); break;
    case Culprit::target: lane_.counters(*facts_.node).add("flow.target_reset"); break;
    case Culprit::balancer: lane_.counters(*facts_.node).add("flow.balancer_reset"); break;
  }
  client_.reset();
  if (side_) side_->end.reset();
  close();
}

void Flow::close() {
  state_ = State::closed;
  if (side_) {
    side_->forget();
    lane_.loop().bury(std::move(side_));
  }
  lane_.release(this);
}

}  // namespace landfall::alb
