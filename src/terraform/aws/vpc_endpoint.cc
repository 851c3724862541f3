#include <algorithm>
#include <iterator>
#include <type_traits>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/aws/vpc_endpoints.h"

/// VPC endpoints, and what may be joined to one by a resource of its own.
namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;
using Ids = std::vector<std::string>;
constexpr std::chrono::seconds kMaking{600};  // the official provider's

std::string unsupported(const char* wanted, const Value& found) { return fmt::format("to be {}: Landfall does not support \"{}\" yet, and --inert all would record it without effect", wanted, found.as_string()); }

/// For checked(): AWS's own services are there, not those that somebody else offers (com.amazonaws.vpce.REGION.vpce-svc-…).
std::string aws_service(const Value& name) {
  const std::string& text = name.as_string();
  return text.starts_with("com.amazonaws.") && !text.starts_with("com.amazonaws.vpce.") ? "" : unsupported("a service of AWS (com.amazonaws.REGION.NAME)", name);
}

std::string carried_type(const Value& type) { return type.as_string() == "Gateway" || type.as_string() == "Interface" ? "" : unsupported("\"Gateway\" or \"Interface\"", type); }
std::string ipv4(const Value& kind) { return kind.as_string() == "ipv4" || kind.as_string().empty() ? "" : unsupported("\"ipv4\"", kind); }

/// Values that the check takes are carried.
Attribute carried(Attribute attribute, std::string (*check)(const Value&)) {
  return std::move(attribute).checked(check).carried_if([check](const Value& value) { return check(value).empty(); });
}

Result<void> modify(const Cloud& cloud, const ec2::ModifyVpcEndpointRequest& request) {
  TRY(cloud.call<ec2::ModifyVpcEndpointResult>("ec2", "ModifyVpcEndpoint", request));
  return {};
}

Result<void> wait_until_available(const Cloud& cloud, const std::string& id) {
  return cloud.wait_until("VPC endpoint " + id + " to become available", kMaking, [&]() -> Result<bool> {
    const auto endpoint = TRY(find_vpc_endpoint(cloud, id));
    if (!endpoint) return fail("InvalidVpcEndpointId.NotFound", "the VPC endpoint " + id + " is gone");
    return endpoint->state == "available";
  });
}

/// What is only on one side.
Ids without(const Ids& all, const Ids& others) {
  Ids rest;
  std::ranges::copy_if(all, std::back_inserter(rest), [&](const std::string& id) { return std::ranges::count(others, id) == 0; });
  return rest;
}

void set_ids(std::optional<Ids>& member, Ids ids) {
  if (!ids.empty()) member = std::move(ids);
}

class VpcEndpoint final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = tagged(vpc_endpoint_facts());
      const auto replace = [&](Attribute attribute) {
        std::erase_if(made.attributes, [&](const Attribute& known) { return known.name == attribute.name; });
        made.attributes.push_back(std::move(attribute));
      };
      replace(text("vpc_id").required().forces_new());
      replace(deciding(carried(text("service_name").forces_new(), aws_service)));
      replace(deciding(carried(text("vpc_endpoint_type").defaults("Gateway").forces_new(), carried_type)));
      replace(carried(text("ip_address_type").computed(), ipv4));
      replace(text("policy").computed().same_if(is_same_json).checked(check_json));
      replace(flag("private_dns_enabled").computed());
      for (const char* name : {"route_table_ids", "security_group_ids", "subnet_ids"}) replace(text_set(name).computed());
      made.attributes.push_back(flag("auto_accept"));
      for (const char* name : {"resource_configuration_arn", "service_network_arn"}) made.attributes.push_back(deciding(refused(text(name).forces_new())));
      made.attributes.push_back(text("service_region").computed().forces_new());
      made.attributes.push_back(refused_blocks("subnet_configuration"));
      made.blocks.push_back(one_block("dns_options", {.attributes = {carried(text("dns_record_ip_type").computed(), ipv4),
                                                                     refused(flag("private_dns_only_for_inbound_resolver_endpoint"))}}).computed());
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateVpcEndpointRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.service_name = planned.text("service_name");
    request.vpc_endpoint_type = planned.text("vpc_endpoint_type");
    request.private_dns_enabled = planned.flag("private_dns_enabled");  // the provider's default is not AWS's
    request.client_token = cloud.ids->uuid();
    if (planned.has("policy")) request.policy_document = planned.text("policy");
    set_ids(request.route_table_ids, planned.texts("route_table_ids"));
    set_ids(request.subnet_ids, planned.texts("subnet_ids"));
    set_ids(request.security_group_ids, planned.texts("security_group_ids"));
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("vpc-endpoint", planned);
    const auto made = TRY(cloud.call<ec2::CreateVpcEndpointResult>("ec2", "CreateVpcEndpoint", request));
    state.set("id", made.vpc_endpoint->vpc_endpoint_id.value_or(""));
    return wait_until_available(cloud, state.text("id"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto endpoint = TRY(find_vpc_endpoint(cloud, state.text("id")));
    if (!endpoint) return false;
    const Value policy = state.value("policy");
    TRY(set_vpc_endpoint(cloud, state, *endpoint));
    if (is_same_json(state.value("policy"), policy)) state.set("policy", policy);
    set_tags(cloud, state, from_tags(endpoint->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (differs(prior, planned, {"policy", "private_dns_enabled", "route_table_ids", "security_group_ids", "subnet_ids"})) {
      ec2::ModifyVpcEndpointRequest request;
      request.vpc_endpoint_id = id;
      if (differs(prior, planned, "private_dns_enabled")) request.private_dns_enabled = planned.flag("private_dns_enabled");
      if (differs(prior, planned, "policy")) {
        if (planned.text("policy").empty()) request.reset_policy = true;
        else request.policy_document = planned.text("policy");
      }
      const auto change = [&](const char* name, std::optional<Ids>& added, std::optional<Ids>& removed) {
        set_ids(added, without(planned.texts(name), prior.texts(name)));
        set_ids(removed, without(prior.texts(name), planned.texts(name)));
      };
      change("route_table_ids", request.add_route_table_ids, request.remove_route_table_ids);
      change("security_group_ids", request.add_security_group_ids, request.remove_security_group_ids);
      change("subnet_ids", request.add_subnet_ids, request.remove_subnet_ids);
      TRY(modify(cloud, request));
      TRY(wait_until_available(cloud, id));
    }
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteVpcEndpointsRequest request;
    request.vpc_endpoint_ids = Ids{state.text("id")};
    const auto done = TRY(cloud.call<ec2::DeleteVpcEndpointsResult>("ec2", "DeleteVpcEndpoints", request));
    for (const auto& item : done.unsuccessful.value_or(std::vector<ec2::UnsuccessfulItem>{})) {
      Error error{.code = item.error ? item.error->code.value_or("") : "", .what = item.error ? item.error->message.value_or("") : ""};
      if (!is_gone(error)) return fail(std::move(error));
    }
    return cloud.wait_until("VPC endpoint " + state.text("id") + " to be deleted", kMaking, [&]() -> Result<bool> { return !TRY(find_vpc_endpoint(cloud, state.text("id"))); });
  }
};

/// What may be joined to an endpoint by a resource of its own.
struct ToTable {
  static constexpr const char* argument = "route_table_id";
  static auto& added(ec2::ModifyVpcEndpointRequest& request) { return request.add_route_table_ids; }
  static auto& removed(ec2::ModifyVpcEndpointRequest& request) { return request.remove_route_table_ids; }
  static Ids joined(const ec2::VpcEndpoint& endpoint) { return endpoint.route_table_ids.value_or(Ids{}); }
};
struct ToSubnet {
  static constexpr const char* argument = "subnet_id";
  static auto& added(ec2::ModifyVpcEndpointRequest& request) { return request.add_subnet_ids; }
  static auto& removed(ec2::ModifyVpcEndpointRequest& request) { return request.remove_subnet_ids; }
  static Ids joined(const ec2::VpcEndpoint& endpoint) { return endpoint.subnet_ids.value_or(Ids{}); }
};
struct ToGroup {
  static constexpr const char* argument = "security_group_id";
  static auto& added(ec2::ModifyVpcEndpointRequest& request) { return request.add_security_group_ids; }
  static auto& removed(ec2::ModifyVpcEndpointRequest& request) { return request.remove_security_group_ids; }
  static Ids joined(const ec2::VpcEndpoint& endpoint) { return vpc_endpoint_groups(endpoint); }
};

/// aws_vpc_endpoint_route_table_association, aws_vpc_endpoint_subnet_association, aws_vpc_endpoint_security_group_association.
template <class To>
class Association final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = {text("id").read_only(), text("vpc_endpoint_id").required().forces_new(), text(To::argument).required().forces_new()}};
      if constexpr (std::is_same_v<To, ToGroup>) made.attributes.push_back(refused(flag("replace_default_association").forces_new()));
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::ModifyVpcEndpointRequest request;
    request.vpc_endpoint_id = planned.text("vpc_endpoint_id");
    To::added(request) = Ids{planned.text(To::argument)};
    TRY(modify(cloud, request));
    state.set("id", fmt::format("a-{}{}", planned.text("vpc_endpoint_id"), planned.text(To::argument)));
    return wait_until_available(cloud, planned.text("vpc_endpoint_id"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto endpoint = TRY(find_vpc_endpoint(cloud, state.text("vpc_endpoint_id")));
    return endpoint && std::ranges::count(To::joined(*endpoint), state.text(To::argument)) > 0;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    Record there = state;
    if (!TRY(read(cloud, there))) return {};
    ec2::ModifyVpcEndpointRequest request;
    request.vpc_endpoint_id = state.text("vpc_endpoint_id");
    To::removed(request) = Ids{state.text(To::argument)};
    return ignore_gone(cloud.call<ec2::ModifyVpcEndpointResult>("ec2", "ModifyVpcEndpoint", request));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t slash = id.find('/');
    if (slash == std::string::npos) return fail("Import.Id", fmt::format("wrong format of import ID ({}), use: 'vpc-endpoint-id/{}'", id, To::argument));
    Record record;
    record.set("id", fmt::format("a-{}{}", id.substr(0, slash), id.substr(slash + 1)));
    record.set("vpc_endpoint_id", id.substr(0, slash));
    record.set(To::argument, id.substr(slash + 1));
    return record;
  }
};

/// aws_vpc_endpoint_policy; the id is the endpoint's.
class EndpointPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("vpc_endpoint_id").required().forces_new(), text("policy").computed().same_if(is_same_json).checked(check_json)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", planned.text("vpc_endpoint_id"));
    return put(cloud, planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto endpoint = TRY(find_vpc_endpoint(cloud, state.text("id")));
    if (!endpoint) return false;
    state.set("vpc_endpoint_id", state.text("id"));
    const Value policy = Value::string(endpoint->policy_document.value_or(""));
    if (!is_same_json(policy, state.value("policy"))) state.set("policy", policy);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  /// Back to AWS's own.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::ModifyVpcEndpointRequest request;
    request.vpc_endpoint_id = state.text("id");
    request.reset_policy = true;
    return ignore_gone(cloud.call<ec2::ModifyVpcEndpointResult>("ec2", "ModifyVpcEndpoint", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    ec2::ModifyVpcEndpointRequest request;
    request.vpc_endpoint_id = planned.text("vpc_endpoint_id");
    if (planned.text("policy").empty()) request.reset_policy = true;
    else request.policy_document = planned.text("policy");
    return modify(cloud, request);
  }
};

}  // namespace

void add_vpc_endpoint(Provider& provider) {
  provider.resources["aws_vpc_endpoint"] = std::make_unique<VpcEndpoint>();
  provider.resources["aws_vpc_endpoint_route_table_association"] = std::make_unique<Association<ToTable>>();
  provider.resources["aws_vpc_endpoint_subnet_association"] = std::make_unique<Association<ToSubnet>>();
  provider.resources["aws_vpc_endpoint_security_group_association"] = std::make_unique<Association<ToGroup>>();
  provider.resources["aws_vpc_endpoint_policy"] = std::make_unique<EndpointPolicy>();
}

}  // namespace landfall::terraform::aws_types
