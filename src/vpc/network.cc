#include "vpc/network.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/log.h"
#include "model/blame.h"
#include "model/reason.h"
#include "model/settings.h"
#include "store/interfaces.h"
#include "store/network_view.h"
#include "store/table.h"
#include "vpc/nat_gateway.h"

namespace landfall::vpc {
namespace {

using model::Because;
using model::NatGateway;
using model::NetworkInterface;
using model::NetworkView;
using store::Transaction;

constexpr std::chrono::seconds kFullPeriod{30};
constexpr std::chrono::seconds kRetry{1};

constexpr const char* kNotPlumbed = "NetworkInterface.NotPlumbed";
constexpr const char* kUseless = "NatGateway.NoInternetRoute";
constexpr const char* kFailed = "NatGateway.Failed";

const std::vector<std::string>& watched() {
  static const std::vector<std::string> prefixes{"vpc/", "network_acl/",     "subnet/",      "route_table/",    "internet_gateway/",
                                                 "address/", "nat_gateway/", "security_group/", "network_interface/",
                                                 "vpc_peering_connection/", "vpc_endpoint/", "prefix_list/", "connect_table/", "settings/"};
  return prefixes;
}

/// What of a reason is ours to decide; `since` is when it began and stays.
bool says_the_same(const Because& a, const Because& b) {
  return a.sentence == b.sentence && a.cause == b.cause && a.attribute == b.attribute && a.remedy == b.remedy;
}

std::string last_part(const std::string& key) { return key.substr(key.rfind('/') + 1); }

void mark_blackholes(Transaction& tx, const NatGateway& nat) {
  for (model::RouteTable table : store::all<model::RouteTable>(tx, nat.account + "/" + nat.region + "/")) {
    bool changed = false;
    for (model::Route& route : table.routes) {
      if (route.nat_gateway_id != nat.id || route.state == "blackhole") continue;
      route.state = "blackhole";
      changed = true;
    }
    if (changed) store::put(tx, table);
  }
}

void associate(Transaction& tx, const NatGateway& nat) {
  const std::string key = nat.account + "/" + nat.region + "/" + nat.allocation_id;
  store::update<model::Address>(tx, key, [&](model::Address& address) {
    address.network_interface_id = nat.network_interface_id;
    address.private_ip = nat.private_ip;
    address.association_id = !nat.association_id.empty() ? nat.association_id : "eipassoc-" + nat.id.substr(nat.id.find('-') + 1);
  });
}

void carry_out(Transaction& tx, NatGateway nat, const NatStep& step, WallTime now) {
  if (step.erase_record) return store::erase<NatGateway>(tx, nat.key());
  if (step.associate_address) associate(tx, nat);
  if (step.delete_interface) {
    store::delete_interface(tx, nat.account + "/" + nat.region + "/" + nat.network_interface_id);
  }
  if (step.state.empty()) return;
  nat.state = step.state;
  nat.failure_code = step.failure_code;
  nat.failure_message = step.failure_message;
  if (step.state == "deleted") {
    nat.deleted_at = now;
    mark_blackholes(tx, nat);
  }
  store::put(tx, nat);
}

}  // namespace

Network::Network(store::Store& store, const Clock& clock, sys::Kernel& kernel, std::filesystem::path forwarding_memory)
    : store_(store), clock_(clock), kernel_(kernel), forwarding_memory_(std::move(forwarding_memory)) {}

void Network::run() {
  while (!store_.is_closed()) {
    step();
    const bool must_retry = reconciler_ == nullptr || reconciler_->has_errors();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next_full_ - clock_.steady());
    const std::chrono::milliseconds patience = must_retry ? std::chrono::milliseconds(kRetry) : left;
    store_.wait(watched(), seen_, std::max(patience, std::chrono::milliseconds(1)));
  }
}

void Network::step() {
  if (!prepare()) return;
  const bool is_full = is_first_ || clock_.steady() >= next_full_;
  const store::Revision revision = store_.revision();
  if (!is_full && revision == seen_ && !reconciler_->has_errors()) return;
  if (is_full) next_full_ = clock_.steady() + kFullPeriod;
  is_first_ = false;

  NetworkView view = store::view_of(store_);
  const Plan wanted = plan(view, *store::find<model::Settings>(store_, model::Settings::kKey));
  reconciler_->apply(wanted, is_full);
  seen_ = revision;
  record_interfaces(view, wanted);
  move_nat_gateways(view, wanted);
  record_reasons(view);
}

bool Network::prepare() {
  if (reconciler_ != nullptr) return true;
  const auto settings = store::find<model::Settings>(store_, model::Settings::kKey);
  if (!settings) return false;
  const std::lock_guard lock(reconciler_mutex_);
  reconciler_ = std::make_shared<Reconciler>(kernel_, *settings, forwarding_memory_);
  return true;
}

Result<void> Network::remove_everything() {
  if (!prepare()) return fail("Settings.Missing", "the daemon's settings are not recorded yet", Blame::host);
  TRY(reconciler_->remove_everything());
  is_first_ = true;
  return {};
}

Result<std::vector<DropCount>> Network::drops() {
  std::shared_ptr<Reconciler> reconciler;
  {
    const std::lock_guard lock(reconciler_mutex_);
    reconciler = reconciler_;
  }
  if (reconciler == nullptr) return std::vector<DropCount>{};
  return reconciler->drops();
}

std::string Network::error_of(const VethPlan& veth) const {
  for (const std::string& subject : {veth.interface_key, veth.space, veth.peer_space}) {
    if (std::string error = reconciler_->error_of(subject); !error.empty()) return error;
  }
  return {};
}

bool Network::is_plumbed(const VethPlan& veth) const { return reconciler_->is_in_force(veth) && error_of(veth).empty(); }

/// Also in `view`, from which reasons are told.
void Network::record_interfaces(NetworkView& view, const Plan& plan) {
  struct Observed {
    bool is_plumbed = false, is_in_place = false;
    std::string error;
  };
  std::map<std::string, Observed> observed;
  for (const VethPlan& veth : plan.veths) {
    if (!veth.interface_key.empty()) observed[veth.interface_key] = {is_plumbed(veth), reconciler_->is_in_place(veth), error_of(veth)};
  }
  std::map<std::string, Observed> changed;
  for (NetworkInterface& interface : view.interfaces) {
    Observed now = observed[interface.key()];
    // A change that its router did not take yet does not undo what works.
    now.is_plumbed = now.is_plumbed || (interface.is_plumbed && now.is_in_place);
    if (interface.is_plumbed == now.is_plumbed && interface.plumb_error == now.error) continue;
    interface.is_plumbed = now.is_plumbed;
    interface.plumb_error = now.error;
    changed[interface.key()] = std::move(now);
  }
  if (changed.empty()) return;
  const auto written = store_.transact([&](Transaction& tx) -> Result<void> {
    for (const auto& [key, now] : changed) {
      store::update<NetworkInterface>(tx, key, [&](NetworkInterface& interface) {
        interface.is_plumbed = now.is_plumbed;
        interface.plumb_error = now.error;
      });
    }
    return {};
  });
  if (!written) {
    log_error("interface state not recorded", {{"error", written.error().message()}});
    seen_ = -1;  // looked at again by the next pass
  }
}

/// Decided on the records, and again inside the transaction: a failure of a NAT gateway is for ever.
void Network::move_nat_gateways(const NetworkView& view, const Plan& plan) {
  const WallTime now = clock_.wall();
  for (const NatGateway& nat : view.nat_gateways) {
    const auto veth = std::ranges::find_if(plan.veths, [&](const VethPlan& candidate) {
      return !nat.network_interface_id.empty() && last_part(candidate.interface_key) == nat.network_interface_id;
    });
    const bool plumbed = veth != plan.veths.end() && is_plumbed(*veth);
    if (!next_step(nat, view, plumbed, now)) continue;
    std::string state;
    const auto written = store_.transact([&](Transaction& tx) -> Result<void> {
      state.clear();
      const auto current = store::find<NatGateway>(tx, nat.key());
      if (!current) return {};
      const auto step = next_step(*current, store::view_of(tx), plumbed, now);
      if (!step) return {};
      carry_out(tx, *current, *step, now);
      state = step->state;
      return {};
    });
    if (!written) {
      log_error("NAT gateway state not recorded", {{"nat", nat.id}, {"error", written.error().message()}});
      seen_ = -1;
    } else if (!state.empty()) {
      log_info("NAT gateway changed state", {{"nat", nat.id}, {"state", state}});
    }
  }
}

void Network::record_reasons(const NetworkView& view) {
  std::map<std::string, Because> wanted;
  const auto want = [&](Because reason) { wanted[reason.key()] = std::move(reason); };
  for (const NatGateway& nat : view.nat_gateways) {
    if (const std::string found = why_useless(nat, view); !found.empty()) {
      const model::RouteTable* table = effective_route_table(view, nat.subnet_id);
      model::Blame blame = table == nullptr ? model::Blame{.cause = nat.id, .attribute = "subnet_id", .remedy = {}} : model::blame_of_useless_nat(view, nat, *table);
      want({.subject = nat.id, .code = kUseless, .sentence = found, .cause = std::move(blame.cause), .attribute = std::move(blame.attribute), .remedy = std::move(blame.remedy),
            .evidence = {{"subnet", nat.subnet_id}, {"route_table", table == nullptr ? "" : table->id}}});
    }
    if (nat.state == "failed") {
      want({.subject = nat.id, .code = kFailed, .sentence = fmt::format("{} failed: {}", nat.id, nat.failure_message),
            .cause = nat.id, .attribute = nat.failure_code.starts_with("Gateway") ? "depends_on" : "allocation_id",
            .remedy = "Correct the cause and create the NAT gateway again; a failed one never recovers.",
            .evidence = {{"failure_code", nat.failure_code}}});
    }
  }
  for (const NetworkInterface& interface : view.interfaces) {
    if (interface.plumb_error.empty()) continue;
    want({.subject = interface.id, .code = kNotPlumbed,
          .sentence = fmt::format("{} ({}) is not in the kernel as it should be: {}", interface.id, interface.private_ip, interface.plumb_error),
          .cause = {}, .attribute = {}, .remedy = "See the daemon's log; it tries again each second."});
  }

  std::vector<std::string> obsolete;
  for (const Because& reason : store::all<Because>(store_)) {
    if (reason.code != kUseless && reason.code != kFailed && reason.code != kNotPlumbed) continue;
    const auto same = wanted.find(reason.key());
    if (same == wanted.end()) {
      obsolete.push_back(reason.key());
    } else if (says_the_same(same->second, reason)) {
      wanted.erase(same);
    } else {
      same->second.since = reason.since;
    }
  }
  if (wanted.empty() && obsolete.empty()) return;
  const auto written = store_.transact([&](Transaction& tx) -> Result<void> {
    for (const std::string& key : obsolete) store::erase<Because>(tx, key);
    for (auto& [key, reason] : wanted) {
      if (!reason.since) reason.since = clock_.wall();
      store::put(tx, reason);
    }
    return {};
  });
  if (!written) log_error("reasons not recorded", {{"error", written.error().message()}});
}

}  // namespace landfall::vpc
