#include "terraform/aws/route53.h"

#include "base/text.h"

namespace landfall::terraform::aws_types {

namespace route53 = aws::route53;

std::string zone_id(const std::string& id) { return id.substr(id.rfind('/') + 1); }

std::string canonical_domain(std::string_view name) {
  std::string text = replace_all(lower(name), "\\052", "*");
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool is_same_name(std::string_view a, std::string_view b) { return canonical_domain(a) == canonical_domain(b); }

bool is_same_domain(const Value& there, const Value& wanted) { return there.has_value() && wanted.has_value() && is_same_name(there.as_string(), wanted.as_string()); }

Result<std::vector<route53::ResourceRecordSet>> list_records(const Cloud& cloud, const std::string& zone) {
  std::vector<route53::ResourceRecordSet> all;
  route53::ListResourceRecordSetsRequest request;
  request.hosted_zone_id = zone;
  for (;;) {
    const auto page = TRY(cloud.call<route53::ListResourceRecordSetsResponse>("route53", "ListResourceRecordSets", request));
    for (const auto& record : page.resource_record_sets.value_or(std::vector<route53::ResourceRecordSet>{})) all.push_back(record);
    if (!page.is_truncated.value_or(false)) return all;
    request.start_record_name = page.next_record_name;
    request.start_record_type = page.next_record_type;
    request.start_record_identifier = page.next_record_identifier;
  }
}

Result<std::optional<route53::ResourceRecordSet>> find_record(const Cloud& cloud, const std::string& zone, const std::string& name, const std::string& type, const std::string& identifier) {
  route53::ListResourceRecordSetsRequest request;
  request.hosted_zone_id = zone;
  request.start_record_name = name;
  request.start_record_type = type;
  if (!identifier.empty()) request.start_record_identifier = identifier;
  request.max_items.emplace("1");
  const auto page = TRY(cloud.call<route53::ListResourceRecordSetsResponse>("route53", "ListResourceRecordSets", request));
  if (!page.resource_record_sets || page.resource_record_sets->empty()) return std::optional<route53::ResourceRecordSet>();
  const auto& first = page.resource_record_sets->front();
  if (!is_same_name(first.name.value_or(""), name) || first.type != type || first.set_identifier.value_or("") != identifier) return std::optional<route53::ResourceRecordSet>();
  return std::optional(first);
}

route53::Change record_change(const std::string& action, route53::ResourceRecordSet record) { return {.action = action, .resource_record_set = std::move(record)}; }

Result<void> change_records(const Cloud& cloud, const std::string& zone, std::vector<route53::Change> changes) {
  route53::ChangeResourceRecordSetsRequest request;
  request.hosted_zone_id = zone;
  request.change_batch.emplace().changes = std::move(changes);
  TRY(cloud.call<route53::ChangeResourceRecordSetsResponse>("route53", "ChangeResourceRecordSets", request));
  return {};
}

Result<void> change_record(const Cloud& cloud, const std::string& zone, const std::string& action, const route53::ResourceRecordSet& record) { return change_records(cloud, zone, {record_change(action, record)}); }

route53::VPC vpc_of(const Cloud& cloud, const Record& record) {
  route53::VPC vpc;
  vpc.vpc_id = record.text("vpc_id");
  vpc.vpc_region = record.text("vpc_region").empty() ? cloud.region : record.text("vpc_region");
  return vpc;
}

Result<Pairs> read_dns_tags(const Cloud& cloud, const std::string& kind, const std::string& id) {
  route53::ListTagsForResourceRequest request;
  request.resource_type = kind;
  request.resource_id = id;
  const auto found = TRY(cloud.call<route53::ListTagsForResourceResponse>("route53", "ListTagsForResource", request));
  return found.resource_tag_set ? from_tags(found.resource_tag_set->tags) : Pairs{};
}

Result<void> change_dns_tags(const Cloud& cloud, const std::string& kind, const std::string& id, const TagChange& change) {
  if (change.is_empty()) return {};
  route53::ChangeTagsForResourceRequest request;
  request.resource_type = kind;
  request.resource_id = id;
  if (!change.put.empty()) request.add_tags = to_tags<route53::Tag>(change.put);
  if (!change.removed.empty()) request.remove_tag_keys = change.removed;
  TRY(cloud.call<route53::ChangeTagsForResourceResponse>("route53", "ChangeTagsForResource", request));
  return {};
}

}  // namespace landfall::terraform::aws_types
