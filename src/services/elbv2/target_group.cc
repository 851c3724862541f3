#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "model/network.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::HealthCheck;
using model::TargetGroup;

bool is_grpc(const TargetGroup& group) { return group.protocol_version == "GRPC"; }

shapes::TargetGroup render(const Deps& deps, const TargetGroup& group) {
  const HealthCheck& h = group.health_check;
  const auto balancers = model::load_balancers_of(group, store::all<model::Listener>(deps.store), store::all<model::Rule>(deps.store));
  shapes::TargetGroup out{.health_check_enabled = h.enabled, .health_check_interval_seconds = h.interval_seconds, .health_check_port = h.port, .health_check_protocol = h.protocol,
          .health_check_timeout_seconds = h.timeout_seconds, .healthy_threshold_count = h.healthy_threshold, .ip_address_type = "ipv4", .load_balancer_arns = balancers, .port = group.port, .protocol = group.protocol,
          .target_group_arn = group.arn, .target_group_name = group.name, .target_type = group.target_type, .unhealthy_threshold_count = h.unhealthy_threshold, .vpc_id = group.vpc_id};
  if (!group.protocol_version.empty()) out.protocol_version = group.protocol_version;
  if (h.protocol == "TCP") return out;  // asks for nothing, so no answer is right or wrong
  out.health_check_path = h.path;
  out.matcher = is_grpc(group) ? shapes::Matcher{.grpc_code = h.matcher} : shapes::Matcher{.http_code = h.matcher};
  return out;
}

/// "200", "200,202", "200-299" or a mix, within `low` to `high`.
bool is_matcher(std::string_view matcher, int low, int high) {
  for (const std::string& part : split(matcher, ',')) {
    const std::vector<std::string> ends = split(part, '-');
    if (ends.size() > 2) return false;
    for (const std::string& end : ends) {
      int code = 0;
      const auto [stop, error] = std::from_chars(end.data(), end.data() + end.size(), code);
      if (error != std::errc() || stop != end.data() + end.size() || code < low || code > high) return false;
    }
  }
  return true;
}

/// Codes of HTTP, or of gRPC for its groups (API: Matcher).
Result<void> read_matcher(const shapes::Matcher& given, TargetGroup& group) {
  const auto& code = is_grpc(group) ? given.grpc_code : given.http_code;
  if (!code) return fail("ValidationError", fmt::format("Health check matcher {} code cannot be empty", is_grpc(group) ? "GRPC" : "HTTP"));
  if (is_grpc(group) && !is_matcher(*code, 0, 99)) return fail("ValidationError", "GrpcCode must be like 0 | 0-5 | 0,1 ...");
  if (!is_grpc(group) && !is_matcher(*code, 200, 499)) return fail("ValidationError", "HttpCode must be like 200 | 200-399 | 200,201 ...");
  group.health_check.matcher = *code;
  return {};
}

/// What is not said of the checks of a group of flows (NLB user guide, Health checks): they connect only, unless another protocol is chosen.
template <class Request>
Result<void> default_flow_check(const Request& request, HealthCheck& check, bool is_new) {
  if (is_new) check.protocol = "TCP";
  const std::string before = is_new ? "" : check.protocol;
  if (request.health_check_protocol) check.protocol = *request.health_check_protocol;
  if (check.protocol == before) return {};
  const bool connects_only = check.protocol == "TCP";
  check.path = connects_only ? "" : "/";
  check.matcher = connects_only ? "" : "200-399";
  if (is_new) check.timeout_seconds = check.protocol == "HTTP" ? 6 : 10;
  return {};
}

Result<void> check_path(const HealthCheck& check, bool names_path, bool names_matcher) {
  if (check.protocol == "TCP") {
    if (names_path) return fail("ValidationError", "Health check path cannot be specified for health checks with the TCP protocol");
    if (names_matcher) return fail("ValidationError", "Health check matcher cannot be specified for health checks with the TCP protocol");
    return {};
  }
  if (!check.path.starts_with('/') || check.path.size() > 1024) return fail("ValidationError", fmt::format("Health check path '{}' must begin with a '/' character, and can be at most 1024 characters in length", check.path));
  return {};
}

Result<void> check_times(const TargetGroup& group) {
  const HealthCheck& check = group.health_check;
  if (model::is_of_flows(group.protocol)) {
    if (check.timeout_seconds > check.interval_seconds) return fail("ValidationError", fmt::format("Health check timeout '{}' must be smaller than or equal to the interval '{}'", check.timeout_seconds, check.interval_seconds));
    return {};
  }
  if (check.timeout_seconds > check.interval_seconds) return fail("ValidationError", "Health check interval must be greater than the timeout.");
  if (check.timeout_seconds == check.interval_seconds) return fail("ValidationError", fmt::format("Health check timeout '{}' must be smaller than the interval '{}'", check.timeout_seconds, check.interval_seconds));
  return {};
}

/// ELBv2 API, CreateTargetGroup and ModifyTargetGroup take the same members.
template <class Request>
Result<void> read_health_check(const Request& request, TargetGroup& group) {
  HealthCheck& check = group.health_check;
  const bool of_flows = model::is_of_flows(group.protocol);
  if (of_flows) TRY(default_flow_check(request, check, group.arn.empty()));
  if (request.health_check_enabled && !*request.health_check_enabled) return fail("InvalidConfigurationRequest", fmt::format("Health check enabled must be true with groups with target type \"{}\"", group.target_type));
  if (request.health_check_protocol) check.protocol = *request.health_check_protocol;
  if (request.health_check_port) check.port = *request.health_check_port;
  if (request.health_check_path && !(check.protocol == "TCP" && request.health_check_path->empty())) check.path = *request.health_check_path;
  if (request.health_check_interval_seconds) check.interval_seconds = *request.health_check_interval_seconds;
  if (request.health_check_timeout_seconds) check.timeout_seconds = *request.health_check_timeout_seconds;
  if (request.healthy_threshold_count) check.healthy_threshold = *request.healthy_threshold_count;
  if (request.unhealthy_threshold_count) check.unhealthy_threshold = *request.unhealthy_threshold_count;
  TRY(check_times(group));
  const bool is_known = check.protocol == "HTTP" || check.protocol == "HTTPS" || (of_flows && check.protocol == "TCP");
  if (!is_known) return fail("ValidationError", fmt::format("Health check protocol '{}' must be one of '[{}]'", check.protocol, of_flows ? "HTTP, HTTPS, TCP" : "HTTP, HTTPS"));
  TRY(check_path(check, request.health_check_path && !request.health_check_path->empty(), request.matcher.has_value()));
  if (check.port != "traffic-port") {
    int port = 0;
    const auto [stop, error] = std::from_chars(check.port.data(), check.port.data() + check.port.size(), port);
    if (error != std::errc() || stop != check.port.data() + check.port.size() || port < 1 || port > 65535) return fail("ValidationError", fmt::format("Health check port '{}' must be in the range 1-65535 inclusive, or 'traffic-port'", check.port));
  }
  return request.matcher ? read_matcher(*request.matcher, group) : Result<void>{};
}

Result<void> check_group_name(const std::string& name) {
  const bool is_odd = name.starts_with('-') || name.ends_with('-') || name.find("--") != std::string::npos;
  if (auto checked = check_name("Target group", name); !checked && !(is_odd && name.size() <= kMaxName)) return checked;
  if (is_odd) return fail("ValidationError", fmt::format("1 validation error detected: Value '{}' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$", name));
  return {};
}

/// Made again with the same settings it is the same group (ELBv2 API, CreateTargetGroup).
bool is_same(TargetGroup wanted, const TargetGroup& other) {
  wanted.arn = other.arn;
  wanted.created_at = other.created_at;
  wanted.attributes = other.attributes;
  wanted.tags = other.tags;
  return encode(wanted) == encode(other);
}

/// A version is of HTTP: HTTP1 if none is named.
Result<void> check_protocol(TargetGroup& group) {
  static const std::vector<std::string> versions{"HTTP1", "HTTP2", "GRPC"};
  const bool of_flows = model::is_of_flows(group.protocol);
  if (!of_flows && group.protocol != "HTTP" && group.protocol != "HTTPS") return fail("ValidationError", fmt::format("Landfall does not support target groups of protocol '{}' yet; wanted HTTP, HTTPS, TCP or TLS", group.protocol));
  if (of_flows && !group.protocol_version.empty()) return fail("ValidationError", fmt::format("Protocol version cannot be specified for target groups with the {} protocol", group.protocol));
  if (!of_flows && group.protocol_version.empty()) group.protocol_version = "HTTP1";
  if (!of_flows && std::ranges::count(versions, group.protocol_version) == 0) return fail("ValidationError", fmt::format("Protocol version '{}' must be one of '{}'", group.protocol_version, join(versions, ", ")));
  return {};
}

Result<shapes::CreateTargetGroupOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateTargetGroupInput& request) {
  const std::string name = text(request.name);
  TRY(check_group_name(name));
  auto its_tags = TRY(tags_of(request.tags));
  TargetGroup group{.account = context.account, .region = context.region, .name = name, .vpc_id = text(request.vpc_id), .protocol = text(request.protocol), .protocol_version = text(request.protocol_version),
                    .port = request.port.value_or(0), .target_type = request.target_type.value_or("instance"), .created_at = deps.clock.wall(), .tags = std::move(its_tags)};
  if (group.target_type != "instance" && group.target_type != "ip") return fail("ValidationError", fmt::format("Landfall does not support the target type '{}' yet; wanted instance or ip", group.target_type));
  if (group.protocol.empty()) return fail("ValidationError", "A protocol must be specified");
  TRY(check_protocol(group));
  if (is_grpc(group)) {
    group.health_check.path = "/AWS.ALB/healthcheck";
    group.health_check.matcher = "12";
  }
  if (!request.port) return fail("ValidationError", "A port must be specified");
  if (!request.vpc_id) return fail("ValidationError", "A VPC ID must be specified");
  TRY(read_health_check(request, group));
  return transact<shapes::CreateTargetGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTargetGroupOutput> {
    if (!store::find<model::Vpc>(tx, context.account + "/" + context.region + "/" + group.vpc_id)) return fail("ValidationError", fmt::format("The VPC ID '{}' is not found", group.vpc_id));
    for (const auto& other : store::all<TargetGroup>(tx)) {
      if (other.account != context.account || other.region != context.region || other.name != name) continue;
      if (!is_same(group, other)) return fail("DuplicateTargetGroupName", fmt::format("A target group with the same name '{}' exists, but with different settings", name));
      return shapes::CreateTargetGroupOutput{.target_groups = std::vector{render(deps, other)}};
    }
    TRY(quotas::check_target_groups(tx, context));
    group.arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:targetgroup/{}/{}", context.region, context.account, name, deps.ids.hex(16));
    store::put(tx, group);
    return shapes::CreateTargetGroupOutput{.target_groups = std::vector{render(deps, group)}};
  });
}

bool names(const std::vector<model::Action>& actions, const std::string& arn) {
  return std::ranges::any_of(actions, [&](const auto& a) { return std::ranges::count(a.target_groups, arn, &model::WeightedTargetGroup::arn) > 0; });
}

Result<shapes::DeleteTargetGroupOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTargetGroupInput& request) {
  return transact<shapes::DeleteTargetGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTargetGroupOutput> {
    const auto group = group_at(tx, context, request.target_group_arn);
    if (!group) return shapes::DeleteTargetGroupOutput{};
    const bool used = std::ranges::any_of(store::all<model::Listener>(tx), [&](const auto& l) { return names(l.default_actions, group->arn); }) ||
                      std::ranges::any_of(store::all<model::Rule>(tx), [&](const auto& r) { return names(r.actions, group->arn); });
    if (used) return fail("ResourceInUse", fmt::format("Target group '{}' is currently in use by a listener or a rule", group->arn));
    for (const auto& target : store::all<model::Target>(tx, group->arn + "#")) store::erase<model::Target>(tx, target.key());
    store::erase<TargetGroup>(tx, group->arn);
    return shapes::DeleteTargetGroupOutput{};
  });
}

Result<shapes::DescribeTargetGroupsOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTargetGroupsInput& request) {
  auto all = own<TargetGroup>(deps.store, context);
  if (request.load_balancer_arn && std::ranges::count(own<model::LoadBalancer>(deps.store, context), *request.load_balancer_arn, &model::LoadBalancer::arn) == 0) return fail("LoadBalancerNotFound", fmt::format("Load balancers '[{}]' not found", *request.load_balancer_arn));
  for (const std::string& arn : list(request.target_group_arns)) {
    if (std::ranges::count(all, arn, &TargetGroup::arn) == 0) return fail("TargetGroupNotFound", "One or more target groups not found");
  }
  for (const std::string& name : list(request.names)) {
    if (std::ranges::count(all, name, &TargetGroup::name) == 0) return fail("TargetGroupNotFound", "One or more target groups not found");
  }
  if (request.target_group_arns && !request.target_group_arns->empty()) std::erase_if(all, [&](const auto& g) { return std::ranges::count(*request.target_group_arns, g.arn) == 0; });
  if (request.names && !request.names->empty()) std::erase_if(all, [&](const auto& g) { return std::ranges::count(*request.names, g.name) == 0; });
  std::vector<shapes::TargetGroup> rendered;
  for (const TargetGroup& group : all) {
    shapes::TargetGroup out = render(deps, group);
    if (request.load_balancer_arn && std::ranges::count(*out.load_balancer_arns, *request.load_balancer_arn) == 0) continue;
    rendered.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(rendered), request.page_size, request.marker));
  shapes::DescribeTargetGroupsOutput result{.target_groups = answer.items};
  if (!answer.next.empty()) result.next_marker = answer.next;
  return result;
}

Result<shapes::ModifyTargetGroupOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifyTargetGroupInput& request) {
  return transact<shapes::ModifyTargetGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyTargetGroupOutput> {
    TargetGroup group = TRY(group_at(tx, context, request.target_group_arn));
    TRY(read_health_check(request, group));
    store::put(tx, group);
    return shapes::ModifyTargetGroupOutput{.target_groups = std::vector{render(deps, group)}};
  });
}

}  // namespace

void register_target_group(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> check{"HealthCheckProtocol", "HealthCheckPort", "HealthCheckEnabled", "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher.*"};
  std::vector<std::string> creating{"Name", "Protocol", "ProtocolVersion", "Port", "VpcId", "TargetType", "Tags.*"}, modifying{"TargetGroupArn"};
  creating.insert(creating.end(), check.begin(), check.end());
  modifying.insert(modifying.end(), check.begin(), check.end());
  registry.add<shapes::CreateTargetGroupInput, shapes::CreateTargetGroupOutput>("elbv2", "CreateTargetGroup", creating, bind(create));
  registry.add<shapes::DeleteTargetGroupInput, shapes::DeleteTargetGroupOutput>("elbv2", "DeleteTargetGroup", {"TargetGroupArn"}, bind(remove));
  registry.add<shapes::DescribeTargetGroupsInput, shapes::DescribeTargetGroupsOutput>("elbv2", "DescribeTargetGroups", {"*"}, bind(describe));
  registry.add<shapes::ModifyTargetGroupInput, shapes::ModifyTargetGroupOutput>("elbv2", "ModifyTargetGroup", modifying, bind(modify));
}

}  // namespace landfall::services::elbv2
