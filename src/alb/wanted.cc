#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alb/controller.h"
#include "model/certificate.h"
#include "model/network.h"
#include "model/unusable_address.h"
#include "store/table.h"

namespace landfall::alb {
namespace {

void add_groups(const std::vector<model::Action>& actions, std::set<std::string>& arns) {
  for (const model::Action& action : actions) {
    for (const auto& group : action.target_groups) arns.insert(group.arn);
  }
}

Result<ListenerConfig> listener_config(const store::Store& store, const model::Listener& listener, const std::vector<model::Rule>& rules) {
  ListenerConfig config{.listener = listener, .certificates = {}, .rules = {}, .trust = std::nullopt};
  if (listener.mutual_authentication.mode == "verify") {
    const auto trusted = store::find<model::TrustStore>(store, listener.mutual_authentication.trust_store_arn);
    if (!trusted) return fail("Alb.TrustStoreMissing", fmt::format("trust store {} of the listener on port {} is not there", listener.mutual_authentication.trust_store_arn, listener.port));
    config.trust.emplace().ca_pem = trusted->ca_pem;
    for (const auto& revocation : trusted->revocations) config.trust->crl_pems.push_back(revocation.crl_pem);
  }
  for (const model::Rule& rule : rules) {
    if (rule.listener_arn == listener.arn) config.rules.push_back(rule);
  }
  for (const auto& listed : listener.certificates) {
    const auto certificate = store::find<model::Certificate>(store, listed.arn);
    if (!certificate || certificate->status != "ISSUED") return fail("Alb.CertificateMissing", fmt::format("certificate {} of the listener on port {} is not issued", listed.arn, listener.port));
    config.certificates.push_back({.arn = listed.arn, .chain_pem = certificate->certificate_pem + certificate->chain_pem, .key_file = certificate->key_file, .is_default = listed.is_default});
  }
  return config;
}

}  // namespace

std::string refused_nodes(const store::Store& store, const model::LoadBalancer& balancer) {
  std::string refused;
  for (const auto& node : balancer.nodes) {
    const auto interface = store::find<model::NetworkInterface>(store, balancer.account + "/" + balancer.region + "/" + node.network_interface_id);
    if (interface && !interface->is_plumbed && !interface->plumb_error.empty()) refused += fmt::format("{}the node in {} could not be brought up: {}", refused.empty() ? "" : "; ", node.zone, interface->plumb_error);
  }
  return refused;
}

Result<Config> wanted_config(const store::Store& store, const model::LoadBalancer& balancer) {
  Config config{.revision = 0, .balancer = balancer, .nodes = {}, .listeners = {}, .groups = {}};
  config.balancer.state.clear();  // what we say of it is not part of what it is told
  config.balancer.state_reason.clear();
  for (const auto& node : balancer.nodes) {
    const auto interface = store::find<model::NetworkInterface>(store, balancer.account + "/" + balancer.region + "/" + node.network_interface_id);
    if (!interface || !interface->is_plumbed) {
      return fail("Alb.NodeNotPlumbed", fmt::format("the interface {} of load balancer {} in {} is not in the kernel yet", node.network_interface_id, balancer.name, node.zone));
    }
    config.nodes.push_back({.zone = node.zone, .address = node.private_ip, .device = balancer.type == "network" ? interface->device : ""});
  }
  std::set<std::string> groups;
  const auto rules = store::all<model::Rule>(store);
  for (const model::Listener& listener : store::all<model::Listener>(store)) {
    if (listener.load_balancer_arn != balancer.arn) continue;
    config.listeners.push_back(TRY(listener_config(store, listener, rules)));
    add_groups(listener.default_actions, groups);
    for (const model::Rule& rule : config.listeners.back().rules) add_groups(rule.actions, groups);
  }
  if (std::ranges::any_of(config.listeners, has_logins)) {
    const auto key = store::find<model::ClaimsKey>(store, balancer.region);
    if (!key) return fail("Alb.ClaimsKeyMissing", fmt::format("the key that signs claims in {} is not there", balancer.region));
    config.signer = SignerConfig{.id = key->id, .key_file = key->key_file};
  }
  const auto balancers = store::all<model::LoadBalancer>(store);
  for (const std::string& arn : groups) {
    const auto group = store::find<model::TargetGroup>(store, arn);
    if (!group) continue;
    GroupConfig compiled{.group = *group, .targets = {}};
    for (model::Target target : store::all<model::Target>(store, arn + "#")) {
      if (!model::is_zone_enabled(balancer, target.zone) || model::is_address_of_balancer(balancers, *group, target.id)) continue;
      // Only what the worker acts on: its own reports must not look like a new configuration.
      compiled.targets.push_back({.target_group_arn = arn, .id = target.id, .port = target.port, .zone = target.zone, .desired = target.desired});
    }
    config.groups.push_back(std::move(compiled));
  }
  return config;
}

}  // namespace landfall::alb
