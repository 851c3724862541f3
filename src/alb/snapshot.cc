#include "alb/snapshot.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "alb/user_session.h"
#include "base/file.h"

namespace landfall::alb {
namespace {

Options read_options(const Config& config) {
  const auto text = [&](std::string_view name) { return model::load_balancer_attribute(config.balancer, name); };
  const auto is_on = [&](std::string_view name) { return text(name) == "true"; };
  const auto seconds = [&](std::string_view name) { return std::chrono::seconds(std::atoi(text(name).c_str())); };
  const std::string forwarded = text("routing.http.xff_header_processing.mode"), desync = text("routing.http.desync_mitigation_mode");
  Options options;
  options.preserves_host = is_on("routing.http.preserve_host_header.enabled");
  options.drops_invalid_fields = is_on("routing.http.drop_invalid_header_fields.enabled");
  options.tells_client_port = is_on("routing.http.xff_client_port.enabled");
  options.tells_tls = is_on("routing.http.x_amzn_tls_version_and_cipher_suite.enabled");
  options.speaks_http2 = is_on("routing.http2.enabled");
  options.forwarded_for = forwarded == "remove" ? ForwardedFor::remove : forwarded == "preserve" ? ForwardedFor::preserve : ForwardedFor::append;
  options.desync = desync == "monitor" ? DesyncMode::monitor : desync == "strictest" ? DesyncMode::strictest : DesyncMode::defensive;
  options.idle_timeout = seconds("idle_timeout.timeout_seconds");
  options.client_keep_alive = seconds("client_keep_alive.seconds");
  options.logs_requests = !config.access_log.empty();
  options.logs_connections = !config.connection_log.empty();
  return options;
}

/// routing.http.response.x_frame_options.header_value → X-Frame-Options.
ResponseEdits read_edits(const model::Listener& listener) {
  static const std::map<std::string, std::string> names{
      {"access_control_allow_credentials", "Access-Control-Allow-Credentials"}, {"access_control_allow_headers", "Access-Control-Allow-Headers"},
      {"access_control_allow_methods", "Access-Control-Allow-Methods"},         {"access_control_allow_origin", "Access-Control-Allow-Origin"},
      {"access_control_expose_headers", "Access-Control-Expose-Headers"},       {"access_control_max_age", "Access-Control-Max-Age"},
      {"content_security_policy", "Content-Security-Policy"},                   {"strict_transport_security", "Strict-Transport-Security"},
      {"x_content_type_options", "X-Content-Type-Options"},                     {"x_frame_options", "X-Frame-Options"}};
  constexpr std::string_view kStart = "routing.http.response.", kEnd = ".header_value";
  ResponseEdits edits;
  for (const auto& [key, value] : listener.attributes) {
    if (key == "routing.http.response.server.enabled") edits.hides_server = value == "false";
    if (value.empty() || !key.starts_with(kStart) || !key.ends_with(kEnd)) continue;
    const auto name = names.find(key.substr(kStart.size(), key.size() - kStart.size() - kEnd.size()));
    if (name != names.end()) edits.sets.emplace_back(name->second, value);
  }
  return edits;
}

CompiledAction compile_actions(Snapshot& snapshot, const Snapshot* before, const std::vector<model::Action>& actions, int priority) {
  const model::Action& action = actions.back();
  CompiledAction made{.action = &action, .token = nullptr, .keys = nullptr, .login = nullptr, .groups = {}, .total_weight = 0, .is_sticky = action.group_stickiness, .transforms = nullptr, .priority = priority};
  for (const auto& weighted : action.target_groups) {
    made.groups.emplace_back(&snapshot.groups.at(weighted.arn), weighted.weight);
    made.total_weight += weighted.weight;
  }
  if (actions.front().jwt_validation) {
    made.token = &*actions.front().jwt_validation;
    auto& keys = snapshot.key_sets[made.token->jwks_endpoint];
    if (!keys && before != nullptr && before->key_sets.contains(made.token->jwks_endpoint)) keys = before->key_sets.at(made.token->jwks_endpoint);
    if (!keys) keys = std::make_shared<KeySet>(made.token->jwks_endpoint);
    made.keys = keys;
  }
  if (actions.front().authenticate_oidc) made.login = &*actions.front().authenticate_oidc;
  return made;
}

/// Those that were there keep their slots; others get free ones, not those of nodes that go: connections may still use them.
std::vector<Node> nodes_of(const Config& config, const Snapshot* before) {
  std::vector<Node> nodes;
  std::set<size_t> taken;
  if (before != nullptr) {
    for (const Node& node : before->nodes) taken.insert(node.slot);
  }
  const auto slot_before = [&](const std::string& address) -> std::optional<size_t> {
    if (before == nullptr) return std::nullopt;
    const auto same = std::ranges::find(before->nodes, address, &Node::address);
    return same == before->nodes.end() ? std::nullopt : std::optional(same->slot);
  };
  for (const NodeConfig& node : config.nodes) {
    nodes.push_back({node});
    nodes.back().slot = slot_before(node.address).value_or(0);
  }
  if (nodes.empty()) nodes.emplace_back();
  size_t next = 0;
  for (Node& node : nodes) {
    if (slot_before(node.address)) continue;
    while (taken.contains(next)) ++next;
    taken.insert(node.slot = next);
  }
  return nodes;
}

}  // namespace

const CompiledAction* Listener::login_of(std::string_view provider) const {
  const auto is_it = [&](const CompiledAction& action) { return action.login != nullptr && provider_mark(*action.login) == provider; };
  const auto found = std::ranges::find_if(actions, is_it);
  return found != actions.end() ? &*found : is_it(fallback) ? &fallback : nullptr;
}

Result<std::shared_ptr<const Snapshot>> Snapshot::compile(Config config, const Snapshot* before) {
  TRY(check_config(config));
  auto made = std::make_shared<Snapshot>();
  made->options = read_options(config);
  made->nodes = nodes_of(config, before);
  for (const GroupConfig& group : config.groups) {
    const auto old = before == nullptr ? nullptr : before->groups.contains(group.group.arn) ? &before->groups.at(group.group.arn) : nullptr;
    made->groups.emplace(group.group.arn, Group::compile(group, old, config.balancer, made->nodes));
  }
  for (const ListenerConfig& listener : config.listeners) {
    auto compiled = std::make_unique<Listener>();
    compiled->config = listener;
    auto& rules = compiled->config.rules;
    std::ranges::sort(rules, {}, &model::Rule::priority);
    compiled->rules = RuleTable(rules);
    for (const model::Rule& rule : rules) {
      compiled->actions.push_back(compile_actions(*made, before, rule.actions, rule.priority));
      compiled->actions.back().transforms = Transforms::compile(rule.transforms);
    }
    compiled->fallback = compile_actions(*made, before, compiled->config.listener.default_actions, 0);
    compiled->has_logins = compiled->fallback.login != nullptr || std::ranges::any_of(compiled->actions, [](const CompiledAction& action) { return action.login != nullptr; });
    compiled->edits = read_edits(listener.listener);
    for (const auto& [key, value] : listener.listener.attributes) {
      if (key.starts_with("routing.http.request.") && !value.empty()) compiled->request_names[key] = value;
    }
    compiled->carries_flows = model::is_of_flows(listener.listener.protocol);
    if (const auto idle = listener.listener.attributes.find("tcp.idle_timeout.seconds"); idle != listener.listener.attributes.end()) compiled->flow_idle_timeout = std::chrono::seconds(std::atoi(idle->second.c_str()));
    if (listener.listener.protocol == "HTTPS" || listener.listener.protocol == "TLS") compiled->tls = TRY(TlsContext::create(listener, made->options.speaks_http2));
    made->listeners[listener.listener.port] = std::move(compiled);
  }
  if (config.signer) made->signer = TRY(ClaimsSigner::create(config.signer->id, TRY(read_file(config.signer->key_file)), config.balancer.arn));
  made->config = std::move(config);
  return std::shared_ptr<const Snapshot>(made);
}

}  // namespace landfall::alb
