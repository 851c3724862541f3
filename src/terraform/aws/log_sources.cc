#include "aws/shapes/logs.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Data sources of CloudWatch Logs.
namespace landfall::terraform::aws_types {
namespace {

namespace logs = aws::logs;

Result<std::vector<logs::LogGroup>> groups_of(const Cloud& cloud, const std::string& prefix) {
  logs::DescribeLogGroupsRequest request;
  if (!prefix.empty()) request.log_group_name_prefix = prefix;
  std::vector<logs::LogGroup> groups;
  do {
    const auto page = TRY(cloud.call<logs::DescribeLogGroupsResponse>("logs", "DescribeLogGroups", request));
    for (const auto& group : page.log_groups.value_or(std::vector<logs::LogGroup>{})) groups.push_back(group);
    request.next_token = page.next_token;
  } while (request.next_token);
  return groups;
}

Result<void> read_group(const Cloud& cloud, Record& state) {
  const std::string name = state.text("name");
  for (const logs::LogGroup& group : TRY(groups_of(cloud, name))) {
    if (group.log_group_name != name) continue;
    const std::string arn = group.log_group_arn.value_or("");
    state.set("id", name);
    state.set("arn", arn);
    state.set("creation_time", group.creation_time.value_or(0));
    state.set("kms_key_id", group.kms_key_id.value_or(""));
    state.set("log_group_class", group.log_group_class.value_or("STANDARD"));
    state.set("retention_in_days", group.retention_in_days.value_or(0));
    logs::ListTagsForResourceRequest tags;
    tags.resource_arn = arn;
    state.set("tags", TRY(cloud.call<logs::ListTagsForResourceResponse>("logs", "ListTagsForResource", tags)).tags.value_or(Pairs{}));
    return {};
  }
  return fail(found_not_one(0, "CloudWatch Logs Log Group"));
}

Result<void> read_groups(const Cloud& cloud, Record& state) {
  std::vector<std::string> names, arns;
  for (const logs::LogGroup& group : TRY(groups_of(cloud, state.text("log_group_name_prefix")))) {
    names.push_back(group.log_group_name.value_or(""));
    arns.push_back(group.log_group_arn.value_or(""));
  }
  state.set("id", cloud.region);
  state.set("log_group_names", names);
  state.set("arns", arns);
  return {};
}

}  // namespace

void add_log_sources(Provider& provider) {
  add_source(provider, "aws_cloudwatch_log_group", {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), number("creation_time").read_only(), text("kms_key_id").read_only(), text("log_group_class").read_only(),
                                                                   number("retention_in_days").read_only(), text_map("tags").computed()}}, read_group);
  add_source(provider, "aws_cloudwatch_log_groups", {.attributes = {text("id").read_only(), text("log_group_name_prefix"), text_set("log_group_names").read_only(), text_set("arns").read_only()}}, read_groups);
}

}  // namespace landfall::terraform::aws_types
