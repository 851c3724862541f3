#include <algorithm>

#include "aws/shapes/secretsmanager.h"
#include "base/clock.h"
#include "terraform/aws/discovery.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"

/// data aws_service_discovery_service and data aws_secretsmanager_secret_versions.
namespace landfall::terraform::aws_types {
namespace {

namespace sd = aws::servicediscovery;
namespace sm = aws::secretsmanager;

const Names kService{"arn", "description", "dns_config", "health_check_custom_config"};

Result<std::string> service_named(const Cloud& cloud, const std::string& space, const std::string& name) {
  sd::ListServicesRequest request;
  request.filters = std::vector<sd::ServiceFilter>{{.condition = "EQ", .name = "NAMESPACE_ID", .values = std::vector<std::string>{space}}};
  std::vector<std::string> found;
  do {
    const auto page = TRY(cloud.call<sd::ListServicesResponse>(kDiscovery, "ListServices", request));
    for (const auto& service : page.services.value_or(std::vector<sd::ServiceSummary>{})) {
      if (service.name == name) found.push_back(service.id.value_or(""));
    }
    request.next_token = page.next_token;
  } while (!request.next_token.value_or("").empty());
  if (found.size() != 1) return fail(found_not_one(found.size(), "Service Discovery Service"));
  return found[0];
}

Result<void> read_service(const ResourceType& type, const Cloud& cloud, Record& state) {
  Record there;
  there.set("id", TRY(service_named(cloud, state.text("namespace_id"), state.text("name"))));
  state.set("id", there.text("id"));
  Names names = kService;
  names.push_back("tags");
  if (!TRY(tell(type, cloud, std::move(there), names, state))) return fail(found_not_one(0, "Service Discovery Service"));
  state.set("tags_all", state.value("tags"));
  state.set("health_check_config", std::vector<Record>{});
  return {};
}

Result<void> read_versions(const Cloud& cloud, Record& state) {
  sm::ListSecretVersionIdsRequest request{.secret_id = state.text("secret_id")};
  if (state.flag("include_deprecated")) request.include_deprecated = true;
  std::vector<Record> versions;
  do {
    const auto page = TRY(cloud.call<sm::ListSecretVersionIdsResponse>("secretsmanager", "ListSecretVersionIds", request));
    state.set("arn", page.arn.value_or(""));
    state.set("name", page.name.value_or(""));
    for (const auto& version : page.versions.value_or(std::vector<sm::SecretVersionsListEntry>{})) {
      Record& one = versions.emplace_back();
      one.set("version_id", version.version_id.value_or(""));
      one.set("version_stages", version.version_stages.value_or(std::vector<std::string>{}));
      one.set("created_time", version.created_date ? iso8601(*version.created_date) : "");
      one.set("last_accessed_date", version.last_accessed_date ? iso8601(*version.last_accessed_date) : "");
    }
    request.next_token = page.next_token;
  } while (request.next_token);
  state.set("versions", versions);
  return {};
}

}  // namespace

void add_service_sources(Provider& provider) {
  const ResourceType& service = *provider.resource("aws_service_discovery_service");
  const Type check = Type::object({{.name = "failure_threshold", .type = Type::number()}, {.name = "resource_path", .type = Type::string()}, {.name = "type", .type = Type::string()}});
  add_source(provider, "aws_service_discovery_service",
             telling(service, kService, {text("id").read_only(), text("name").required(), text("namespace_id").required(), of_type("health_check_config", Type::list(check)).read_only(), text_map("tags"), text_map("tags_all").computed()}),
             [&service](const Cloud& cloud, Record& state) { return read_service(service, cloud, state); });
  const Type version = Type::object({{.name = "created_time", .type = Type::string()}, {.name = "last_accessed_date", .type = Type::string()}, {.name = "version_id", .type = Type::string()}, {.name = "version_stages", .type = Type::list(Type::string())}});
  add_source(provider, "aws_secretsmanager_secret_versions",
             {.attributes = {text("secret_id").required(), flag("include_deprecated"), text("arn").read_only(), text("name").read_only(), of_type("versions", Type::list(version)).read_only()}}, read_versions);
}

}  // namespace landfall::terraform::aws_types
