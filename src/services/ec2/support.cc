#include "services/ec2/support.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::ec2 {

Result<void> check_tag(const std::string& key, const std::string& value) {
  constexpr size_t kMaxKey = 128, kMaxValue = 256;  // characters
  const auto length = [](const std::string& text) { return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; })); };
  if (key.empty()) return fail("InvalidParameterValue", "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.");
  if (key.starts_with("aws:")) return fail("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use");
  if (length(key) > kMaxKey) return fail("InvalidParameterValue", fmt::format("Tag key exceeds the maximum length of {} characters", kMaxKey));
  if (length(value) > kMaxValue) return fail("InvalidParameterValue", fmt::format("Tag value exceeds the maximum length of {} characters", kMaxValue));
  return {};
}

Result<model::Tags> tags_for(const std::optional<std::vector<shapes::TagSpecification>>& specifications, std::string_view type) {
  model::Tags tags;
  if (!specifications) return tags;
  for (const auto& specification : *specifications) {
    if (text(specification.resource_type) != type) {
      return fail("InvalidParameterValue", fmt::format("'{}' is not a valid taggable resource type for this operation.", text(specification.resource_type)));
    }
    if (!specification.tags || specification.tags->empty()) return fail("InvalidParameterValue", "Tag specification must have at least one tag");
    for (const auto& tag : *specification.tags) {
      TRY(check_tag(text(tag.key), text(tag.value)));
      if (!tags.emplace(text(tag.key), text(tag.value)).second) return fail("InvalidParameterValue", fmt::format("Duplicate tag key '{}' specified.", text(tag.key)));
    }
  }
  return tags;
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags) {
  std::vector<shapes::Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

namespace {

/// What an id of a kind looks like; by the code of one that is not there.
struct IdKind {
  std::string_view not_found, malformed, prefix;
};
constexpr IdKind kIdKinds[] = {{"InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed", "rtb-"}, {"InvalidRouteTableId.NotFound", "InvalidRouteTableId.Malformed", "rtb-"}, {"InvalidGroup.NotFound", "InvalidGroupId.Malformed", "sg-"},
                               {"InvalidInternetGatewayID.NotFound", "InvalidInternetGatewayId.Malformed", "igw-"}, {"NatGatewayNotFound", "NatGatewayMalformed", "nat-"}, {"InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed", "acl-"},
                               {"InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed", "eni-"}, {"InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsId.Malformed", "dopt-"}, {"InvalidPrefixListID.NotFound", "InvalidPrefixListId.Malformed", "pl-"},
                               {"InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointId.Malformed", "vpce-"}, {"InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.Malformed", "vpce-"},
                               {"InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.Malformed", "pcx-"}, {"InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRuleId.Malformed", "sgr-"}};

/// EC2 looks for ids of the right form only: a prefix, then lower-case letters and digits. Of codes that it does not list it has none;
/// it looks for VPCs and subnets of any id.
/// Source  EC2 API, Error codes; answers quoted in issues.
std::optional<Error> malformed(std::string_view code, std::string_view id) {
  const auto kind = std::ranges::find(kIdKinds, code, &IdKind::not_found);
  if (kind == std::end(kIdKinds)) return std::nullopt;
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!id.starts_with(kind->prefix)) return Error{.code = std::string(kind->malformed), .what = fmt::format("Invalid id: \"{}\" (expecting \"{}...\")", id, kind->prefix)};
  if (std::ranges::all_of(id.substr(kind->prefix.size()), is_plain)) return std::nullopt;
  return Error{.code = std::string(kind->malformed), .what = fmt::format("Invalid id: \"{}\" (expecting \"{}...; the Id may only contain lowercase alphanumeric characters and a single dash\")", id, kind->prefix)};
}

}  // namespace

Error no_group(std::string_view name) { return {.code = "InvalidGroup.NotFound", .what = fmt::format("The security group '{}' does not exist", name)}; }

Error not_found(std::string_view code, std::string_view noun, std::string_view id) {
  if (auto error = malformed(code, id)) return std::move(*error);
  if (code == "NatGatewayNotFound") return {.code = std::string(code), .what = fmt::format("NatGateway {} was not found", id)};
  if (code.starts_with("InvalidVpcEndpoint")) return {.code = std::string(code), .what = fmt::format("The Vpc Endpoint Id '{}' does not exist", id)};
  if (code == "InvalidPrefixListID.NotFound") return {.code = std::string(code), .what = fmt::format("The prefix list ID '{}' does not exist.", id)};
  if (code == "InvalidGroup.NotFound") return no_group(id);
  return {.code = std::string(code), .what = fmt::format("The {} ID '{}' does not exist", noun, id)};
}

namespace {

/// A filter's values: * and ? stand for others unless a backslash is before them (EC2 user guide, List and filter your resources).
bool any_matches(const std::vector<std::string>& patterns, std::string_view value) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return glob_match_escaped(pattern, value); });
}

Result<bool> passes_one(const std::string& name, const std::vector<std::string>& patterns, const Facts& facts, const model::Tags& tags,
                        const std::vector<std::string_view>& known) {
  if (name.starts_with("tag:")) {
    const auto tag = tags.find(name.substr(4));
    return tag != tags.end() && any_matches(patterns, tag->second);
  }
  if (name == "tag-value") return std::ranges::any_of(tags, [&](const auto& tag) { return any_matches(patterns, tag.second); });
  if (name == "tag-key") return std::ranges::any_of(tags, [&](const auto& tag) { return any_matches(patterns, tag.first); });
  if (std::ranges::count(known, std::string_view(name)) == 0) {
    return fail("InvalidParameterValue", fmt::format("The filter '{}' is invalid", name));
  }
  const auto [first, last] = facts.equal_range(name);
  return std::any_of(first, last, [&](const auto& fact) { return any_matches(patterns, fact.second); });
}

}  // namespace

Result<bool> passes(const std::optional<std::vector<shapes::Filter>>& filters, const Facts& facts, const model::Tags& tags,
                    const std::vector<std::string_view>& known) {
  if (!filters) return true;
  bool all = true;
  for (const auto& filter : *filters) {
    const bool one = TRY(passes_one(text(filter.name), filter.values.value_or(std::vector<std::string>{}), facts, tags, known));
    all = all && one;
  }
  return all;
}

}  // namespace landfall::services::ec2
