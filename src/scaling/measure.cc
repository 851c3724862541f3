#include "scaling/measure.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace landfall::scaling {
namespace {

using model::GroupTraffic;
using model::Traffic;
using store::MetricName;
using store::MetricPoint;
using Counts = std::map<std::string, int64_t>;

constexpr double kMiB = 1024 * 1024;

/// Of what rises: how far it rose; of another worker all counts.
int64_t risen(const Counts& before, const std::string& name, int64_t now) {
  const auto found = before.find(name);
  return found == before.end() || found->second > now ? now : now - found->second;
}

MetricPoint point_of(const std::string& name, int64_t count) {
  const double value = static_cast<double>(count);
  if (name == "ProcessedBytes") return store::measured(value);
  return {.sum = value, .minimum = count > 0 ? 1.0 : 0.0, .maximum = count > 0 ? 1.0 : 0.0, .count = std::max(value, 1.0)};
}

class Measurer {
 public:
  Measurer(const Reading& before, const Reading& now, const Reserved& reserved) : before_(before), now_(now), reserved_(reserved) {}

  std::vector<Measurement> all() {
    if (now_.at <= before_.at) return {};
    measure_tasks();
    for (const auto& [arn, traffic] : now_.balancers) {
      const auto earlier = before_.balancers.find(arn);
      // A worker that was not there before cannot be told apart from one that has not been looked at: the next reading counts.
      if (earlier != before_.balancers.end()) measure_balancer(arn, earlier->second, traffic);
    }
    return std::move(made_);
  }

 private:
  void add(MetricName metric, const char* unit, MetricPoint point) {
    point.at = before_.at;
    made_.push_back({.metric = std::move(metric), .unit = unit, .point = point});
  }

  void measure_tasks() {
    std::map<std::string, int64_t> cpu_before;
    for (const auto& task : before_.tasks) cpu_before[task.task_arn] = task.cpu_us;
    const double elapsed_us = static_cast<double>((now_.at - before_.at).count()) * 1000;
    for (const auto& usage : now_.tasks) {
      const auto task = reserved_.tasks.find(usage.task_arn);
      const auto cpu = cpu_before.find(usage.task_arn);
      if (task == reserved_.tasks.end() || task->second.service_arn.empty() || cpu == cpu_before.end() || usage.cpu_us < cpu->second) continue;
      const auto definition = reserved_.definitions.find(task->second.task_definition_arn);
      if (definition == reserved_.definitions.end()) continue;
      const std::string &cluster = task->second.cluster_arn, &service = task->second.service_arn;
      const auto metric = [&](const char* name) {
        return MetricName{.account = task->second.account, .region = task->second.region, .space = "AWS/ECS", .name = name, .dimensions = {{"ClusterName", cluster.substr(cluster.rfind('/') + 1)}, {"ServiceName", service.substr(service.rfind('/') + 1)}}};
      };
      if (definition->second.cpu > 0) add(metric("CPUUtilization"), "Percent", store::measured(static_cast<double>(usage.cpu_us - cpu->second) * 100 / (elapsed_us * definition->second.cpu / 1024)));
      if (definition->second.memory > 0) add(metric("MemoryUtilization"), "Percent", store::measured(static_cast<double>(usage.memory_bytes) * 100 / (definition->second.memory * kMiB)));
    }
  }

  void add_counts(const MetricName& stem, const Counts& before, const Counts& now, bool tells_zero) {
    for (const auto& [name, total] : now) {
      const int64_t count = risen(before, name, total);
      if (count == 0 && !(tells_zero && name == "RequestCount")) continue;
      MetricName metric = stem;
      metric.name = name;
      add(std::move(metric), name == "ProcessedBytes" ? "Bytes" : "Count", point_of(name, count));
    }
  }

  void measure_balancer(const std::string& arn, const Traffic& earlier, const Traffic& now) {
    static const Traffic nothing;
    const Traffic& before = earlier.worker == now.worker ? earlier : nothing;
    const auto parts = split(arn, ':');
    if (parts.size() != 6) return;
    const size_t mark = parts[5].find('/');
    const MetricName stem{.account = parts[4], .region = parts[3], .space = parts[5].starts_with("loadbalancer/net/") ? "AWS/NetworkELB" : "AWS/ApplicationELB", .name = {}, .dimensions = {{"LoadBalancer", parts[5].substr(mark + 1)}}};
    measure_traffic(stem, before, now);
    if (stem.space == "AWS/ApplicationELB") measure_units(stem, before, now);
    for (const Traffic& zone : now.zones) {
      const auto same = std::ranges::find(before.zones, zone.zone, &Traffic::zone);
      MetricName of_zone = stem;
      of_zone.dimensions["AvailabilityZone"] = zone.zone;
      measure_traffic(of_zone, same == before.zones.end() ? nothing : *same, zone);
    }
  }

  /// Of a balancer, or of one of its nodes.
  void measure_traffic(const MetricName& stem, const Traffic& before, const Traffic& now) {
    const bool has_targets = std::ranges::any_of(now.groups, hosts_of);
    add_counts(stem, before.counts, now.counts, has_targets);
    for (const auto& [name, value] : now.gauges) {
      MetricName metric = stem;
      metric.name = name;
      if (value > 0) add(std::move(metric), "Count", store::measured(static_cast<double>(value)));
    }
    const int64_t logins = now.logins - (before.logins <= now.logins ? before.logins : 0);
    if (logins > 0) {
      const double took = static_cast<double>(now.login_us - (before.login_us <= now.login_us ? before.login_us : 0)) / 1e3, mean = took / static_cast<double>(logins);
      MetricName metric = stem;
      metric.name = "ELBAuthLatency";
      add(std::move(metric), "Milliseconds", {.sum = took, .minimum = mean, .maximum = mean, .count = static_cast<double>(logins), .knows_values = false});
    }
    Counts summed;  // of all groups: HTTPCode_Target_2XX_Count of the load balancer
    for (const GroupTraffic& group : now.groups) {
      const auto same = std::ranges::find(before.groups, group.arn, &GroupTraffic::arn);
      measure_group(stem, same == before.groups.end() ? GroupTraffic{} : *same, group, summed);
      measure_hosts(stem, group, now.zones);
    }
    add_counts(stem, {}, summed, false);
  }

  /// Each node finds the targets healthy or not by itself: of a balancer one measurement for each of them, and the number of zones
  /// in a state.
  void measure_hosts(const MetricName& stem, const GroupTraffic& group, const std::vector<Traffic>& zones) {
    MetricName metric = stem;
    metric.dimensions["TargetGroup"] = group.arn.substr(group.arn.rfind(':') + 1);
    std::map<std::string, std::vector<double>> found;
    for (const Traffic& zone : zones) {
      const auto same = std::ranges::find(zone.groups, group.arn, &GroupTraffic::arn);
      if (same == zone.groups.end()) continue;
      for (const auto& [name, value] : same->gauges) found[name].push_back(static_cast<double>(value));
    }
    if (zones.empty()) {
      for (const auto& [name, value] : group.gauges) found[name].push_back(static_cast<double>(value));
    }
    for (const auto& [name, values] : found) {
      metric.name = name;
      const bool is_state = name.ends_with("StateDNS") || name.ends_with("StateRouting");
      if (is_state) {
        add(metric, "Count", store::measured(std::accumulate(values.begin(), values.end(), 0.0)));
        continue;
      }
      MetricPoint point = store::measured(values.front());
      for (size_t i = 1; i < values.size(); ++i) point.add(store::measured(values[i]));
      add(metric, "Count", std::move(point));
    }
  }

  /// Load balancer capacity units: what of the four is used most, in unit hours, so that the Sum of an hour is what the hour costs
  /// (Elastic Load Balancing pricing: LCU details).
  void measure_units(const MetricName& stem, const Traffic& before, const Traffic& now) {
    const auto counted = [&](const std::string& name) {
      const auto total = now.counts.find(name);
      return total == now.counts.end() ? 0.0 : static_cast<double>(risen(before.counts, name, total->second));
    };
    const auto active = now.gauges.find("ActiveConnectionCount");
    const double seconds = static_cast<double>((now_.at - before_.at).count()) / 1000, hours = seconds / 3600;
    const auto rules = static_cast<double>(now.charged_rules - (before.charged_rules <= now.charged_rules ? before.charged_rules : 0));
    const double used = std::max({counted("NewConnectionCount") / seconds / 25, active == now.gauges.end() ? 0.0 : static_cast<double>(active->second) / 3000,
                                  counted("ProcessedBytes") / 1e9 / hours, rules / seconds / 1000});
    MetricName metric = stem;
    metric.name = "ConsumedLCUs";
    add(std::move(metric), "Count", store::measured(used * hours));
  }

  static int64_t hosts_of(const GroupTraffic& group) {
    int64_t hosts = 0;
    for (const auto& [name, value] : group.gauges) hosts += name.ends_with("HostCount") ? value : 0;
    return hosts;
  }

  void measure_group(const MetricName& stem, const GroupTraffic& before, const GroupTraffic& now, Counts& summed) {
    MetricName metric = stem;
    metric.dimensions["TargetGroup"] = now.arn.substr(now.arn.rfind(':') + 1);
    const bool has_targets = hosts_of(now) > 0;
    add_counts(metric, before.counts, now.counts, has_targets);
    for (const auto& [name, total] : now.counts) {
      if (name != "RequestCount" && name != "UnhealthyRoutingRequestCount") summed[name] += risen(before.counts, name, total);
    }
    const auto total = now.counts.find("RequestCount");
    const int64_t requests = total == now.counts.end() ? 0 : risen(before.counts, "RequestCount", total->second);
    if (total != now.counts.end() && (requests > 0 || has_targets)) {
      const auto healthy = now.gauges.find("HealthyHostCount");
      const double targets = static_cast<double>(healthy == now.gauges.end() ? 1 : std::max<int64_t>(1, healthy->second));
      metric.name = "RequestCountPerTarget";
      add(metric, "Count", store::measured(static_cast<double>(requests) / targets));
      MetricName of_group = metric;
      of_group.dimensions.erase("LoadBalancer");
      add(std::move(of_group), "Count", store::measured(static_cast<double>(requests) / targets));
    }
    const int64_t answers = now.answers - (before.answers <= now.answers ? before.answers : 0);
    const int64_t took_us = now.response_us - (before.response_us <= now.response_us ? before.response_us : 0);
    if (answers > 0) {
      const double seconds = static_cast<double>(took_us) / 1e6, mean = seconds / static_cast<double>(answers);
      const MetricPoint point{.sum = seconds, .minimum = mean, .maximum = mean, .count = static_cast<double>(answers), .knows_values = false};
      metric.name = "TargetResponseTime";
      add(metric, "Seconds", point);
      MetricName of_balancer = stem;
      of_balancer.name = metric.name;
      add(std::move(of_balancer), "Seconds", point);
    }
  }

  const Reading& before_;
  const Reading& now_;
  const Reserved& reserved_;
  std::vector<Measurement> made_;
};

}  // namespace

std::vector<Measurement> measure(const Reading& before, const Reading& now, const Reserved& reserved) { return Measurer(before, now, reserved).all(); }

}  // namespace landfall::scaling
