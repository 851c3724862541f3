#include "terraform/aws/discovery.h"

namespace landfall::terraform::aws_types {
namespace {

namespace sd = aws::servicediscovery;

std::string supported_record(const Value& type) {
  const std::string& word = type.as_string();
  if (word != "AAAA" && word != "CNAME") return one_of({"SRV", "A", "AAAA", "CNAME"})(type);
  return "to be \"A\" or \"SRV\": Landfall does not support \"" + word + "\" yet";
}

std::vector<sd::DnsRecord> records_of(const Record& config) {
  std::vector<sd::DnsRecord> records;
  for (const Record& written : config.blocks("dns_records")) {
    sd::DnsRecord& record = records.emplace_back();
    record.type = written.text("type");
    record.ttl = written.number("ttl");
  }
  return records;
}

std::vector<Record> told(const sd::DnsConfig& config, const std::string& space) {
  std::vector<Record> records;
  for (const auto& record : config.dns_records.value_or(std::vector<sd::DnsRecord>{})) {
    records.emplace_back().set("type", record.type.value_or(""));
    records.back().set("ttl", record.ttl.value_or(0));
  }
  Record one;
  one.set("namespace_id", config.namespace_id.value_or(space));
  one.set("routing_policy", config.routing_policy.value_or("MULTIVALUE"));
  one.set("dns_records", records);
  return {one};
}

/// What the official provider lets one write; what is read is another.
std::string supported_type(const Value& type) { return type.as_string() == "HTTP" ? "to be left out: Landfall does not support services of type HTTP yet" : ""; }

class Service final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged(
        {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("namespace_id").computed().forces_new(), text("description"), flag("force_destroy").defaults(false),
                        text("type").computed().forces_new().checked(supported_type).carried_if([](const Value& type) { return supported_type(type).empty(); }), refused_blocks("health_check_config")},
         .blocks = {one_block("dns_config", {.attributes = {text("namespace_id").required().forces_new(), text("routing_policy").defaults("MULTIVALUE").forces_new().checked(one_of({"MULTIVALUE", "WEIGHTED"}))},
                                             .blocks = {list_block("dns_records", {.attributes = {number("ttl").required(), text("type").required().forces_new().checked(supported_record)}}).required()}}),
                    one_block("health_check_custom_config", {.attributes = {number("failure_threshold").computed().forces_new()}}).forces_new()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    sd::CreateServiceRequest request;
    request.name = planned.text("name");
    request.creator_request_id = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.description = planned.text("description");
    if (!planned.text("namespace_id").empty()) request.namespace_id = planned.text("namespace_id");
    if (!planned.blocks("dns_config").empty()) {
      const Record written = planned.block("dns_config");
      auto& config = request.dns_config.emplace();
      config.namespace_id = written.text("namespace_id");
      config.routing_policy = written.text("routing_policy");
      config.dns_records = records_of(written);
    }
    if (!planned.blocks("health_check_custom_config").empty()) {
      const int64_t threshold = planned.block("health_check_custom_config").number("failure_threshold");
      request.health_check_custom_config.emplace().failure_threshold = static_cast<int32_t>(threshold > 0 ? threshold : 1);
    }
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<sd::Tag>(tags);
    const auto made = TRY(cloud.call<sd::CreateServiceResponse>(kDiscovery, "CreateService", request));
    state.set("id", made.service ? made.service->id.value_or("") : "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    sd::GetServiceRequest request;
    request.id = state.text("id");
    const auto found = TRY(look_up<sd::GetServiceResponse>(cloud, kDiscovery, "GetService", request));
    if (!found || !found->service) return false;
    const sd::Service& service = *found->service;
    state.set("arn", service.arn.value_or(""));
    state.set("name", service.name.value_or(""));
    state.set("namespace_id", service.namespace_id.value_or(""));
    state.set("description", service.description.value_or(""));
    state.set("type", service.type.value_or(""));
    state.set("dns_config", service.dns_config ? told(*service.dns_config, state.text("namespace_id")) : std::vector<Record>{});
    std::vector<Record> custom;
    if (service.health_check_custom_config) custom.emplace_back().set("failure_threshold", static_cast<int64_t>(service.health_check_custom_config->failure_threshold.value_or(1)));
    state.set("health_check_custom_config", custom);
    set_tags(cloud, state, TRY(discovery_tags(cloud, state.text("arn"))));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (prior.text("description") != planned.text("description") || differs(prior, planned, "dns_config")) {
      sd::UpdateServiceRequest request;
      request.id = prior.text("id");
      auto& change = request.service.emplace();
      change.description = planned.text("description");
      if (!planned.blocks("dns_config").empty()) change.dns_config.emplace().dns_records = records_of(planned.block("dns_config"));
      const auto done = TRY(cloud.call<sd::UpdateServiceResponse>(kDiscovery, "UpdateService", request));
      TRY(finish_operation(cloud, done.operation_id.value_or(""), "SERVICE"));
    }
    return update_discovery_tags(cloud, prior.text("arn"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (state.flag("force_destroy")) TRY(remove_instances(cloud, state.text("id")));
    sd::DeleteServiceRequest request;
    request.id = state.text("id");
    // Tasks that end at the same time take their instances away themselves.
    constexpr std::chrono::seconds kLongest{300};
    const auto is_passing = [](const Error& e) { return e.code == "ResourceInUse"; };
    return cloud.retry_while(kLongest, is_passing, [&] { return ignore_gone(cloud.call<sd::DeleteServiceResponse>(kDiscovery, "DeleteService", request)); });
  }

 private:
  static Result<void> remove_instances(const Cloud& cloud, const std::string& service) {
    sd::ListInstancesRequest list;
    list.service_id = service;
    const auto found = TRY(look_up<sd::ListInstancesResponse>(cloud, kDiscovery, "ListInstances", list));
    if (!found) return {};
    for (const auto& instance : found->instances.value_or(std::vector<sd::InstanceSummary>{})) {
      sd::DeregisterInstanceRequest request;
      request.service_id = service;
      request.instance_id = instance.id;
      const auto done = TRY(look_up<sd::DeregisterInstanceResponse>(cloud, kDiscovery, "DeregisterInstance", request));
      if (done) TRY(finish_operation(cloud, done->operation_id.value_or(""), "INSTANCE"));
    }
    return {};
  }
};

}  // namespace

void add_discovery_service(Provider& provider) { provider.resources["aws_service_discovery_service"] = std::make_unique<Service>(); }

}  // namespace landfall::terraform::aws_types
