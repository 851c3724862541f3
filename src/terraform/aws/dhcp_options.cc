#include <utility>

#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// Attributes by the names of EC2's options.
constexpr std::pair<const char*, const char*> kLists[] = {{"domain_name_servers", "domain-name-servers"}, {"ntp_servers", "ntp-servers"}, {"netbios_name_servers", "netbios-name-servers"}};
constexpr std::pair<const char*, const char*> kTexts[] = {{"domain_name", "domain-name"}, {"netbios_node_type", "netbios-node-type"}, {"ipv6_address_preferred_lease_time", "ipv6-address-preferred-lease-time"}};

void tell_options(const Cloud& cloud, const ec2::DhcpOptions& options, Record& state) {
  const std::string id = options.dhcp_options_id.value_or("");
  state.set("id", id);
  state.set("arn", arn_of(cloud, "ec2", "dhcp-options/" + id));
  state.set("owner_id", options.owner_id.value_or(""));
  for (const auto& [name, key] : kLists) state.clear(name);
  for (const auto& [name, key] : kTexts) state.clear(name);
  for (const auto& option : options.dhcp_configurations.value_or(std::vector<ec2::DhcpConfiguration>{})) {
    std::vector<std::string> values;
    for (const auto& value : option.values.value_or(std::vector<ec2::AttributeValue>{})) values.push_back(value.value.value_or(""));
    for (const auto& [name, key] : kLists) {
      if (option.key == key) state.set(name, values);
    }
    for (const auto& [name, key] : kTexts) {
      if (option.key == key && !values.empty()) state.set(name, values.front());
    }
  }
}

Result<std::optional<ec2::DhcpOptions>> find_options(const Cloud& cloud, const std::string& id) {
  ec2::DescribeDhcpOptionsRequest request;
  request.dhcp_options_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeDhcpOptionsResult>(cloud, "ec2", "DescribeDhcpOptions", request));
  if (!found || !found->dhcp_options || found->dhcp_options->empty()) return std::optional<ec2::DhcpOptions>();
  return std::optional<ec2::DhcpOptions>(std::move(found->dhcp_options->front()));
}

Result<void> associate(const Cloud& cloud, const std::string& options, const std::string& vpc) {
  ec2::AssociateDhcpOptionsRequest request;
  request.dhcp_options_id = options;
  request.vpc_id = vpc;
  return ignore_gone(cloud.call<ec2::AssociateDhcpOptionsOutput>("ec2", "AssociateDhcpOptions", request));
}

class DhcpOptions final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("domain_name").forces_new(), texts("domain_name_servers").forces_new(), texts("ntp_servers").forces_new(),
                                                        texts("netbios_name_servers").forces_new(), text("netbios_node_type").forces_new(), text("ipv6_address_preferred_lease_time").forces_new()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateDhcpOptionsRequest request;
    auto& options = request.dhcp_configurations.emplace();
    const auto add = [&](const char* key, std::vector<std::string> values) {
      auto& one = options.emplace_back();
      one.key = key;
      one.values = std::move(values);
    };
    for (const auto& [name, key] : kLists) {
      if (!planned.texts(name).empty()) add(key, planned.texts(name));
    }
    for (const auto& [name, key] : kTexts) {
      if (!planned.text(name).empty()) add(key, {planned.text(name)});
    }
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("dhcp-options", planned);
    const auto made = TRY(cloud.call<ec2::CreateDhcpOptionsResult>("ec2", "CreateDhcpOptions", request));
    state.set("id", made.dhcp_options->dhcp_options_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto options = TRY(find_options(cloud, state.text("id")));
    if (!options) return false;
    tell_options(cloud, *options, state);
    set_tags(cloud, state, from_tags(options->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, prior.text("id"), prior, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteDhcpOptionsRequest request;
    request.dhcp_options_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteDhcpOptionsOutput>("ec2", "DeleteDhcpOptions", request)); });
  }
};

/// Amazon's resolver and the region's domain.
bool is_usual(const Cloud& cloud, const ec2::DhcpOptions& options) {
  Record told;
  tell_options(cloud, options, told);
  const std::string domain = cloud.region == "us-east-1" ? "ec2.internal" : cloud.region + ".compute.internal";
  return told.text("domain_name") == domain && told.texts("domain_name_servers") == std::vector<std::string>{"AmazonProvidedDNS"} && told.texts("ntp_servers").empty();
}

/// Those that every VPC begins with; somebody else's that say the same have tags, as a rule.
Result<std::optional<ec2::DhcpOptions>> usual_options(const Cloud& cloud) {
  const auto all = TRY(cloud.call<ec2::DescribeDhcpOptionsResult>("ec2", "DescribeDhcpOptions", ec2::DescribeDhcpOptionsRequest{}));
  std::optional<ec2::DhcpOptions> usual;
  for (const auto& options : all.dhcp_options.value_or(std::vector<ec2::DhcpOptions>{})) {
    if (is_usual(cloud, options) && (!usual || from_tags(options.tags).empty())) usual = options;
  }
  return usual;
}

/// The id is "OPTIONS-VPC".
class DhcpOptionsAssociation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("vpc_id").required().forces_new(), text("dhcp_options_id").required()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AssociateDhcpOptionsRequest request;
    request.dhcp_options_id = planned.text("dhcp_options_id");
    request.vpc_id = planned.text("vpc_id");
    TRY(cloud.call<ec2::AssociateDhcpOptionsOutput>("ec2", "AssociateDhcpOptions", request));
    state.set("id", *request.dhcp_options_id + "-" + *request.vpc_id);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeVpcsRequest request;
    request.vpc_ids = std::vector<std::string>{state.text("vpc_id")};
    const auto found = TRY(look_up<ec2::DescribeVpcsResult>(cloud, "ec2", "DescribeVpcs", request));
    if (!found || !found->vpcs || found->vpcs->empty()) return false;
    const std::string now = found->vpcs->front().dhcp_options_id.value_or("");
    if (now != state.text("dhcp_options_id")) return false;
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record&, const Record& planned, Record& state) const override { return create(cloud, planned, state); }

  /// The VPC has those again that every VPC begins with.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto usual = TRY(usual_options(cloud));
    if (usual && usual->dhcp_options_id != state.text("dhcp_options_id")) return associate(cloud, usual->dhcp_options_id.value_or(""), state.text("vpc_id"));
    return {};
  }

  /// The VPC's id.
  Result<Record> import(const Cloud& cloud, const std::string& id) const override {
    ec2::DescribeVpcsRequest request;
    request.vpc_ids = std::vector<std::string>{id};
    const auto found = TRY(cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request));
    Record record;
    record.set("vpc_id", id);
    record.set("dhcp_options_id", found.vpcs->front().dhcp_options_id.value_or(""));
    record.set("id", record.text("dhcp_options_id") + "-" + id);
    return record;
  }
};

/// aws_default_vpc_dhcp_options: those that every VPC begins with, taken over and never taken away. Lists are told as one text.
class DefaultDhcpOptions final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").computed(), text("domain_name").read_only(), text("domain_name_servers").read_only(), text("ntp_servers").read_only(),
                                                        text("netbios_name_servers").read_only(), text("netbios_node_type").read_only(), text("ipv6_address_preferred_lease_time").read_only()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const auto usual = TRY(usual_options(cloud));
    if (!usual) return fail(found_not_one(0, "EC2 Default DHCP Options Set"));
    state.set("id", usual->dhcp_options_id.value_or(""));
    Record there;
    there.set("tags_all", from_tags(usual->tags));
    return update_ec2_tags(cloud, state.text("id"), there, planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto options = TRY(find_options(cloud, state.text("id")));
    if (!options) return false;
    tell_options(cloud, *options, state);
    for (const auto& [name, key] : kLists) state.set(name, join(state.texts(name), ","));
    set_tags(cloud, state, from_tags(options->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, prior.text("id"), prior, planned); }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
};

Result<void> read_source(const Cloud& cloud, Record& state) {
  ec2::DescribeDhcpOptionsRequest request;
  if (!state.text("dhcp_options_id").empty()) request.dhcp_options_ids = std::vector<std::string>{state.text("dhcp_options_id")};
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeDhcpOptionsResult>("ec2", "DescribeDhcpOptions", request));
  const auto all = found.dhcp_options.value_or(std::vector<ec2::DhcpOptions>{});
  if (all.size() != 1) return fail(found_not_one(all.size(), "EC2 DHCP Options Set"));
  tell_options(cloud, all[0], state);
  state.set("dhcp_options_id", state.text("id"));
  state.set("tags", from_tags(all[0].tags));
  return {};
}

}  // namespace

void add_dhcp_options(Provider& provider) {
  provider.resources["aws_vpc_dhcp_options"] = std::make_unique<DhcpOptions>();
  provider.resources["aws_vpc_dhcp_options_association"] = std::make_unique<DhcpOptionsAssociation>();
  provider.resources["aws_default_vpc_dhcp_options"] = std::make_unique<DefaultDhcpOptions>();
  add_source(provider, "aws_vpc_dhcp_options", {.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("dhcp_options_id").computed(), text("domain_name").read_only(), texts("domain_name_servers").read_only(),
                                                               texts("ntp_servers").read_only(), texts("netbios_name_servers").read_only(), text("netbios_node_type").read_only(), text("ipv6_address_preferred_lease_time").read_only(), text_map("tags").computed()},
                                                .blocks = {filter_block()}}, read_source);
}

}  // namespace landfall::terraform::aws_types
