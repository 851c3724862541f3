#include <algorithm>
#include <set>

#include "aws/json_codec.h"
#include "base/json.h"
#include "base/text.h"
#include "services/cloudwatch/support.h"

/// Dashboards: kept as they were written. They are of an account, whatever the region.
namespace landfall::services::cloudwatch {
namespace {

using model::Dashboard;

Result<void> check_name(const std::string& name) {
  const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!is_plain) return fail("InvalidParameterValue", fmt::format("The value {} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n", name));
  if (name.size() > 255) return fail("InvalidParameterValue", "The value for field DashboardName must have length less than or equal to 255.");
  return {};
}

using Findings = std::vector<shapes::DashboardValidationMessage>;

void find(Findings& findings, std::string path, std::string sentence) { findings.push_back({.data_path = std::move(path), .message = std::move(sentence)}); }

/// One line of a metric widget: namespace, name, pairs of dimensions, and perhaps an object of how to show it.
void check_metric(const json::value& metric, const std::string& path, Findings& findings) {
  const json::array* parts = metric.if_array();
  if (parts == nullptr) return find(findings, path, "Should be array");
  for (size_t i = 0; i < parts->size(); ++i) {
    const bool is_options = i + 1 == parts->size() && (*parts)[i].is_object();
    if (!is_options && !(*parts)[i].is_string()) find(findings, path + "/" + std::to_string(i), "Invalid metric field type, only \"String\" type is allowed");
  }
}

void check_widget(const json::value& value, const std::string& path, Findings& findings) {
  static const std::set<std::string_view> kinds{"metric", "text", "log", "alarm", "explorer", "custom"};
  const json::object* widget = value.if_object();
  if (widget == nullptr) return find(findings, path, "Should be object");
  if (!widget->contains("type")) find(findings, path, "Should have required property 'type'");
  else if (!kinds.contains(string_member(*widget, "type"))) find(findings, path + "/type", "Should be equal to one of the allowed values");
  const json::object* properties = object_member(*widget, "properties");
  if (properties == nullptr) return find(findings, path, "Should have required property 'properties'");
  const json::value* metrics = properties->if_contains("metrics");
  if (metrics == nullptr) return;
  if (!metrics->is_array()) return find(findings, path + "/properties/metrics", "Should be array");
  for (size_t i = 0; i < metrics->get_array().size(); ++i) check_metric(metrics->get_array()[i], fmt::format("{}/properties/metrics/{}", path, i), findings);
}

/// Source  CloudWatch API reference, Dashboard body structure and syntax
Findings check_body(const std::string& body) {
  Findings findings;
  const auto parsed = parse_json(body, "the dashboard");
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) {
    find(findings, "", parsed ? "Should be object" : "The field DashboardBody must be a valid JSON object");
    return findings;
  }
  const json::array* widgets = array_member(*object, "widgets");
  if (widgets == nullptr) find(findings, object->contains("widgets") ? "/widgets" : "", object->contains("widgets") ? "Should be array" : "Should have required property 'widgets'");
  for (size_t i = 0; widgets != nullptr && i < widgets->size(); ++i) check_widget((*widgets)[i], fmt::format("/widgets/{}", i), findings);
  return findings;
}

std::string sentence_of(const Findings& findings) {
  std::vector<std::string> told;
  for (const auto& finding : findings) told.push_back(fmt::format("  {{\n    \"dataPath\": {},\n    \"message\": {}\n  }}", json::serialize(json::string(text(finding.data_path))), json::serialize(json::string(text(finding.message)))));
  return fmt::format("The dashboard body is invalid, there are {} validation errors:\n[\n{}\n]", findings.size(), join(told, ",\n"));
}

Result<shapes::PutDashboardOutput> put(const Deps& deps, const CallContext& context, const shapes::PutDashboardInput& request) {
  TRY(check_name(*request.dashboard_name));
  if (const Findings findings = check_body(*request.dashboard_body); !findings.empty()) {
    const shapes::DashboardInvalidInputError told{.dashboard_validation_messages = findings};
    context.error_members = aws::encode_json(shapes::DashboardInvalidInputError::shape(), &told);
    return fail("InvalidParameterInput", sentence_of(findings));
  }
  return transact<shapes::PutDashboardOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutDashboardOutput> {
    store::put(tx, Dashboard{.account = context.account, .name = *request.dashboard_name, .body = *request.dashboard_body, .modified_at = deps.clock.wall()});
    return shapes::PutDashboardOutput{.dashboard_validation_messages = Findings{}};
  });
}

Result<shapes::GetDashboardOutput> get(const Deps& deps, const CallContext& context, const shapes::GetDashboardInput& request) {
  const auto dashboard = store::find<Dashboard>(deps.store, context.account + "/" + text(request.dashboard_name));
  if (!dashboard) return fail("ResourceNotFound", fmt::format("Dashboard {} does not exist", text(request.dashboard_name)));
  return shapes::GetDashboardOutput{.dashboard_arn = dashboard->arn(), .dashboard_body = dashboard->body, .dashboard_name = dashboard->name};
}

Result<shapes::ListDashboardsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListDashboardsInput& request) {
  constexpr int kMostListed = 1000;
  std::vector<shapes::DashboardEntry> found;
  for (const auto& dashboard : store::all<Dashboard>(deps.store, context.account + "/" + text(request.dashboard_name_prefix))) {
    found.push_back({.dashboard_arn = dashboard.arn(), .dashboard_name = dashboard.name, .last_modified = dashboard.modified_at, .size = static_cast<int64_t>(dashboard.body.size())});
  }
  auto answer = TRY(page(std::move(found), kMostListed, request.next_token));
  shapes::ListDashboardsOutput result{.dashboard_entries = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// All or none (API reference, DeleteDashboards).
Result<shapes::DeleteDashboardsOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteDashboardsInput& request) {
  return transact<shapes::DeleteDashboardsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteDashboardsOutput> {
    std::vector<std::string> missing;
    for (const std::string& name : *request.dashboard_names) {
      if (!store::find<Dashboard>(tx, context.account + "/" + name)) missing.push_back(name);
      store::erase<Dashboard>(tx, context.account + "/" + name);
    }
    if (!missing.empty()) return fail("ResourceNotFound", fmt::format("The specified dashboard does not exist. [{}]", join(missing, ", ")));
    return shapes::DeleteDashboardsOutput{};
  });
}

}  // namespace

void register_dashboard(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutDashboardInput, shapes::PutDashboardOutput>("cloudwatch", "PutDashboard", {"DashboardName", "DashboardBody"}, bind(put));
  registry.add<shapes::GetDashboardInput, shapes::GetDashboardOutput>("cloudwatch", "GetDashboard", {"*"}, bind(get));
  registry.add<shapes::ListDashboardsInput, shapes::ListDashboardsOutput>("cloudwatch", "ListDashboards", {"*"}, bind(list));
  registry.add<shapes::DeleteDashboardsInput, shapes::DeleteDashboardsOutput>("cloudwatch", "DeleteDashboards", {"*"}, bind(remove));
}

}  // namespace landfall::services::cloudwatch
