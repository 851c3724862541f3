#include "why/request.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "model/delegation.h"
#include "model/routing.h"
#include "why/own_answer.h"

namespace landfall::why {
namespace {

using model::Listener;
using model::LoadBalancer;
using model::Rule;

bool is_name(const std::string& known, const std::string& host) {
  return known == host || (known.starts_with("*.") && host.ends_with(known.substr(1)) && host.size() > known.size() - 1);
}

/// Whether it says where a name is.
bool is_address(const model::RecordSet& record) { return record.type == "A" || record.type == "AAAA" || record.type == "CNAME"; }

std::string zone_name(const model::HostedZone& zone) {
  std::string name = zone.name;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::vector<std::string> name_servers_at(const Ground& ground, const std::string& zone_id, std::string_view name) {
  for (const model::RecordSet& record : ground.records) {
    if (record.zone_id == zone_id && record.name == name && record.type == "NS") return record.values;
  }
  return {};
}

const model::HostedZone* zone_by_id(const Ground& ground, const std::string& id) {
  const auto found = std::ranges::find(ground.zones, id, &model::HostedZone::id);
  return found == ground.zones.end() ? nullptr : &*found;
}

/// Records of the name may stand in a zone that nobody asks: another zone of its name or above it is asked, none delegates
/// to it, or it is private. Told if no record of the name stands where it is looked for.
void find_unasked_zone(const Ground& ground, const std::string& host, Question& question) {
  const std::string name = host + ".";
  const auto asked = model::delegation_of(ground.zones, [&](const std::string& id, std::string_view at) { return name_servers_at(ground, id, at); }, name);
  const model::HostedZone* standing = nullptr;
  for (const model::RecordSet& record : ground.records) {
    if (record.name != name || !is_address(record)) continue;
    if (asked.zone != nullptr && record.zone_id == asked.zone->id) return;
    if (const auto* zone = zone_by_id(ground, record.zone_id)) standing = zone;
  }
  if (standing == nullptr || (standing->is_private && asked.zone == nullptr)) return;
  if (standing->is_private) {
    question.findings.push_back(finding_at(ground, "Dns.PrivateZone", standing->id, "vpc", fmt::format("the record {} stands in the private zone {} ({}), which answers inside its VPCs alone; the world asks {}", host, zone_name(*standing), standing->id, asked.zone->id),
                                        "put the record into the public zone of the name, or ask from inside the VPC"));
  } else if (asked.zone != nullptr && asked.zone->name == standing->name) {
    question.findings.push_back(finding_at(ground, "Dns.OtherZone", standing->id, "name", fmt::format("the record {} stands in zone {} ({}), and another zone of that name is asked: {}", host, zone_name(*standing), standing->id, asked.zone->id),
                                        fmt::format("put the record into {}, or take one of the two zones away", asked.zone->id)));
  } else if (asked.zone != nullptr) {
    question.findings.push_back(finding_at(ground, "Dns.NotDelegated", standing->id, "name_servers", fmt::format("the record {} stands in zone {} ({}), and zone {} has no NS records that delegate to it", host, zone_name(*standing), standing->id, zone_name(*asked.zone)),
                                        fmt::format("add an NS record {} with the zone's name servers to zone {}", zone_name(*standing), zone_name(*asked.zone))));
  } else if (asked.parent != nullptr) {
    question.findings.push_back(finding_at(ground, "Dns.LameDelegation", asked.parent->id, "records", fmt::format("zone {} delegates {} to name servers of no zone here; the record {} stands in zone {} ({})", zone_name(*asked.parent), asked.lame_at, host, zone_name(*standing), standing->id),
                                        fmt::format("set the NS record to the name servers of {}: {}", standing->id, join(standing->name_servers, ", "))));
  }
}

/// A record of that very name which leads to no load balancer of ours: its id is Terraform's.
bool leads_elsewhere(const Ground& ground, const std::string& host, Question& question) {
  for (const model::RecordSet& record : ground.records) {
    if (record.name != host + "." || !is_address(record)) continue;
    const std::string to = record.alias ? record.alias->dns_name : join(record.values, ", ");
    question.findings.push_back(finding_at(ground, "Dns.LeadsElsewhere", fmt::format("{}_{}_{}", record.zone_id, host, record.type), record.alias ? "alias" : "records", fmt::format("the {} record of {} leads to {}, which is no load balancer of this account", record.type, host, to),
                                           "let the record lead to the load balancer: an alias to its dns_name and zone_id"));
    return true;
  }
  return false;
}

/// The load balancer that the name leads to. Null: none, and said why if one of our zones should know.
const LoadBalancer* balancer_of(const Ground& ground, const Url& url, Question& question) {
  find_unasked_zone(ground, url.host, question);
  for (const LoadBalancer& balancer : ground.balancers) {
    const auto names = model::names_of(balancer, ground.records);
    const bool leads = lower(balancer.dns_name) == url.host || std::ranges::any_of(names, [&](const auto& name) { return is_name(name, url.host); }) ||
                       std::ranges::any_of(balancer.nodes, [&](const auto& node) { return node.public_ip == url.host || node.private_ip == url.host; });
    if (!leads) continue;
    question.checked.push_back(fmt::format("{} leads to load balancer {} ({})", url.host, balancer.name, balancer.state));
    return &balancer;
  }
  if (!question.findings.empty() || leads_elsewhere(ground, url.host, question)) return nullptr;
  for (const model::HostedZone& zone : ground.zones) {
    const std::string name = zone_name(zone);
    if (url.host != name && !url.host.ends_with(fmt::format(".{}", name))) continue;
    question.findings.push_back(finding_at(ground, "Dns.NoRecord", zone.id, "record", fmt::format("zone {} has no record that leads {} to a load balancer", name, url.host),
                                        fmt::format("add an aws_route53_record for {} with an alias to the load balancer", url.host)));
    return nullptr;
  }
  question.checked.push_back(fmt::format("no record of this account leads {} to a load balancer", url.host));
  return nullptr;
}

/// A rule that would take the request if its path pattern went on: "/api" for /api/users, "/api/*" for /api.
void find_near_path(const Ground& ground, const Listener& listener, const Url& url, const Rule* taken, Question& question) {
  for (const Rule& rule : ground.rules) {
    if (rule.listener_arn != listener.arn || &rule == taken || (taken != nullptr && taken->priority < rule.priority)) continue;
    for (const auto& condition : rule.conditions) {
      if (condition.field != "path-pattern") continue;
      for (const std::string& pattern : condition.values) {
        const bool goes_on = pattern.find_first_of("*?") == std::string::npos && pattern.size() > 1 && url.path.starts_with(fmt::format("{}/", pattern));
        const bool stops_short = pattern.ends_with("/*") && url.path == pattern.substr(0, pattern.size() - 2);
        Rule widened = rule;
        for (auto& other : widened.conditions) {
          if (other.field == "path-pattern") other.values = {"*"};
        }
        if ((!goes_on && !stops_short) || !model::matches(widened, {.host = url.host, .path = url.path, .query = url.query})) continue;
        const std::string wanted = goes_on ? fmt::format("{}/*", pattern) : url.path;
        question.findings.push_back(finding_at(ground, "Rule.PathMissed", rule.arn, "condition.path_pattern",
                                            fmt::format("{} is not taken by the rule with priority {}: its path pattern {} does not cover it{}", url.path, rule.priority, pattern, taken == nullptr ? ", and the default action answers" : ""),
                                            fmt::format("add \"{}\" to the patterns of the rule", wanted)));
      }
    }
  }
}

void touch_group(const Ground& ground, const std::string& arn, Question& question) {
  question.ids.insert(arn);
  int healthy = 0, all = 0;
  for (const model::Target& target : ground.targets) {
    if (target.target_group_arn != arn || target.desired != "registered") continue;
    ++all;
    healthy += target.state == "healthy";
  }
  question.checked.push_back(fmt::format("target group {}: {} of {} targets healthy", name_of(ground, arn), healthy, all));
  const model::Service* user = nullptr;
  for (const model::Service& service : ground.services) {
    const auto near = around(ground, service);
    if (service.status == "INACTIVE" || !near.contains(arn)) continue;
    user = &service;
    question.ids.insert(service.arn);
    for (const std::string& id : near) {
      if (id.find(":listener-rule/") == std::string::npos) question.ids.insert(id);
    }
  }
  if (all > 0) return;
  if (user == nullptr) {
    question.findings.push_back(finding_at(ground, "TargetGroup.Empty", arn, "", fmt::format("the request goes to target group {}, which has no targets: no service names it in a load_balancer block", name_of(ground, arn)),
                                        "name the group in the service, or forward to the group that a service uses"));
  } else if (user->desired_count == 0) {
    question.findings.push_back(finding_at(ground, "Service.DesiredCountZero", user->arn, "desired_count", fmt::format("the request goes to service {}, whose desired_count is 0", user->name), "raise desired_count"));
  }
}

/// A connection of a network load balancer: its target speaks with the client, and no rule is asked.
void pass_flow_listener(const Ground& ground, const Listener& listener, const Url& url, Question& question) {
  if (listener.protocol == "TLS" && url.scheme == "http") {
    question.findings.push_back(finding_at(ground, "Listener.OtherProtocol", listener.arn, "protocol", fmt::format("the listener on port {} speaks TLS, and the request is {}", listener.port, url.scheme), "set protocol = \"TCP\", or ask with https"));
  } else if (listener.protocol == "TLS") {
    const auto* chosen = model::chosen_certificate(listener, ground.certificates, url.host);
    question.checked.push_back(fmt::format("certificate: {}", chosen == nullptr ? "none known" : join(chosen->names, ", ")));
    if (chosen != nullptr) question.ids.insert(chosen->arn);
  }
  question.checked.push_back(fmt::format("listener on port {}: {} passes connections on", listener.port, listener.protocol));
  for (const model::Action& action : listener.default_actions) {
    for (const auto& group : action.target_groups) {
      if (group.weight > 0) touch_group(ground, group.arn, question);
    }
  }
}

/// Returns where the client is sent on to.
std::optional<Onward> pass_listener(const Ground& ground, const Listener& listener, const Url& url, Question& question) {
  question.ids.insert(listener.arn);
  if (model::is_of_flows(listener.protocol)) {
    pass_flow_listener(ground, listener, url, question);
    return std::nullopt;
  }
  if (url.scheme == "https" && listener.protocol == "HTTPS") {
    const auto* chosen = model::chosen_certificate(listener, ground.certificates, url.host);
    question.checked.push_back(fmt::format("certificate: {}", chosen == nullptr ? "none known" : join(chosen->names, ", ")));
    if (chosen != nullptr) question.ids.insert(chosen->arn);
  } else if (url.scheme == "https" || listener.protocol == "HTTPS") {
    question.findings.push_back(finding_at(ground, "Listener.OtherProtocol", listener.arn, "protocol", fmt::format("the listener on port {} speaks {}, and the request is {}", listener.port, listener.protocol, url.scheme),
                                        fmt::format("set protocol = \"{}\"{}", url.scheme == "https" ? "HTTPS" : "HTTP", url.scheme == "https" ? " and a certificate_arn" : "")));
  }
  const model::RequestLine request{.host = url.host, .path = url.path, .query = url.query};
  const Rule* rule = model::first_match(listener, ground.rules, request);
  const auto& actions = rule == nullptr ? listener.default_actions : rule->actions;
  question.checked.push_back(fmt::format("listener on port {}: {} answers with {}", listener.port, rule == nullptr ? "the default action" : fmt::format("the rule with priority {}", rule->priority),
                                         actions.empty() ? "nothing" : actions.back().type));
  for (const Rule& other : ground.rules) {
    if (other.listener_arn == listener.arn && &other != rule && model::matches(other, request)) question.ids.insert(other.arn);
  }
  find_near_path(ground, listener, url, rule, question);
  for (const model::Action& action : actions) {
    for (const auto& group : action.target_groups) {
      if (group.weight > 0) touch_group(ground, group.arn, question);
    }
  }
  return judge_own_answer(ground, listener, rule, url, question);
}

constexpr int kMaxRedirects = 10;

/// Redirects that lead back: the one from https to http is to blame if there is one, else the last. `passed[i]` was sent on by `hops[i]`.
void tell_circle(const Ground& ground, const std::vector<Url>& passed, const std::vector<Onward>& hops, Question& question) {
  size_t blamed = hops.size() - 1;
  for (size_t i = 0; i < hops.size(); ++i) {
    if (passed[i].scheme == "https" && hops[i].to.scheme == "http") blamed = i;
  }
  const auto text = [](const Url& url) { return fmt::format("{}://{}:{}{}", url.scheme, url.host, url.port, url.path); };
  question.findings.push_back(finding_at(ground, "Listener.RedirectsInCircle", hops[blamed].cause, hops[blamed].attribute, fmt::format("{} is redirected to {}, which leads back to it: a client goes round until it gives up", text(passed[blamed]), text(hops[blamed].to)),
                                         "forward to a target group on one of the two"));
}

/// Whether the name is asked in a private zone, whose VPCs reach an internal load balancer.
bool is_private_name(const Ground& ground, const std::string& host) {
  return std::ranges::any_of(ground.records, [&](const model::RecordSet& record) {
    const auto* zone = zone_by_id(ground, record.zone_id);
    return record.name == host + "." && zone != nullptr && zone->is_private;
  });
}

/// To the balancer that answers. Returns where it sends the client on to.
std::optional<Onward> follow_once(const Ground& ground, const Url& url, Question& question) {
  question.ids.insert(fmt::format("{}://{}", url.scheme, url.host));
  const LoadBalancer* balancer = balancer_of(ground, url, question);
  if (balancer == nullptr) return std::nullopt;
  question.ids.insert(balancer->arn);
  if (balancer->scheme == "internal" && !is_private_name(ground, url.host)) {
    question.findings.push_back(finding_at(ground, "LoadBalancer.Internal", balancer->arn, "internal", fmt::format("load balancer {} is internal: its addresses are private, and only what is inside its VPC (or is joined to it) reaches them", balancer->name),
                                           "set internal = false and use public subnets, or ask from inside the VPC"));
  }
  for (const Listener& listener : ground.listeners) {
    if (listener.load_balancer_arn == balancer->arn && listener.port == url.port) return pass_listener(ground, listener, url, question);
  }
  question.findings.push_back(finding_at(ground, "Listener.None", balancer->arn, "listener", fmt::format("load balancer {} has no listener on port {}", balancer->name, url.port), fmt::format("add an aws_lb_listener for port {}", url.port)));
  return std::nullopt;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url{.scheme = lower(text.substr(0, colon)), .host = {}, .path = {}, .query = {}};
  const std::string_view rest = text.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const size_t mark = rest.find_first_of("?#");
  url.path = std::string(rest.substr(end, mark - end));
  if (mark != std::string_view::npos && rest[mark] == '?') url.query = std::string(rest.substr(mark + 1, rest.find('#') - mark - 1));
  if (url.path.empty()) url.path.push_back('/');
  const size_t port = authority.find(':');
  url.port = url.scheme == "https" ? 443 : 80;
  if (port != std::string_view::npos) url.port = std::atoi(std::string(authority.substr(port + 1)).c_str());
  url.host = lower(authority.substr(0, port));
  return url;
}

void follow_request(const Ground& ground, const Url& asked, Question& question) {
  std::vector<Url> passed{asked};
  std::vector<Onward> hops;
  while (passed.size() <= kMaxRedirects) {
    const auto next = follow_once(ground, passed.back(), question);
    if (!next) return;
    hops.push_back(*next);
    if (std::ranges::find(passed, next->to) != passed.end()) return tell_circle(ground, passed, hops, question);
    passed.push_back(next->to);
  }
}

}  // namespace landfall::why
