#include <fmt/format.h>

#include "terraform/aws/discovery.h"
#include "terraform/aws/more_types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace sd = aws::servicediscovery;

/// aws_service_discovery_instance. The id is the instance's own.
class Instance final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("instance_id").required().forces_new(), text("service_id").required().forces_new(), text_map("attributes").required()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("instance_id"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    sd::GetInstanceRequest request;
    request.service_id = state.text("service_id");
    request.instance_id = state.text("id");
    const auto found = TRY(look_up<sd::GetInstanceResponse>(cloud, kDiscovery, "GetInstance", request));
    if (!found || !found->instance) return false;
    state.set("instance_id", found->instance->id.value_or(""));
    auto attributes = found->instance->attributes.value_or(std::map<std::string, std::string>{});
    std::erase_if(attributes, [&](const auto& entry) { return entry.first == "AWS_INIT_HEALTH_STATUS" && !state.pairs("attributes").contains(entry.first); });
    state.set("attributes", attributes);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    sd::DeregisterInstanceRequest request;
    request.service_id = state.text("service_id");
    request.instance_id = state.text("id");
    const auto begun = cloud.call<sd::DeregisterInstanceResponse>(kDiscovery, "DeregisterInstance", request);
    if (!begun) return ignore_gone(begun);
    TRY(finish_operation(cloud, begun->operation_id.value_or(""), "INSTANCE"));
    return {};
  }

  /// "SERVICE/INSTANCE"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t slash = id.find('/');
    if (slash == std::string::npos) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected <service-id>/<instance-id>", id));
    Record record;
    record.set("service_id", id.substr(0, slash));
    record.set("id", id.substr(slash + 1));
    return record;
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    sd::RegisterInstanceRequest request;
    request.service_id = planned.text("service_id");
    request.instance_id = planned.text("instance_id");
    request.creator_request_id = cloud.ids->uuid();
    request.attributes = planned.pairs("attributes");
    const auto begun = TRY(cloud.call<sd::RegisterInstanceResponse>(kDiscovery, "RegisterInstance", request));
    TRY(finish_operation(cloud, begun.operation_id.value_or(""), "INSTANCE"));
    return {};
  }
};

}  // namespace

void add_discovery_instance(Provider& provider) { provider.resources["aws_service_discovery_instance"] = std::make_unique<Instance>(); }

}  // namespace landfall::terraform::aws_types
