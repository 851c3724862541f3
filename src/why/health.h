#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/container_service.h"
#include "model/load_balancing.h"
#include "model/reachability.h"
#include "model/reason.h"

namespace landfall::why {

/// One row of a task's socket table: a TCP socket that listens.
struct ListeningSocket {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
};

/// What a program answered to a request that the daemon made from inside the task's own namespace: no security group and
/// no route lies between.
struct Answer {
  int status = 0;        ///< 0: none came
  std::string location;  ///< of a redirect
  std::string body;      ///< its first bytes
  Duration took{};
  std::string error;     ///< without an answer: "connection refused", "timed out"
};

/// All that is known of a target whose checks fail.
struct TargetEvidence {
  model::TargetGroup group;
  model::Target target;
  std::optional<model::Service> service;  ///< that registered it
  std::optional<model::Task> task;        ///< behind the target's address
  std::string container;                  ///< that maps the port; empty: unknown
  std::optional<model::Path> path;        ///< from a node of the load balancer to the checked port
  std::optional<std::vector<ListeningSocket>> sockets;
  std::optional<Answer> replay;           ///< the same check: path, and the address as host
  std::optional<Answer> as_https;         ///< with X-Forwarded-Proto: https
  std::optional<Answer> as_site;          ///< with a name of the site as host
  std::string site;
  std::vector<std::string> other_paths;   ///< of the same program that answer 200
  Duration age{};                         ///< of the task, since RUNNING
};

/// The port that is checked.
int checked_port(const model::TargetGroup& group, const model::Target& target);

inline constexpr std::string_view kNotInUse = "Target.NotInUse";

/// Of a group with registered targets that no listener and no rule forwards to.
model::Because not_in_use(const model::TargetGroup& group);

/// Why the checks fail, the first broken link first: network, then sockets, then what the program answers. Several links
/// may be broken at once. Never empty: what is not known says what was looked at ("Target.Unexplained"). Pure; subject is
/// the group, `since` is left open.
/// Source  ELB guide, Troubleshoot your Application Load Balancers; ALB user guide, Health checks (reason codes).
std::vector<model::Because> judge(const TargetEvidence& evidence);

}  // namespace landfall::why
