#include "vpc/reconciler.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "model/aws_service.h"
#include "vpc/difference.h"

namespace landfall::vpc {
namespace {

constexpr const char* kForwarding = "net/ipv4/ip_forward";

std::string key_of(const VethPlan& veth) { return veth.space + "/" + veth.device; }

std::string without(const std::string& table) { return fmt::format("table {0} {{\n}}\ndelete table {0}\n", table); }

/// "lf1a2bg0123abcd": a link to a VPC, of whichever daemon.
bool is_gateway_link(const std::string& name) { return name.size() == 15 && name.starts_with("lf") && name[6] == 'g'; }

}  // namespace

/// One run of apply().
struct Reconciler::Pass {
  const Plan& plan;
  bool is_full = false;
  std::set<std::string> changed{};                     ///< namespaces to look at
  std::set<std::string> changed_veths{};               ///< key_of
  std::map<std::string, sys::NetworkState> found{};
  sys::Kernel& kernel;

  Result<sys::NetworkState*> state_of(const std::string& space) {
    if (const auto known = found.find(space); known != found.end()) return &known->second;
    sys::NetworkState state = TRY(kernel.read_network(space));
    return &found.emplace(space, std::move(state)).first->second;
  }
};

Reconciler::Reconciler(sys::Kernel& kernel, model::Settings settings, std::filesystem::path forwarding_memory)
    : kernel_(kernel), settings_(std::move(settings)), forwarding_memory_(std::move(forwarding_memory)) {}

void Reconciler::apply(const Plan& plan, bool is_full) {
  Pass pass{.plan = plan, .is_full = is_full, .kernel = kernel_};
  mark_changed(pass);
  const bool has_gone = std::ranges::any_of(in_force_, [&](const auto& entry) {
    return std::ranges::find(plan.spaces, entry.first, &NamespacePlan::space) == plan.spaces.end();
  });
  if (pass.changed.empty() && !has_gone) return;
  make_namespaces(pass);
  load_rulesets(pass);
  make_veths(pass);
  apply_spaces(pass);
  drop_namespaces(pass);
}

void Reconciler::mark_changed(Pass& pass) const {
  for (const NamespacePlan& space : pass.plan.spaces) {
    const auto known = in_force_.find(space.space);
    if (pass.is_full || known == in_force_.end() || !(known->second == space)) pass.changed.insert(space.space);
  }
  for (const VethPlan& veth : pass.plan.veths) {
    if (!pass.is_full && is_in_force(veth)) continue;
    pass.changed_veths.insert(key_of(veth));
    pass.changed.insert(veth.space);
    pass.changed.insert(veth.peer_space);
  }
}

void Reconciler::make_namespaces(Pass& pass) {
  std::set<std::string> alive;
  Result<std::vector<sys::NamespaceName>> names = kernel_.namespaces();
  if (names) {
    for (const sys::NamespaceName& name : *names) {
      if (name.is_alive) alive.insert(name.name);
    }
  }
  for (const NamespacePlan& space : pass.plan.spaces) {
    if (!pass.changed.contains(space.space)) continue;
    errors_.erase(space.space);
    in_force_.erase(space.space);
    note(space.space, make_namespace(space, space.space.empty() || alive.contains(space.space)));
  }
}

Result<void> Reconciler::make_namespace(const NamespacePlan& space, bool is_alive) {
  if (!is_alive) {
    rulesets_.erase(space.space);
    TRY(kernel_.create_namespace(space.space));
  }
  if (space.space.empty()) {
    if (space.sysctls.contains(kForwarding)) TRY(remember_forwarding());
    return {};
  }
  return kernel_.write_sysctls(space.space, space.sysctls);
}

void Reconciler::load_rulesets(Pass& pass) {
  for (const NamespacePlan& space : pass.plan.spaces) {
    if (!pass.changed.contains(space.space) || space.ruleset.table.empty() || errors_.contains(space.space)) continue;
    note(space.space, load_ruleset(space, pass.is_full));
  }
}

Result<void> Reconciler::load_ruleset(const NamespacePlan& space, bool is_full) {
  const std::string& table = space.ruleset.table;
  const auto loaded = rulesets_.find(space.space);
  bool is_known = loaded != rulesets_.end();
  if (is_known && is_full && TRY(kernel_.list_table(space.space, table)) != listings_[space.space]) {
    log_warn("rules repaired", {{"namespace", space.space}, {"table", table}});
    is_known = false;
  }
  const std::string commands = is_known ? change(loaded->second, space.ruleset) : whole(space.ruleset);
  if (commands.empty()) return {};
  if (!is_known) keep_counters(space.space);
  rulesets_.erase(space.space);
  TRY(kernel_.load_ruleset(space.space, commands));
  listings_[space.space] = TRY(kernel_.list_table(space.space, table));
  rulesets_[space.space] = space.ruleset;
  if (space.owned_link_prefix == "*") {
    const std::lock_guard lock(counters_mutex_);
    routers_.insert(space.space);
  }
  return {};
}

void Reconciler::make_veths(Pass& pass) {
  for (const VethPlan& veth : pass.plan.veths) {
    if (!pass.changed.contains(veth.space)) continue;
    const std::string subject = veth.interface_key.empty() ? veth.space : veth.interface_key;
    if (!veth.interface_key.empty()) errors_.erase(veth.interface_key);
    if (errors_.contains(veth.space)) continue;
    const Result<void> result = make_veth(veth, pass);
    note(subject, result);
    if (result) {
      veths_in_force_[key_of(veth)] = veth;
    } else {
      veths_in_force_.erase(key_of(veth));
    }
  }
  std::set<std::string> planned;
  for (const VethPlan& veth : pass.plan.veths) planned.insert(key_of(veth));
  std::erase_if(veths_in_force_, [&](const auto& entry) { return !planned.contains(entry.first); });
}

/// Both ends in their places with their hardware addresses, or both anew.
Result<void> Reconciler::make_veth(const VethPlan& veth, Pass& pass) {
  sys::NetworkState* near = TRY(pass.state_of(veth.space));
  const bool is_near_there = find_link(*near, veth.device) != nullptr;
  if (is_near_there && !pass.changed_veths.contains(key_of(veth))) return {};
  sys::NetworkState* far = TRY(pass.state_of(veth.peer_space));
  pass.changed.insert(veth.peer_space);
  const sys::Link* far_link = find_link(*far, veth.peer_device);
  if (is_near_there && far_link != nullptr && (veth.peer_mac.empty() || far_link->mac == veth.peer_mac)) {
    return kernel_.write_sysctls(veth.space, veth.sysctls);
  }

  if (is_near_there) TRY(kernel_.change_network(veth.space, {sys::DeleteLink{veth.device}}));
  if (far_link != nullptr) TRY(kernel_.change_network(veth.peer_space, {sys::DeleteLink{veth.peer_device}}));
  TRY(kernel_.change_network(veth.space, {sys::AddVeth{.name = veth.device,
                                                       .mac = veth.mac,
                                                       .peer_namespace = veth.peer_space,
                                                       .peer_name = veth.peer_device,
                                                       .peer_mac = veth.peer_mac}}));
  remember_device(*near, veth.device, veth.mac);
  remember_device(*far, veth.peer_device, veth.peer_mac);
  return kernel_.write_sysctls(veth.space, veth.sysctls);
}

void Reconciler::apply_spaces(Pass& pass) {
  for (const NamespacePlan& space : pass.plan.spaces) {
    if (!pass.changed.contains(space.space) || errors_.contains(space.space)) continue;
    const Result<void> result = apply_space(space, pass);
    note(space.space, result);
    if (result) in_force_[space.space] = space;
  }
}

Result<void> Reconciler::apply_space(const NamespacePlan& space, Pass& pass) {
  const sys::NetworkState* found = TRY(pass.state_of(space.space));
  return kernel_.change_network(space.space, difference(*found, space));
}

void Reconciler::drop_namespaces(Pass& pass) {
  std::set<std::string> planned;
  for (const NamespacePlan& space : pass.plan.spaces) planned.insert(space.space);
  std::set<std::string> unwanted;
  for (const auto& [space, plan] : in_force_) unwanted.insert(space);
  if (pass.is_full) {
    if (const auto names = kernel_.namespaces()) {
      for (const sys::NamespaceName& name : *names) {
        if (is_ours(name.name)) unwanted.insert(name.name);
      }
    }
  }
  for (const std::string& space : unwanted) {
    if (planned.contains(space)) continue;
    in_force_.erase(space);
    rulesets_.erase(space);
    listings_.erase(space);
    {
      const std::lock_guard lock(counters_mutex_);
      routers_.erase(space);
    }
    errors_.erase(space);
    // A name that we were given and did not make (a test's, a user's) is not ours to delete.
    if (is_ours(space)) note(space, kernel_.delete_namespace(space));
  }
}

Result<void> Reconciler::remove_everything() {
  sys::NetworkState host = TRY(kernel_.read_network(""));
  std::vector<sys::NetworkChange> changes;
  const std::string prefix = host_device_prefix(settings_);
  for (const sys::Link& link : host.links) {
    if (link.name.starts_with(prefix)) changes.push_back(sys::DeleteLink{link.name});
  }
  const Result<Cidr> pool = parse_cidr(settings_.public_pool);
  for (const sys::RouteEntry& route : host.routes) {
    if (pool && route.destination == *pool) changes.push_back(sys::Delete<sys::RouteEntry>{route});
  }
  for (const Ipv4 ip : endpoint_addresses(settings_)) {
    changes.push_back(sys::Delete<sys::InterfaceAddress>{{.device = "lo", .ip = ip, .prefix_length = 32}});
  }
  TRY(kernel_.change_network("", changes));
  TRY(kernel_.load_ruleset("", without("inet lf" + settings_.instance)));
  for (const sys::NamespaceName& name : TRY(kernel_.namespaces())) {
    if (is_ours(name.name)) TRY(kernel_.delete_namespace(name.name));
  }
  std::erase_if(host.links, [&](const sys::Link& link) { return link.name.starts_with(prefix); });
  TRY(restore_forwarding(host));
  in_force_.clear();
  veths_in_force_.clear();
  rulesets_.clear();
  listings_.clear();
  errors_.clear();
  const std::lock_guard lock(counters_mutex_);
  routers_.clear();
  kept_drops_.clear();
  return {};
}

/// Written before the change, so that a crash in between leaves a value that is right.
Result<void> Reconciler::remember_forwarding() {
  const std::string now = TRY(kernel_.read_sysctl("", kForwarding));
  if (now == "1") return {};
  TRY(make_directories(forwarding_memory_.parent_path()));
  TRY(write_file_atomic(forwarding_memory_, now));
  return kernel_.write_sysctls("", {{kForwarding, "1"}});
}

/// Only by the last daemon of this host that has a link: the others still forward.
Result<void> Reconciler::restore_forwarding(const sys::NetworkState& host) {
  if (std::ranges::any_of(host.links, [](const sys::Link& link) { return is_gateway_link(link.name); })) return {};
  const Result<std::string> before = read_file(forwarding_memory_);
  if (!before) return {};
  TRY(kernel_.write_sysctls("", {{kForwarding, *before}}));
  std::error_code ignored;
  std::filesystem::remove(forwarding_memory_, ignored);
  return {};
}

/// A replaced table starts its counters at 0; what they had counted is added to ours.
void Reconciler::keep_counters(const std::string& space) {
  const std::lock_guard lock(counters_mutex_);
  if (!routers_.contains(space)) return;
  const auto counters = kernel_.read_counters(space, "ip landfall");
  if (!counters) return;
  for (const auto& [name, counter] : *counters) {
    if (counter.packets != 0) kept_drops_[name] += counter.packets;
  }
}

Result<std::vector<DropCount>> Reconciler::drops() {
  const std::lock_guard lock(counters_mutex_);
  std::map<std::string, uint64_t> totals = kept_drops_;
  for (const std::string& space : routers_) {
    for (const auto& [name, counter] : TRY(kernel_.read_counters(space, "ip landfall"))) totals[name] += counter.packets;
  }
  std::vector<DropCount> drops;
  for (const auto& [name, packets] : totals) {
    const size_t at = name.find("_eni-");
    if (at == std::string::npos || packets == 0) continue;
    drops.push_back({.interface_id = name.substr(at + 1), .is_egress = name.starts_with("egress"), .packets = packets});
  }
  return drops;
}

std::string Reconciler::error_of(const std::string& space_or_interface) const {
  const auto known = errors_.find(space_or_interface);
  return known == errors_.end() ? std::string() : known->second;
}

bool Reconciler::is_in_place(const VethPlan& veth) const {
  const auto known = veths_in_force_.find(key_of(veth));
  return known != veths_in_force_.end() && known->second == veth;
}

bool Reconciler::is_in_force(const VethPlan& veth) const {
  return is_in_place(veth) && in_force_.contains(veth.space) && in_force_.contains(veth.peer_space);
}

void Reconciler::note(const std::string& subject, const Result<void>& result) {
  if (result) return;
  log_error("network change failed", {{"subject", subject.empty() ? "host" : subject}, {"error", result.error().message()}});
  errors_[subject] = result.error().message();
}

}  // namespace landfall::vpc
