#include "dns/answer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "base/text.h"
#include "model/aws_service.h"
#include "model/delegation.h"
#include "store/table.h"

namespace landfall::dns {
namespace {

using model::HostedZone;
using model::LoadBalancer;
using model::RecordSet;

constexpr int kAliasTtl = 60;         // Route 53 guide: alias records to load balancers
constexpr int kMaxCnameChain = 8;
constexpr int kMaxAliasDepth = 8;   // aliases to aliases; AWS refuses circles
constexpr std::string_view kWildcard = "\\052";

using model::is_at_or_below;

std::string with_dot(std::string_view name) { return lower(name) + (name.ends_with('.') ? "" : "."); }

/// Who asks, and how.
struct Asking {
  const Names& names;
  const model::Vpc* vpc = nullptr;  ///< null: the world
  const Chance& chance;
  int depth = 0;                    ///< aliases followed so far
  std::string_view region() const { return vpc != nullptr ? std::string_view(vpc->region) : std::string_view(names.settings.region); }
};

std::string parent_of(std::string_view name) { return std::string(name.substr(name.find('.') + 1)); }

/// The zone with the longest name that holds `name`, among those that `wanted` accepts.
template <class Wanted>
const HostedZone* best_zone(const Names& names, std::string_view name, Wanted wanted) {
  const HostedZone* best = nullptr;
  for (const HostedZone& zone : names.zones) {
    const bool longer = best == nullptr || zone.name.size() > best->name.size();
    if (longer && is_at_or_below(name, zone.name) && wanted(zone)) best = &zone;
  }
  return best;
}

std::vector<const RecordSet*> records_named(const std::vector<RecordSet>& all, std::string_view name) {
  std::vector<const RecordSet*> found;
  for (const RecordSet& record : all) {
    if (record.name == name) found.push_back(&record);
  }
  return found;
}

/// Exact name, else the closest wildcard above it. A name that exists, or that has names below it, hides wildcards.
std::vector<const RecordSet*> matching(const std::vector<RecordSet>& all, const std::string& name,
                                       std::string_view zone) {
  std::vector<const RecordSet*> exact = records_named(all, name);
  const bool has_children = std::ranges::any_of(all, [&](const RecordSet& r) { return r.name != name && is_at_or_below(r.name, name); });
  if (!exact.empty() || has_children) return exact;
  for (std::string above = parent_of(name); is_at_or_below(above, zone); above = parent_of(above)) {
    std::vector<const RecordSet*> wild = records_named(all, std::string(kWildcard) + "." + above);
    if (!wild.empty()) return wild;
    const bool closest_encloser = std::ranges::any_of(all, [&](const RecordSet& r) { return is_at_or_below(r.name, above); });
    if (closest_encloser || above == zone) break;
  }
  return {};
}

const LoadBalancer* balancer_named(const Names& names, std::string_view name) {
  std::string plain = with_dot(name);
  if (plain.starts_with("dualstack.")) plain = plain.substr(10);
  for (const LoadBalancer& balancer : names.balancers) {
    if (with_dot(balancer.dns_name) == plain) return &balancer;
  }
  return nullptr;
}

/// `zone`  whose node is meant alone; empty: all.
void add_balancer(const LoadBalancer& balancer, const Question& question, Answer& into, std::string_view zone = {}) {
  if (question.type == "A") {
    for (const auto& node : balancer.nodes) {
      if (!zone.empty() && node.zone != zone) continue;
      const std::string& address = balancer.scheme == "internal" ? node.private_ip : node.public_ip;
      if (node.is_in_dns && !address.empty()) into.records.push_back(fmt::format("{} {} IN A {}", question.name, kAliasTtl, address));
    }
  }
  into.outcome = into.records.empty() ? Outcome::no_data : Outcome::answered;
}

std::string soa_of(const std::vector<RecordSet>& all, const HostedZone& zone) {
  for (const RecordSet& record : all) {
    if (record.name == zone.name && record.type == "SOA" && !record.values.empty()) {
      return fmt::format("{} {} IN SOA {}", zone.name, record.ttl, record.values[0]);
    }
  }
  return "";
}

Answer answer_once(const Asking& asking, const Question& question);

/// Follows an alias inside our own data; an alias to a record of the same zone is answered in place.
void add_alias(const Asking& asking, const RecordSet& record, const Question& question, Answer& into) {
  if (const LoadBalancer* balancer = balancer_named(asking.names, record.alias->dns_name)) {
    return add_balancer(*balancer, question, into);
  }
  if (asking.depth >= kMaxAliasDepth) return;
  Asking deeper = asking;
  ++deeper.depth;
  const Answer target = answer_once(deeper, {.name = with_dot(record.alias->dns_name), .type = question.type});
  for (const std::string& text : target.records) {
    into.records.push_back(question.name + text.substr(text.find(' ')));
  }
  into.outcome = into.records.empty() ? Outcome::no_data : Outcome::answered;
}

const std::vector<RecordSet>& records_of(const Names& names, const std::string& zone_id) {
  static const std::vector<RecordSet> none;
  const auto found = names.records.find(zone_id);
  return found == names.records.end() ? none : found->second;
}

/// Its health check, and for an alias that asks for it the load balancer, or any of the record sets that it leads to.
bool is_healthy(const Names& names, const RecordSet& record, int depth = 0) {
  if (!record.health_check_id.empty() && names.sick_checks.contains(record.health_check_id)) return false;
  if (!record.alias || !record.alias->evaluate_target_health || depth >= kMaxAliasDepth) return true;
  if (const LoadBalancer* balancer = balancer_named(names, record.alias->dns_name)) return !names.sick_balancers.contains(balancer->arn);
  bool is_known = false;
  for (const RecordSet& target : records_of(names, record.zone_id)) {
    if (target.name != record.alias->dns_name || target.type != record.type) continue;
    is_known = true;
    if (is_healthy(names, target, depth + 1)) return true;
  }
  return !is_known;
}

/// One type's record sets after another, of each those that its routing policy chooses.
std::vector<const RecordSet*> routed(const Asking& asking, const std::vector<const RecordSet*>& records, const Question& question) {
  std::map<std::string_view, std::vector<const RecordSet*>> types;
  for (const RecordSet* record : records) {
    if (record->type == question.type || record->type == "CNAME" || question.type == "ANY") types[record->type].push_back(record);
  }
  std::vector<const RecordSet*> all;
  for (const auto& [type, sets] : types) {
    const auto some = chosen(sets, asking.region(), [&](const RecordSet& set) { return is_healthy(asking.names, set); }, asking.chance);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Answer from_zone(const Asking& asking, const HostedZone& zone, const Question& question) {
  const std::vector<RecordSet>& all = records_of(asking.names, zone.id);
  Answer result;
  const std::vector<const RecordSet*> records = matching(all, question.name, zone.name);
  const bool exists = !records.empty() || std::ranges::any_of(all, [&](const RecordSet& r) { return is_at_or_below(r.name, question.name); });
  result.outcome = exists ? Outcome::no_data : Outcome::no_such_name;
  for (const RecordSet* record : routed(asking, records, question)) {
    if (record->alias) {
      add_alias(asking, *record, question, result);
      continue;
    }
    for (const std::string& value : record->values) {
      result.records.push_back(fmt::format("{} {} IN {} {}", question.name, record->ttl, record->type, value));
      result.outcome = Outcome::answered;
    }
  }
  if (result.outcome != Outcome::answered) {
    if (std::string soa = soa_of(all, zone); !soa.empty()) result.authority.push_back(std::move(soa));
  }
  return result;
}

std::string internal_domain(std::string_view region) {
  return region == "us-east-1" ? "ec2.internal." : fmt::format("{}.compute.internal.", region);
}

/// "ip-10-0-1-5.us-west-2.compute.internal." for addresses of the VPC's interfaces.
std::optional<Answer> internal_name(const Names& names, const model::Vpc& vpc, const Question& question) {
  const std::string domain = internal_domain(vpc.region);
  if (!question.name.starts_with("ip-") || !question.name.ends_with("." + domain)) return std::nullopt;
  const std::string label = question.name.substr(3, question.name.size() - domain.size() - 4);
  const std::string address = replace_all(label, "-", ".");
  for (const auto& interface : names.interfaces) {
    if (interface.vpc_id != vpc.id || interface.private_ip != address) continue;
    Answer result{.outcome = Outcome::no_data};
    if (question.type == "A") {
      result.outcome = Outcome::answered;
      result.records.push_back(fmt::format("{} {} IN A {}", question.name, kAliasTtl, address));
    }
    return result;
  }
  return Answer{.outcome = Outcome::no_such_name};
}

Answer addresses(const std::vector<std::string>& ips, const Question& question) {
  Answer result{.outcome = Outcome::no_data};
  if (question.type != "A") return result;
  for (const std::string& ip : ips) result.records.push_back(fmt::format("{} {} IN A {}", question.name, kAliasTtl, ip));
  if (!ips.empty()) result.outcome = Outcome::answered;
  return result;
}

/// Private addresses of an interface endpoint: all, or that of one zone.
std::vector<std::string> addresses_of(const Names& names, const model::VpcEndpoint& endpoint, std::string_view zone = {}) {
  std::vector<std::string> ips;
  for (const auto& [subnet, id] : endpoint.interfaces) {
    const auto found = std::ranges::find(names.interfaces, id, &model::NetworkInterface::id);
    if (found != names.interfaces.end() && (zone.empty() || found->zone == zone)) ips.push_back(found->private_ip);
  }
  return ips;
}

/// "vpce-0a1-k3x9….logs.us-west-2.vpce.amazonaws.com", and with a zone after the label: the endpoint's own names, known to all.
Answer endpoint_name(const Names& names, const Question& question) {
  const std::string_view label = std::string_view(question.name).substr(0, question.name.find('.'));
  for (const model::VpcEndpoint& endpoint : names.endpoints) {
    const std::string stem = endpoint.id + "-" + endpoint.dns_label;
    if (label == stem) return addresses(addresses_of(names, endpoint), question);
    if (label.starts_with(stem + "-")) return addresses(addresses_of(names, endpoint, label.substr(stem.size() + 1)), question);
  }
  return {.outcome = Outcome::no_such_name};
}

/// The interface endpoint that takes a service's names over in this VPC (VPC guide, Private DNS: both DNS attributes are needed).
const model::VpcEndpoint* taker_of(const Names& names, const model::Vpc* vpc, const model::ServiceHost& host) {
  if (vpc == nullptr || host.service == nullptr || host.region != vpc->region || !vpc->enable_dns_support || !vpc->enable_dns_hostnames) return nullptr;
  const auto found = std::ranges::find_if(names.endpoints, [&](const model::VpcEndpoint& endpoint) {
    return endpoint.vpc_id == vpc->id && endpoint.has_private_dns && endpoint.service == host.service->name;
  });
  return found == names.endpoints.end() ? nullptr : &*found;
}

/// A load balancer's own name; of a network one also ZONE.NAME, for the node of that zone (NLB user guide, DNS name).
Answer balancer_name(const Names& names, const Question& question) {
  Answer result{.outcome = Outcome::no_such_name};
  if (const LoadBalancer* balancer = balancer_named(names, question.name)) {
    add_balancer(*balancer, question, result);
    return result;
  }
  const size_t dot = question.name.find('.');
  const LoadBalancer* balancer = dot == std::string::npos ? nullptr : balancer_named(names, question.name.substr(dot + 1));
  const std::string zone = question.name.substr(0, dot);
  if (balancer != nullptr && balancer->type == "network" && model::is_zone_enabled(*balancer, zone)) add_balancer(*balancer, question, result, zone);
  return result;
}

/// AWS's own names: load balancers by theirs, services by the endpoint's addresses.
std::optional<Answer> aws_name(const Names& names, const model::Vpc* vpc, const Question& question) {
  if (!is_at_or_below(question.name, "amazonaws.com.")) return std::nullopt;
  if (question.name.find(".elb.") != std::string::npos && question.name.find(".auth.elb.") == std::string::npos) return balancer_name(names, question);
  if (question.name.ends_with(".vpce.amazonaws.com.")) return endpoint_name(names, question);
  const model::ServiceHost host = model::service_of_host(std::string_view(question.name).substr(0, question.name.size() - 1));
  if (const model::VpcEndpoint* taker = taker_of(names, vpc, host)) return addresses(addresses_of(names, *taker), question);
  const auto own = host.service == nullptr ? std::nullopt : own_address(names.settings, *host.service);
  return addresses({own ? to_string(*own) : names.settings.endpoint_address}, question);
}

std::vector<std::string> name_servers_at(const Names& names, const std::string& zone_id, std::string_view name) {
  for (const RecordSet& record : records_of(names, zone_id)) {
    if (record.name == name && record.type == "NS") return record.values;
  }
  return {};
}

Answer answer_once(const Asking& asking, const Question& question) {
  const Names& names = asking.names;
  if (asking.vpc != nullptr) {
    const model::Vpc& vpc = *asking.vpc;
    const auto attached = [&](const HostedZone& zone) {
      return zone.is_private && vpc.enable_dns_hostnames &&
             std::ranges::any_of(zone.vpcs, [&](const model::ZoneVpc& z) { return z.vpc_id == vpc.id; });
    };
    if (const HostedZone* zone = best_zone(names, question.name, attached)) return from_zone(asking, *zone, question);
    if (auto internal = internal_name(names, vpc, question)) return *internal;
  }
  if (auto own = aws_name(names, asking.vpc, question)) return *own;
  const HostedZone* zone = model::delegation_of(names.zones, [&](const std::string& id, std::string_view name) { return name_servers_at(names, id, name); }, question.name).zone;
  return zone != nullptr ? from_zone(asking, *zone, question) : Answer{};
}

/// The load balancers that have a target group without a healthy target, or none at all (Route 53 guide, Values for alias records).
std::set<std::string> sick_balancers(const store::Store& store) {
  std::map<std::string, int> healthy;
  for (const auto& target : store::all<model::Target>(store)) healthy[target.target_group_arn] += target.state == "healthy";
  const auto listeners = store::all<model::Listener>(store);
  const auto rules = store::all<model::Rule>(store);
  std::set<std::string> sick;
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store)) sick.insert(balancer.arn);
  std::set<std::string> well;
  for (const auto& group : store::all<model::TargetGroup>(store)) {
    for (const std::string& arn : model::load_balancers_of(group, listeners, rules)) well.insert(arn);
  }
  for (const auto& group : store::all<model::TargetGroup>(store)) {
    if (healthy[group.arn] > 0) continue;
    for (const std::string& arn : model::load_balancers_of(group, listeners, rules)) well.erase(arn);
  }
  for (const std::string& arn : well) sick.erase(arn);
  return sick;
}

bool asks_for_health(const RecordSet& record) { return record.alias && record.alias->evaluate_target_health && !record.set_identifier.empty(); }

}  // namespace

Names names_of(const store::Store& store) {
  Names names;
  names.settings = store::find<model::Settings>(store, model::Settings::kKey).value_or(model::Settings{});
  names.zones = store::all<HostedZone>(store);
  for (RecordSet& record : store::all<RecordSet>(store)) names.records[record.zone_id].push_back(std::move(record));
  names.balancers = store::all<LoadBalancer>(store);
  names.vpcs = store::all<model::Vpc>(store);
  names.interfaces = store::all<model::NetworkInterface>(store);
  for (const auto& health : store::all<model::DnsHealth>(store)) {
    if (!health.is_healthy) names.sick_checks.insert(health.id);
  }
  const auto asks = [](const auto& zone) { return std::ranges::any_of(zone.second, asks_for_health); };
  if (std::ranges::any_of(names.records, asks)) names.sick_balancers = sick_balancers(store);
  names.endpoints = store::all<model::VpcEndpoint>(store);
  return names;
}

Answer answer(const Names& names, const model::Vpc* vpc, const Question& question, const Chance& chance) {
  const Asking asking{.names = names, .vpc = vpc, .chance = chance};
  Answer result = answer_once(asking, question);
  Question next = question;
  for (int hop = 0; hop < kMaxCnameChain && !result.records.empty(); ++hop) {
    const std::vector<std::string> parts = split(result.records.back(), ' ');
    if (parts.size() < 5 || parts[3] != "CNAME" || question.type == "CNAME" || question.type == "ANY") break;
    next.name = with_dot(parts[4]);
    const Answer target = answer_once(asking, next);
    if (target.records.empty()) break;
    result.records.insert(result.records.end(), target.records.begin(), target.records.end());
  }
  return result;
}

Answer answer_of_zone(const Names& names, const model::HostedZone& zone, const Question& question, const Chance& chance) {
  return from_zone({.names = names, .vpc = nullptr, .chance = chance}, zone, question);
}

}  // namespace landfall::dns
