#pragma once

#include <map>
#include <string>
#include <vector>

#include "alb/dns_failover.h"
#include "model/certificate.h"
#include "model/load_balancing.h"
#include "model/reachability.h"
#include "model/reason.h"
#include "model/zone.h"

namespace landfall::alb {

/// What a load balancer's configuration is seen together with.
struct Surroundings {
  model::NetworkView network;
  std::vector<model::Listener> listeners;
  std::vector<model::Rule> rules;
  std::vector<model::Certificate> certificates;
  std::vector<model::RecordSet> records;
  std::vector<model::TargetGroup> groups;
  std::vector<model::Target> targets;
  std::vector<model::LoadBalancer> balancers{};  ///< all
  Findings findings{};
};

/// Why requests to the load balancer cannot come, or go where nobody meant them to: rules that never take a request, names
/// that a rule or a certificate misses, listeners that no client reaches. Pure; by Because::key(). `now` is their `since`.
///
/// Names are those of DNS records that lead to the load balancer: a name nobody made is nobody's fault.
/// Source  ALB user guide: Listener rules, Server certificates; ELB guide, Troubleshoot your ALB ("Clients cannot connect").
std::map<std::string, model::Because> reasons_of(const model::LoadBalancer& balancer, const Surroundings& around, WallTime now);

/// Whether a recorded reason is of this kind, of whatever load balancer.
bool is_of_configuration(const model::Because& because);

}  // namespace landfall::alb
