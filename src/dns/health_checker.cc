#include "dns/health_checker.h"

#include <algorithm>
#include <set>
#include <thread>

#include "base/text.h"
#include "dns/answer.h"
#include "model/scaling.h"
#include "store/table.h"

namespace landfall::dns {
namespace {

using model::DnsHealth;
using model::DnsHealthCheck;

constexpr std::chrono::milliseconds kRound{1000}, kIdle{60'000};
constexpr Duration kTellAgain = std::chrono::minutes(1);
constexpr size_t kMaxAtOnce = 16;  // endpoints looked at at the same moment

bool has_endpoint(const DnsHealthCheck& check) { return check.type != "CALCULATED" && check.type != "CLOUDWATCH_METRIC"; }

/// The first address that the world gets for the name; "" if it is none of ours.
std::string address_of(const Names& names, const DnsHealthCheck& check) {
  if (!check.ip.empty()) return check.ip;
  const Question question{.name = lower(check.domain) + (check.domain.ends_with('.') ? "" : "."), .type = "A"};
  for (const std::string& record : answer(names, nullptr, question, [](uint64_t) { return uint64_t{0}; }).records) {
    const std::vector<std::string> parts = split(record, ' ');
    if (parts.size() == 5 && parts[3] == "A") return parts[4];
  }
  return "";
}

}  // namespace

void HealthChecker::run() {
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    step();
    // While there is nothing to look at, only a new check ends the wait.
    const bool is_idle = due_.empty();
    store_.wait({is_idle ? "dns_health_check/" : "no such table/"}, seen, is_idle ? kIdle : kRound);
  }
}

void HealthChecker::step() {
  const auto checks = store::all<DnsHealthCheck>(store_);
  std::erase_if(due_, [&](const auto& entry) { return std::ranges::find(checks, entry.first, &DnsHealthCheck::id) == checks.end(); });
  look_at_endpoints(checks);
  look_at_others(checks);
}

void HealthChecker::look_at_endpoints(const std::vector<DnsHealthCheck>& checks) {
  std::vector<DnsHealthCheck> now;
  for (const DnsHealthCheck& check : checks) {
    if (!has_endpoint(check) || check.is_disabled || now.size() == kMaxAtOnce) continue;
    auto& due = due_[check.id];
    if (due > clock_.steady()) continue;
    due = clock_.steady() + std::chrono::seconds(check.request_interval);
    now.push_back(check);
  }
  if (now.empty()) return;
  const Names names = names_of(store_);
  std::vector<Look> looks(now.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < now.size(); ++i) threads.emplace_back([&, i] { looks[i] = probe_(now[i], address_of(names, now[i])); });
  }
  for (size_t i = 0; i < now.size(); ++i) record(now[i], looks[i]);
}

/// Children before those that look at them: a check of children among children settles in the next round.
void HealthChecker::look_at_others(const std::vector<DnsHealthCheck>& checks) {
  std::map<std::string, bool> healthy;
  for (const DnsHealthCheck& check : checks) healthy[check.id] = store::find<DnsHealth>(store_, check.key()).value_or(DnsHealth{}).is_healthy;
  for (const DnsHealthCheck& check : checks) {
    if (has_endpoint(check) && !check.is_disabled) continue;
    due_[check.id] = clock_.steady();
    const auto before = store::find<DnsHealth>(store_, check.key()).value_or(DnsHealth{});
    if (check.is_disabled) {
      record(check, {.is_up = before.is_endpoint_up, .status = "Success: the health check is disabled"});
    } else if (check.type == "CALCULATED") {
      record(check, of_children(check, healthy));
    } else {
      const auto alarm = store::find<model::Alarm>(store_, check.account + "/" + check.alarm_region + "/" + check.alarm_name);
      record(check, of_alarm(check, alarm ? alarm->state : "", before.is_endpoint_up));
    }
  }
}

void HealthChecker::record(const DnsHealthCheck& check, const Look& look) {
  const auto before = store::find<DnsHealth>(store_, check.key());
  const DnsHealth next = after(check, before.value_or(DnsHealth{}), look, clock_.wall());
  const bool is_news = !before || before->is_healthy != next.is_healthy || before->streak != next.streak || before->status != next.status || next.checked_at - before->checked_at >= kTellAgain;
  if (!is_news) return;
  [[maybe_unused]] const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    if (store::find<DnsHealthCheck>(tx, check.key())) store::put(tx, next);
    return {};
  });
}

}  // namespace landfall::dns
