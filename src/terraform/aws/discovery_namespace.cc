#include <fmt/format.h>

#include "terraform/aws/discovery.h"
#include "terraform/aws/sources.h"

namespace landfall::terraform::aws_types {
namespace {

namespace sd = aws::servicediscovery;

/// What both kinds of namespace do alike.
class Namespace : public ResourceType {
 public:
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    sd::GetNamespaceRequest request;
    request.id = state.text("id");
    const auto found = TRY(look_up<sd::GetNamespaceResponse>(cloud, kDiscovery, "GetNamespace", request));
    if (!found || !found->namespace_) return false;
    const sd::Namespace& space = *found->namespace_;
    state.set("arn", space.arn.value_or(""));
    state.set("name", space.name.value_or(""));
    state.set("description", space.description.value_or(""));
    if (space.properties) fill(*space.properties, state);
    set_tags(cloud, state, TRY(discovery_tags(cloud, state.text("arn"))));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (prior.text("description") != planned.text("description")) TRY(finish_operation(cloud, TRY(describe(cloud, prior.text("id"), planned.text("description"))), "NAMESPACE"));
    return update_discovery_tags(cloud, prior.text("arn"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    sd::DeleteNamespaceRequest request;
    request.id = state.text("id");
    constexpr std::chrono::seconds kLongest{60};
    return cloud.retry_while(kLongest, is_in_use, [&]() -> Result<void> {
      const auto done = TRY(look_up<sd::DeleteNamespaceResponse>(cloud, kDiscovery, "DeleteNamespace", request));
      if (done) TRY(finish_operation(cloud, done->operation_id.value_or(""), "NAMESPACE"));
      return {};
    });
  }

 protected:
  template <class Request>
  static Request creation(const Cloud& cloud, const Record& planned) {
    Request request;
    request.name = planned.text("name");
    request.creator_request_id = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.description = planned.text("description");
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<sd::Tag>(tags);
    return request;
  }

 private:
  virtual void fill(const sd::NamespaceProperties& properties, Record& state) const = 0;
  /// The operation that changes the description.
  virtual Result<std::string> describe(const Cloud& cloud, const std::string& id, const std::string& description) const = 0;
};

class PrivateDnsNamespace final : public Namespace {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("hosted_zone").read_only(), text("name").required().forces_new(), text("vpc").required().forces_new(), text("description")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    auto request = creation<sd::CreatePrivateDnsNamespaceRequest>(cloud, planned);
    request.vpc = planned.text("vpc");
    const auto made = TRY(cloud.call<sd::CreatePrivateDnsNamespaceResponse>(kDiscovery, "CreatePrivateDnsNamespace", request));
    state.set("id", TRY(finish_operation(cloud, made.operation_id.value_or(""), "NAMESPACE")));
    return {};
  }

  /// "ns-1:vpc-1": the API does not tell the VPC
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t colon = id.find(':');
    if (colon == std::string::npos) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected NAMESPACE_ID:VPC_ID", id));
    Record record;
    record.set("id", id.substr(0, colon));
    record.set("vpc", id.substr(colon + 1));
    return record;
  }

 private:
  void fill(const sd::NamespaceProperties& properties, Record& state) const override { state.set("hosted_zone", properties.dns_properties ? properties.dns_properties->hosted_zone_id.value_or("") : ""); }

  Result<std::string> describe(const Cloud& cloud, const std::string& id, const std::string& description) const override {
    sd::UpdatePrivateDnsNamespaceRequest request;
    request.id = id;
    request.namespace_.emplace().description = description;
    return TRY(cloud.call<sd::UpdatePrivateDnsNamespaceResponse>(kDiscovery, "UpdatePrivateDnsNamespace", request)).operation_id.value_or("");
  }
};

class PublicDnsNamespace final : public Namespace {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("hosted_zone").read_only(), text("name").required().forces_new(), text("description")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const auto made = TRY(cloud.call<sd::CreatePublicDnsNamespaceResponse>(kDiscovery, "CreatePublicDnsNamespace", creation<sd::CreatePublicDnsNamespaceRequest>(cloud, planned)));
    state.set("id", TRY(finish_operation(cloud, made.operation_id.value_or(""), "NAMESPACE")));
    return {};
  }

 private:
  void fill(const sd::NamespaceProperties& properties, Record& state) const override { state.set("hosted_zone", properties.dns_properties ? properties.dns_properties->hosted_zone_id.value_or("") : ""); }

  Result<std::string> describe(const Cloud& cloud, const std::string& id, const std::string& description) const override {
    sd::UpdatePublicDnsNamespaceRequest request;
    request.id = id;
    request.namespace_.emplace().description = description;
    return TRY(cloud.call<sd::UpdatePublicDnsNamespaceResponse>(kDiscovery, "UpdatePublicDnsNamespace", request)).operation_id.value_or("");
  }
};

class HttpNamespace final : public Namespace {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("http_name").read_only(), text("name").required().forces_new(), text("description")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const auto made = TRY(cloud.call<sd::CreateHttpNamespaceResponse>(kDiscovery, "CreateHttpNamespace", creation<sd::CreateHttpNamespaceRequest>(cloud, planned)));
    state.set("id", TRY(finish_operation(cloud, made.operation_id.value_or(""), "NAMESPACE")));
    return {};
  }

 private:
  void fill(const sd::NamespaceProperties& properties, Record& state) const override { state.set("http_name", properties.http_properties ? properties.http_properties->http_name.value_or("") : ""); }

  Result<std::string> describe(const Cloud& cloud, const std::string& id, const std::string& description) const override {
    sd::UpdateHttpNamespaceRequest request;
    request.id = id;
    request.namespace_.emplace().description = description;
    return TRY(cloud.call<sd::UpdateHttpNamespaceResponse>(kDiscovery, "UpdateHttpNamespace", request)).operation_id.value_or("");
  }
};

Result<void> read_namespace(const Cloud& cloud, Record& state, const std::string& type) {
  sd::ListNamespacesRequest request;
  auto& by_type = request.filters.emplace().emplace_back();
  by_type.name = "TYPE";
  by_type.condition = "EQ";
  by_type.values = std::vector<std::string>{type};
  std::vector<sd::NamespaceSummary> found;
  do {
    const auto page = TRY(cloud.call<sd::ListNamespacesResponse>(kDiscovery, "ListNamespaces", request));
    for (const auto& space : page.namespaces.value_or(std::vector<sd::NamespaceSummary>{})) {
      if (space.name == state.text("name")) found.push_back(space);
    }
    request.next_token = page.next_token;
  } while (!request.next_token.value_or("").empty());
  if (found.size() != 1) return fail(found_not_one(found.size(), "Service Discovery Namespace"));
  const sd::NamespaceProperties properties = found[0].properties.value_or(sd::NamespaceProperties{});
  state.set("id", found[0].id.value_or(""));
  state.set("arn", found[0].arn.value_or(""));
  state.set("description", found[0].description.value_or(""));
  if (type == "HTTP") state.set("http_name", properties.http_properties ? properties.http_properties->http_name.value_or("") : "");
  else state.set("hosted_zone", properties.dns_properties ? properties.dns_properties->hosted_zone_id.value_or("") : "");
  state.set("tags", TRY(discovery_tags(cloud, state.text("arn"))));
  return {};
}

}  // namespace

void add_discovery_namespace(Provider& provider) {
  provider.resources["aws_service_discovery_private_dns_namespace"] = std::make_unique<PrivateDnsNamespace>();
  provider.resources["aws_service_discovery_public_dns_namespace"] = std::make_unique<PublicDnsNamespace>();
  provider.resources["aws_service_discovery_http_namespace"] = std::make_unique<HttpNamespace>();
  add_source(provider, "aws_service_discovery_dns_namespace",
             {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), text("type").required().checked(one_of({"DNS_PUBLIC", "DNS_PRIVATE"})), text("description").read_only(), text("hosted_zone").read_only(), text_map("tags").read_only()}},
             [](const Cloud& cloud, Record& state) { return read_namespace(cloud, state, state.text("type")); });
  add_source(provider, "aws_service_discovery_http_namespace",
             {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), text("description").read_only(), text("http_name").read_only(), text_map("tags").read_only()}},
             [](const Cloud& cloud, Record& state) { return read_namespace(cloud, state, "HTTP"); });
}

}  // namespace landfall::terraform::aws_types
