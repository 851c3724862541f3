#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

std::optional<std::vector<std::string>> texts_of(const Record& record, const char* name) {
  auto texts = record.texts(name);
  return texts.empty() ? std::nullopt : std::optional(std::move(texts));
}

route53::AlarmIdentifier alarm_of(const Record& record) { return {.name = record.text("cloudwatch_alarm_name"), .region = record.text("cloudwatch_alarm_region")}; }

Attribute short_text(const char* name) {
  return text(name).checked([](const Value& value) { return value.as_string().size() <= 255 ? std::string() : fmt::format("to have at most 255 characters, got {}", value.as_string().size()); });
}

/// aws_route53_health_check. A member whose type of check has no use for it is left to Route 53 to refuse.
class HealthCheck final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("reference_name").forces_new(),
        text("type").required().forces_new().same_if(is_same_ignoring_case).checked(one_of({"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"})),
        text("ip_address"), text("fqdn"), number("port").checked(between(0, 65535)), short_text("resource_path"), short_text("search_string"), number("failure_threshold").computed().checked(between(1, 10)),
        number("request_interval").forces_new().checked([](const Value& value) { return value.as_number() == hcl::Number(10) || value.as_number() == hcl::Number(30) ? std::string() : "to be 10 or 30"; }),
        flag("measure_latency").defaults(false).forces_new(), flag("invert_healthcheck"), flag("disabled").defaults(false), flag("enable_sni").computed(), text_set("regions"), text_set("child_healthchecks"),
        number("child_health_threshold").checked(between(0, 256)), text("cloudwatch_alarm_name"), text("cloudwatch_alarm_region"), text("insufficient_data_health_status").checked(one_of({"Healthy", "Unhealthy", "LastKnownStatus"})),
        text_map("triggers").computed(), deciding(refused(text("routing_control_arn"))),
    }});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string reference = cloud.ids->hex(26);
    route53::CreateHealthCheckRequest request{.caller_reference = planned.text("reference_name").empty() ? "terraform-" + reference : planned.text("reference_name") + "-" + reference, .health_check_config = to_api(planned)};
    const auto made = TRY(cloud.call<route53::CreateHealthCheckResponse>("route53", "CreateHealthCheck", request));
    state.set("id", made.health_check->id.value_or(""));
    return change_dns_tags(cloud, "healthcheck", state.text("id"), {.removed = {}, .put = planned.pairs("tags_all")});
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    const auto found = TRY(look_up<route53::GetHealthCheckResponse>(cloud, "route53", "GetHealthCheck", route53::GetHealthCheckRequest{.health_check_id = id}));
    if (!found) return false;
    state.set("arn", "arn:aws:route53:::healthcheck/" + id);
    tell(*found->health_check->health_check_config, state);
    set_tags(cloud, state, TRY(read_dns_tags(cloud, "healthcheck", id)));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (differs(prior, planned, {"ip_address", "fqdn", "port", "resource_path", "search_string", "failure_threshold", "invert_healthcheck", "disabled", "enable_sni", "regions", "child_healthchecks", "child_health_threshold", "cloudwatch_alarm_name",
                                 "cloudwatch_alarm_region", "insufficient_data_health_status", "triggers"})) {
      TRY(cloud.call<route53::UpdateHealthCheckResponse>("route53", "UpdateHealthCheck", change_of(id, prior, planned)));
    }
    return change_dns_tags(cloud, "healthcheck", id, tag_change(prior, planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<route53::DeleteHealthCheckResponse>("route53", "DeleteHealthCheck", route53::DeleteHealthCheckRequest{.health_check_id = state.text("id")}));
  }

 private:
  static route53::HealthCheckConfig to_api(const Record& planned) {
    const std::string type = upper(planned.text("type"));
    route53::HealthCheckConfig config{.child_health_checks = texts_of(planned, "child_healthchecks"), .regions = texts_of(planned, "regions"), .type = type};
    if (type == "CLOUDWATCH_METRIC") config.alarm_identifier = alarm_of(planned);
    set_text(planned, "insufficient_data_health_status", config.insufficient_data_health_status);
    set_text(planned, "ip_address", config.ip_address);
    set_text(planned, "fqdn", config.fully_qualified_domain_name);
    set_text(planned, "resource_path", config.resource_path);
    set_text(planned, "search_string", config.search_string);
    set_number(planned, "port", config.port);
    set_number(planned, "failure_threshold", config.failure_threshold);
    set_number(planned, "request_interval", config.request_interval);
    if (type == "CALCULATED" && planned.has("child_health_threshold")) config.health_threshold = static_cast<int32_t>(planned.number("child_health_threshold"));
    if (planned.has("enable_sni")) config.enable_sni = planned.flag("enable_sni");
    if (planned.flag("measure_latency")) config.measure_latency = true;
    if (planned.flag("invert_healthcheck")) config.inverted = true;
    if (planned.flag("disabled")) config.disabled = true;
    return config;
  }

  static void tell(const route53::HealthCheckConfig& config, Record& state) {
    state.set("type", config.type.value_or(""));
    keep(state, "ip_address", config.ip_address);
    keep(state, "fqdn", config.fully_qualified_domain_name);
    keep(state, "resource_path", config.resource_path);
    keep(state, "search_string", config.search_string);
    keep(state, "insufficient_data_health_status", config.insufficient_data_health_status);
    state.set("port", config.port.value_or(0));
    state.set("failure_threshold", config.failure_threshold.value_or(0));
    state.set("request_interval", config.request_interval.value_or(0));
    state.set("child_health_threshold", config.health_threshold.value_or(0));
    state.set("measure_latency", config.measure_latency.value_or(false));
    state.set("invert_healthcheck", config.inverted.value_or(false));
    state.set("disabled", config.disabled.value_or(false));
    state.set("enable_sni", config.enable_sni.value_or(false));
    state.set("regions", config.regions.value_or(std::vector<std::string>{}));
    state.set("child_healthchecks", config.child_health_checks.value_or(std::vector<std::string>{}));
    if (!config.alarm_identifier) return;
    state.set("cloudwatch_alarm_name", config.alarm_identifier->name.value_or(""));
    state.set("cloudwatch_alarm_region", config.alarm_identifier->region.value_or(""));
  }

  /// What differs alone: Route 53 refuses members that a type of check has no use for.
  static route53::UpdateHealthCheckRequest change_of(const std::string& id, const Record& prior, const Record& planned) {
    route53::UpdateHealthCheckRequest request{.health_check_id = id};
    const auto put_text = [&](const char* name, std::optional<std::string>& to) {
      if (differs(prior, planned, name)) to = planned.text(name);
    };
    const auto put_number = [&](const char* name, std::optional<int32_t>& to) {
      if (differs(prior, planned, name)) to = static_cast<int32_t>(planned.number(name));
    };
    const auto put_flag = [&](const char* name, std::optional<bool>& to) {
      if (differs(prior, planned, name)) to = planned.flag(name);
    };
    put_text("ip_address", request.ip_address);
    put_text("fqdn", request.fully_qualified_domain_name);
    put_text("resource_path", request.resource_path);
    put_text("search_string", request.search_string);
    put_text("insufficient_data_health_status", request.insufficient_data_health_status);
    put_number("port", request.port);
    put_number("failure_threshold", request.failure_threshold);
    put_number("child_health_threshold", request.health_threshold);
    put_flag("invert_healthcheck", request.inverted);
    put_flag("disabled", request.disabled);
    put_flag("enable_sni", request.enable_sni);
    if (differs(prior, planned, "regions")) request.regions = planned.texts("regions");
    if (differs(prior, planned, "child_healthchecks")) request.child_health_checks = planned.texts("child_healthchecks");
    const bool has_alarm = !planned.text("cloudwatch_alarm_name").empty();
    if (differs(prior, planned, {"cloudwatch_alarm_name", "cloudwatch_alarm_region"}) || (has_alarm && differs(prior, planned, "triggers"))) request.alarm_identifier = alarm_of(planned);
    return request;
  }
};

}  // namespace

void add_health_check(Provider& provider) { provider.resources["aws_route53_health_check"] = std::make_unique<HealthCheck>(); }

}  // namespace landfall::terraform::aws_types
