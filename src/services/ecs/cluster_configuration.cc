#include <fmt/format.h>

#include "services/ecs/support.h"

/// What a cluster is configured with besides its settings: ECS Exec, and the namespace that Service Connect would take by default.
namespace landfall::services::ecs {
namespace {

/// ECS API, ExecuteCommandConfiguration: places of logs are for OVERRIDE, which needs one.
Result<void> check_logging(const shapes::ExecuteCommandConfiguration& exec) {
  const bool is_override = text(exec.logging) == "OVERRIDE";
  const bool has_place = exec.log_configuration && (!text(exec.log_configuration->cloud_watch_log_group_name).empty() || !text(exec.log_configuration->s3_bucket_name).empty());
  if (is_override && !has_place) return invalid("The logging OVERRIDE of executeCommandConfiguration needs a logConfiguration with a CloudWatch log group or an S3 bucket.");
  if (!is_override && exec.log_configuration) return invalid("The logConfiguration of executeCommandConfiguration can be specified with the logging OVERRIDE only.");
  return {};
}

}  // namespace

Result<std::string> read_cluster_configuration(const std::optional<shapes::ClusterConfiguration>& given) {
  if (!given) return std::string();
  if (given->execute_command_configuration) TRY(check_logging(*given->execute_command_configuration));
  return to_json(*given);
}

const model::Namespace* find_namespace(const std::vector<model::Namespace>& all, std::string_view named) {
  const auto found = std::ranges::find_if(all, [&](const model::Namespace& known) { return known.name == named || known.arn == named; });
  return found == all.end() ? nullptr : &*found;
}

Result<std::string> connect_namespace(const Deps& deps, Transaction& tx, const CallContext& context, const std::optional<shapes::ClusterServiceConnectDefaultsRequest>& given) {
  const std::string named = given ? text(given->namespace_) : "";
  if (named.empty()) return std::string();
  const auto all = store::all<model::Namespace>(tx, scope(context));
  if (const model::Namespace* known = find_namespace(all, named)) return known->arn;
  if (named.starts_with("arn:")) return fail("NamespaceNotFoundException", fmt::format("The specified namespace {} was not found.", named));
  model::Namespace made{.account = context.account, .region = context.region, .id = "ns-" + lower(deps.ids.upper_alnum(16)), .name = named, .type = "HTTP", .created_at = deps.clock.wall(), .tags = {{kManagedTag, "true"}}};
  made.arn = fmt::format("arn:aws:servicediscovery:{}:{}:namespace/{}", context.region, context.account, made.id);
  store::put(tx, made);
  return made.arn;
}

}  // namespace landfall::services::ecs
