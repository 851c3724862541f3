#include <algorithm>

#include "terraform/aws/ecs.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// service_connect_configuration of aws_ecs_service.
namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

ecs::LogConfiguration logs_of(const Record& record) {
  ecs::LogConfiguration logs;
  logs.log_driver = record.text("log_driver");
  const Pairs options = record.pairs("options");
  if (!options.empty()) logs.options = std::map<std::string, std::string>(options.begin(), options.end());
  for (const Record& option : record.blocks("secret_option")) {
    if (!logs.secret_options) logs.secret_options.emplace();
    auto& secret = logs.secret_options->emplace_back();
    secret.name = option.text("name");
    secret.value_from = option.text("value_from");
  }
  return logs;
}

Record record_of(const ecs::LogConfiguration& logs) {
  Record record;
  record.set("log_driver", logs.log_driver.value_or(""));
  record.set("options", Pairs(logs.options.value_or(std::map<std::string, std::string>{})));
  std::vector<Record> secrets;
  for (const auto& secret : logs.secret_options.value_or(std::vector<ecs::Secret>{})) {
    Record& option = secrets.emplace_back();
    option.set("name", secret.name.value_or(""));
    option.set("value_from", secret.value_from.value_or(""));
  }
  record.set("secret_option", secrets);
  return record;
}

Record record_of(const ecs::ServiceConnectService& service) {
  Record record;
  record.set("port_name", service.port_name.value_or(""));
  record.set("discovery_name", service.discovery_name.value_or(""));
  std::vector<Record> aliases;
  for (const auto& api : service.client_aliases.value_or(std::vector<ecs::ServiceConnectClientAlias>{})) {
    Record& alias = aliases.emplace_back();
    alias.set("dns_name", api.dns_name.value_or(""));
    alias.set("port", api.port.value_or(0));
  }
  record.set("client_alias", aliases);
  return record;
}

}  // namespace

Block connect_block() {
  return one_block("service_connect_configuration", {.attributes = {flag("enabled").required(), text("namespace").computed()}, .blocks = {
      one_block("log_configuration", {.attributes = {text("log_driver").required(), text_map("options").computed()}, .blocks = {list_block("secret_option", {.attributes = {text("name").required(), text("value_from").required()}})}}),
      list_block("service", {.attributes = {text("port_name").required(), text("discovery_name").computed(), refused(number("ingress_port_override")), refused_blocks("timeout"), refused_blocks("tls")},
                             .blocks = {one_block("client_alias", {.attributes = {number("port").required().checked(between(0, 65535)), text("dns_name").computed()}})}}),
  }});
}

ecs::ServiceConnectConfiguration connect_of(const Record& service) {
  ecs::ServiceConnectConfiguration connect;
  connect.enabled = false;
  for (const Record& record : service.blocks("service_connect_configuration")) {
    connect.enabled = record.flag("enabled");
    if (!record.text("namespace").empty()) connect.namespace_ = record.text("namespace");
    for (const Record& logs : record.blocks("log_configuration")) connect.log_configuration = logs_of(logs);
    for (const Record& offered : record.blocks("service")) {
      if (!connect.services) connect.services.emplace();
      auto& api = connect.services->emplace_back();
      api.port_name = offered.text("port_name");
      if (!offered.text("discovery_name").empty()) api.discovery_name = offered.text("discovery_name");
      for (const Record& alias : offered.blocks("client_alias")) {
        if (!api.client_aliases) api.client_aliases.emplace();
        auto& client = api.client_aliases->emplace_back();
        client.port = static_cast<int32_t>(alias.number("port"));
        if (!alias.text("dns_name").empty()) client.dns_name = alias.text("dns_name");
      }
    }
  }
  return connect;
}

void keep_connect(const ecs::Service& service, Record& state) {
  const auto deployments = service.deployments.value_or(std::vector<ecs::Deployment>{});
  const auto primary = std::ranges::find(deployments, "PRIMARY", &ecs::Deployment::status);
  const auto told = primary == deployments.end() ? std::nullopt : primary->service_connect_configuration;
  const auto before = state.blocks("service_connect_configuration");
  if (!told && !before.empty() && !before[0].flag("enabled")) return;  // off is told as nothing
  std::vector<Record> connects;
  if (told) {
    Record& connect = connects.emplace_back();
    connect.set("enabled", told->enabled.value_or(false));
    connect.set("namespace", told->namespace_.value_or(""));
    std::vector<Record> logs, offered;
    if (told->log_configuration) logs.push_back(record_of(*told->log_configuration));
    for (const auto& api : told->services.value_or(std::vector<ecs::ServiceConnectService>{})) offered.push_back(record_of(api));
    connect.set("log_configuration", logs);
    connect.set("service", offered);
  }
  state.set("service_connect_configuration", connects);
}

}  // namespace landfall::terraform::aws_types
