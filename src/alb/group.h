#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alb/config.h"
#include "alb/target.h"

namespace landfall::alb {

enum class Algorithm { round_robin, least_outstanding_requests, weighted_random };
enum class ProtocolVersion { http1, http2, grpc };  ///< of requests to the targets
enum class Stickiness { none, lb_cookie, app_cookie };

/// What stays of a group over changes of configuration.
class GroupState {
 public:
  Tally& tally(const Node& node) { return tallies_[node.slot]; }
  int64_t sum(Tally::Count what) const;  ///< of all nodes, also of those that are gone

 private:
  std::array<Tally, kMaxSlots> tallies_;
};

/// What only groups of a network load balancer have (NLB user guide, Target groups: attributes).
struct FlowSettings {
  bool sticks_to_source = false;  ///< a client's address stays with its target
  bool preserves_client = false;  ///< targets see the client's address
  bool writes_proxy_header = false;
};

/// One target group, compiled (ALB user guide, Target groups: routing, health, attributes).
struct Group {
  struct Member {
    std::shared_ptr<Target> target;
    std::string zone;
    bool drains = false;  ///< here, not in the target: a change of several targets is seen at once or not at all
    bool is_in(const Node& node) const { return zone == node.zone || zone.empty() || zone == "all"; }
  };
  model::TargetGroup group;
  std::vector<Member> members;
  std::shared_ptr<GroupState> state;
  uint64_t mark = 0;           ///< names it in a stickiness cookie
  bool stays_in_zone = false;  ///< cross-zone off: a node uses its own zone's targets only
  bool is_tls = false;         ///< HTTPS to its targets
  ProtocolVersion version = ProtocolVersion::http1;
  Algorithm algorithm = Algorithm::round_robin;
  std::chrono::seconds slow_start{0};
  size_t least_healthy = 1;        ///< fewer healthy targets than this: all are used
  size_t least_healthy_percent = 0;
  size_t least_healthy_for_dns = 1, least_healthy_percent_for_dns = 0;
  Stickiness stickiness = Stickiness::none;
  std::chrono::seconds sticky_for{0};
  std::string app_cookie;
  FlowSettings flows;

  /// One of the targets that the node finds healthy, by the algorithm; of all registered ones if too few are (fail-open); null if
  /// none is registered. `node`  that the request came to: a target of zone "" or "all" is in every node's zone.
  /// `chance`  any number, new for each call.
  Target* choose(const Node& node, TimePoint now, uint64_t chance) const;
  /// The target of that mark if it may still be used; null else.
  Target* sticky(uint64_t target_mark, const Node& node) const;
  /// Whether requests go to all targets because too few are healthy.
  bool fails_open(const Node& node) const;
  /// Targets that the node may use, and how many of them it finds healthy or unhealthy (neither: not known yet). By the control thread.
  struct Hosts {
    int64_t registered = 0, healthy = 0, unhealthy = 0;
  };
  Hosts hosts(const Node& node) const;
  /// Whether so many are healthy that the balancer's name may lead to the node (target_group_health.dns_failover).
  bool is_healthy_for_dns(const Node& node) const;

  /// What the node's checks have found goes to the lanes. A target that gets healthy starts slowly if there is one that has its
  /// whole share already, and it is not one of the first of the group (ALB user guide, Target groups: slow start mode).
  /// `now`  steady milliseconds. By the control thread.
  void note_health(const Node& node, int64_t now) const;

  /// One of those that choose() would take, by the flow's number: the same one as long as it may be used, whatever becomes of the others.
  Target* choose_for_flow(const Node& node, uint64_t flow) const;

  /// Errors: none; the configuration has been checked. Targets of `before` keep their health and connections.
  static Group compile(const GroupConfig& config, const Group* before, const model::LoadBalancer& balancer, std::span<const Node> nodes);
};

}  // namespace landfall::alb
