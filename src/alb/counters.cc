#include "alb/counters.h"

namespace landfall::alb {

std::string_view name_of(Count count) {
  switch (count) {
    case Count::requests: return "requests";
    case Count::forwarded: return "forwarded";
    case Count::connections: return "connections";
    case Count::target_connections: return "target.connections";
    case Count::redirects: return "elb.redirect";
    case Count::fixed_responses: return "elb.fixed-response";
    case Count::received_bytes: return "bytes.received";
    case Count::sent_bytes: return "bytes.sent";
    case Count::noncompliant: return "desync.noncompliant";
    case Count::rule_evaluations: return "rules.evaluated";
    case Count::charged_rules: return "rules.charged";
    case Count::grpc_requests: return "requests.grpc";
    case Count::dropped_invalid_header: return "requests.dropped_invalid_header";
    case Count::forwarded_invalid_header: return "requests.forwarded_invalid_header";
    case Count::logins: return "auth.calls";
    case Count::login_microseconds: return "auth.microseconds";
    case Count::kCount: break;
  }
  return "";
}

void Counters::add(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = rare_.find(name);
  if (found != rare_.end()) ++found->second;
  else rare_.emplace(name, 1);
}

void Counters::add_to(std::map<std::string, int64_t>& sum) const {
  for (size_t i = 0; i < common_.size(); ++i) {
    if (const int64_t value = common_[i].load(std::memory_order_relaxed); value != 0) sum[std::string(name_of(static_cast<Count>(i)))] += value;
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, value] : rare_) sum[name] += value;
}

}  // namespace landfall::alb
