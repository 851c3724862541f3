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
  }
}

Result<std::optional<route53::ResourceRecordSet>> find_record(const Cloud& cloud, const std::string& zone, const std::string& name, const std::string& type) {
  route53::ListResourceRecordSetsRequest request;
  request.hosted_zone_id = zone;
  request.start_record_name = name;
  request.start_record_type = type;
  request.max_items.emplace("1");
  const auto page = TRY(cloud.call<route53::ListResourceRecordSetsResponse>("route53", "ListResourceRecordSets", request));
  if (!page.resource_record_sets || page.resource_record_sets->empty()) return std::optional<route53::ResourceRecordSet>();
  const auto& first = page.resource_record_sets->front();
  if (!is_same_name(first.name.value_or(""), name) || first.type != type) return std::optional<route53::ResourceRecordSet>();
  return std::optional(first);
}

Result<void> change_record(const Cloud& cloud, const std::string& zone, const std::string& action, const route53::ResourceRecordSet& record) {
  route53::ChangeResourceRecordSetsRequest request;
  request.hosted_zone_id = zone;
  auto& change = request.change_batch.emplace().changes.emplace().emplace_back();
  change.action = action;
  change.resource_record_set = record;
  TRY(cloud.call<route53::ChangeResourceRecordSetsResponse>("route53", "ChangeResourceRecordSets", request));
  return {};
}

}  // namespace landfall::terraform::aws_types
