#pragma once

#include <memory>
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
struct GroupState {
  Tally tally;
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
  Stickiness stickiness = Stickiness::none;
  std::chrono::seconds sticky_for{0};
  std::string app_cookie;
  FlowSettings flows;

  /// One of the healthy targets by the algorithm; of all registered ones if too few are healthy (fail-open); null if none is
  /// registered. `zone`  the node's that the request came to: a target of zone "" or "all" is in every one.
  /// `chance`  any number, new for each call.
  Target* choose(std::string_view zone, TimePoint now, uint64_t chance) const;
  /// The target of that mark if it may still be used; null else.
  Target* sticky(uint64_t target_mark, std::string_view zone) const;
  /// Whether requests go to all targets because too few are healthy.
  bool fails_open(std::string_view zone) const;

  /// One of those that choose() would take, by the flow's number: the same one as long as it may be used, whatever becomes of the others.
  Target* choose_for_flow(std::string_view zone, uint64_t flow) const;

  /// Errors: none; the configuration has been checked. Targets of `before` keep their health and connections.
  static Group compile(const GroupConfig& config, const Group* before, const model::LoadBalancer& balancer = {});
};

}  // namespace landfall::alb
