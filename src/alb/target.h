#pragma once

#include <netinet/in.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "alb/config.h"
#include "alb/failures.h"
#include "alb/health.h"
#include "alb/loop.h"
#include "alb/tally.h"

namespace landfall::alb {

constexpr size_t kMaxNodes = 8;             ///< of one load balancer: a zone has one
constexpr size_t kMaxSlots = 2 * kMaxNodes;  ///< of the nodes that are there and of those that were

/// A load balancer's node; its slot is its own among those of the worker as long as it is there.
struct Node : NodeConfig {
  size_t slot = 0;  ///< below kMaxSlots
};

/// How one node finds a target. The control thread's.
struct NodeView {
  std::string node;  ///< its address
  Health health;
  bool starts_at_once = false;  ///< no slow start when it gets healthy for the first time
  TimePoint next_check{}, first_check{};
  TimePoint passed_at{}, fell_at{};  ///< its last check that passed; when it last became unhealthy
  bool is_alone = false;             ///< it failed again although a check of another node had passed since it fell: it is the node, not the target
  TimePoint next_look = TimePoint::max();  ///< between checks, while nothing has answered yet

  /// A check begins: the next one follows after the interval, after the first one later, so that the checks of all nodes lie apart.
  /// `index`  of the node among those `nodes`
  void begin_check(TimePoint now, std::chrono::milliseconds interval, size_t index, size_t nodes);
};

/// What the worker keeps of a target over changes of configuration. Lanes read; the control thread owns its health.
struct Target : std::enable_shared_from_this<Target> {
  std::string group_arn, address;
  int port = 0;
  std::string address_and_port;
  sockaddr_in at{};
  uint64_t mark = 0;  ///< names it in a stickiness cookie
  std::atomic<bool> is_draining = false;
  std::atomic<bool> is_cut = false;  ///< its deregistration delay is over: what is still in flight ends now
  std::atomic<bool> ends_flows_on_deregistration = false, ends_flows_when_unhealthy = false;
  std::atomic<bool> is_anomalous = false;  ///< fails far more often than the others: gets a tenth of its share
  std::atomic<uint32_t> healthy_at = 0;    ///< a bit for each node, by slot, that finds it healthy
  std::array<std::atomic<uint32_t>, kMaxSlots> falls{};           ///< how often it has become unhealthy, by node
  std::array<std::atomic<int64_t>, kMaxSlots> slow_start_from{};  ///< steady milliseconds, by node; 0: it has its full share
  Tally tally;
  Failures failures;

  // The control thread's.
  std::array<std::unique_ptr<NodeView>, kMaxSlots> views;  ///< by node; null: of none that there is
  bool is_told_healthy = false;
  int64_t judged_requests = 0, judged_failures = 0;  ///< of the last look for anomalies

  bool is_healthy(size_t slot) const { return (healthy_at.load(std::memory_order_relaxed) >> slot & 1) != 0; }
  void set_healthy(size_t slot, bool healthy);
  bool starts_slowly(size_t slot, std::chrono::seconds slow_start, int64_t now) const;
  /// Each of the nodes has a view from now on; one that had none (a new node, or the slot of one that is gone) has not checked yet.
  /// `starts_slowly`  in case the target is new itself: it is not among the first of its group
  void follow(std::span<const Node> nodes, bool starts_slowly);
  /// After a check of the node whose view it is.
  void note_check(NodeView& view, bool was_unhealthy, TimePoint now);
  /// What another worker of this configuration has told: known until this one's nodes have looked themselves.
  void recall(std::span<const Node> nodes, const TargetState& told, TimePoint now);
  void start_over();  ///< as if it had just been registered: no node has checked it yet
  /// Of all nodes' healths the one that is told. A target gets healthy once all nodes find it so but those that are alone with not
  /// doing so, so that what takes the place of others does it at every node; and unhealthy once none does.
  const Health& told(std::span<const Node> nodes) const;
  std::string key() const { return group_arn + "#" + address + ":" + std::to_string(port); }
};

/// The way from a node to a target: connections are kept for it alone, as they come from the node's address.
struct Link {
  Target* target;
  const Node* node;
  bool operator==(const Link&) const = default;
};
struct LinkHash {
  size_t operator()(const Link& link) const { return std::hash<const void*>()(link.target) ^ (std::hash<const void*>()(link.node) << 1); }
};

/// A number for `text` that is the same in every process.
uint64_t stable_hash(std::string_view text);

/// Another number, in which every bit of the first counts for every bit.
uint64_t mixed(uint64_t number);

}  // namespace landfall::alb
