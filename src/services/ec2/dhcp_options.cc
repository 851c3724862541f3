#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ip.h"
#include "services/ec2/support.h"

/// DHCP option sets. A VPC takes only one that its tasks and resolver carry out: Amazon's servers and its own domain.
namespace landfall::services::ec2 {
namespace {

using model::DhcpOptions;

constexpr size_t kMaxServers = 4;  // VPC user guide, DHCP option sets
constexpr std::array<std::string_view, 6> kNames{"domain-name", "domain-name-servers", "ntp-servers", "netbios-name-servers", "netbios-node-type", "ipv6-address-preferred-lease-time"};

std::string usual_domain(const std::string& region) { return region == "us-east-1" ? "ec2.internal" : region + ".compute.internal"; }

/// What each region has from the start; it is nobody's record.
DhcpOptions usual(const CallContext& context) {
  return {.account = context.account, .region = context.region, .id = std::string(kDefaultDhcpOptions),
          .configurations = {{"domain-name", {usual_domain(context.region)}}, {"domain-name-servers", {"AmazonProvidedDNS"}}}, .tags = {}};
}

template <class From>
std::optional<DhcpOptions> find_options(const From& from, const CallContext& context, const std::string& id) {
  if (id == kDefaultDhcpOptions) return usual(context);
  return store::find<DhcpOptions>(from, key_of(context, id));
}

Error missing(const std::string& id) { return not_found("InvalidDhcpOptionID.NotFound", "dhcpOption", id); }

shapes::DhcpOptions render(const DhcpOptions& options) {
  shapes::DhcpOptions out{.dhcp_configurations = std::vector<shapes::DhcpConfiguration>{}, .dhcp_options_id = options.id, .owner_id = options.account, .tags = tag_list(options.tags)};
  for (const auto& [key, values] : options.configurations) {
    auto& configuration = out.dhcp_configurations->emplace_back(shapes::DhcpConfiguration{.key = key, .values = std::vector<shapes::AttributeValue>{}});
    for (const std::string& value : values) configuration.values->push_back({.value = value});
  }
  return out;
}

Result<void> check_option(const std::string& key, const std::vector<std::string>& values) {
  if (std::ranges::count(kNames, std::string_view(key)) == 0) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter key is invalid. Unknown DHCP option", key));
  if (values.empty()) return fail("InvalidParameterValue", fmt::format("Value () for parameter {} is invalid. The value is empty.", key));
  if (key == "netbios-node-type" && (values.size() > 1 || (values[0] != "1" && values[0] != "2" && values[0] != "4" && values[0] != "8"))) {
    return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter value is invalid. Invalid NetBIOS node type.", fmt::join(values, ",")));
  }
  if (!key.ends_with("-servers")) return {};
  if (values.size() > kMaxServers) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter {} is invalid. At most {} servers can be given.", fmt::join(values, ","), key, kMaxServers));
  for (const std::string& value : values) {
    const bool is_amazon = key == "domain-name-servers" && iequals(value, "AmazonProvidedDNS");
    if (!is_amazon && !parse_ipv4(value) && value.find(':') == std::string::npos) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter {} is invalid. Invalid IP address.", value, key));
  }
  return {};
}

Result<shapes::CreateDhcpOptionsResult> create(const Deps& deps, const CallContext& context, const shapes::CreateDhcpOptionsRequest& request) {
  DhcpOptions options{.account = context.account, .region = context.region, .id = deps.ids.ec2("dopt"), .configurations = {}, .tags = {}};
  options.tags = TRY(tags_for(request.tag_specifications, "dhcp-options"));
  for (const auto& one : request.dhcp_configurations.value_or(std::vector<shapes::NewDhcpConfiguration>{})) {
    const auto values = one.values.value_or(std::vector<std::string>{});
    TRY(check_option(text(one.key), values));
    options.configurations[text(one.key)] = values;
  }
  if (options.configurations.empty()) return fail("MissingParameter", "The request must contain the parameter dhcpConfiguration");
  return transact<shapes::CreateDhcpOptionsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateDhcpOptionsResult> {
    store::put(tx, options);
    return shapes::CreateDhcpOptionsResult{.dhcp_options = render(options)};
  });
}

Result<shapes::DeleteDhcpOptionsOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteDhcpOptionsRequest& request) {
  const std::string id = text(request.dhcp_options_id);
  return transact<shapes::DeleteDhcpOptionsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteDhcpOptionsOutput> {
    if (!find_options(tx, context, id)) return fail(missing(id));
    const auto vpcs = store::all<model::Vpc>(tx, scope(context));
    if (id == kDefaultDhcpOptions || std::ranges::count(vpcs, id, &model::Vpc::dhcp_options_id) > 0) {
      return fail("DependencyViolation", fmt::format("The dhcpOptions '{}' has dependencies and cannot be deleted.", id));
    }
    store::erase<DhcpOptions>(tx, key_of(context, id));
    return shapes::DeleteDhcpOptionsOutput{};
  });
}

/// "default" is no options at all. Tasks that run keep what they have (ECS developer guide, Task networking).
Result<shapes::AssociateDhcpOptionsOutput> associate(const Deps& deps, const CallContext& context, const shapes::AssociateDhcpOptionsRequest& request) {
  return transact<shapes::AssociateDhcpOptionsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateDhcpOptionsOutput> {
    auto vpc = store::find<model::Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const std::string id = text(request.dhcp_options_id);
    if (id != "default" && !find_options(tx, context, id)) return fail(missing(id));
    vpc->dhcp_options_id = id;
    store::put(tx, *vpc);
    return shapes::AssociateDhcpOptionsOutput{};
  });
}

Result<shapes::DescribeDhcpOptionsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeDhcpOptionsRequest& request) {
  static const std::vector<std::string_view> known{"dhcp-options-id", "key", "value", "owner-id"};
  TRY(passes(request.filters, {}, {}, known));
  auto all = store::all<DhcpOptions>(deps.store, scope(context));
  all.insert(all.begin(), usual(context));
  std::vector<DhcpOptions> chosen;
  for (const std::string& id : request.dhcp_options_ids.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(all, id, &DhcpOptions::id) == 0) return fail(missing(id));
  }
  for (DhcpOptions& options : all) {
    Facts facts{{"dhcp-options-id", options.id}, {"owner-id", options.account}};
    for (const auto& [key, values] : options.configurations) {
      facts.insert({"key", key});
      for (const std::string& value : values) facts.insert({"value", value});
    }
    const bool is_named = !request.dhcp_options_ids || request.dhcp_options_ids->empty() || std::ranges::count(*request.dhcp_options_ids, options.id) > 0;
    if (is_named && TRY(passes(request.filters, facts, options.tags, known))) chosen.push_back(std::move(options));
  }
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeDhcpOptionsResult result{.dhcp_options = std::vector<shapes::DhcpOptions>{}, .next_token = token_of(answer.next)};
  for (const DhcpOptions& options : answer.items) result.dhcp_options->push_back(render(options));
  return result;
}

}  // namespace

void register_dhcp_options(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateDhcpOptionsRequest, shapes::CreateDhcpOptionsResult>("ec2", "CreateDhcpOptions", {"DhcpConfigurations.*", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteDhcpOptionsRequest, shapes::DeleteDhcpOptionsOutput>("ec2", "DeleteDhcpOptions", {"DhcpOptionsId"}, bind(remove));
  registry.add<shapes::AssociateDhcpOptionsRequest, shapes::AssociateDhcpOptionsOutput>("ec2", "AssociateDhcpOptions", {"DhcpOptionsId", "VpcId"}, bind(associate));
  registry.add<shapes::DescribeDhcpOptionsRequest, shapes::DescribeDhcpOptionsResult>("ec2", "DescribeDhcpOptions", {"DhcpOptionsIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
