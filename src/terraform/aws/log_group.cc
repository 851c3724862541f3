#include <algorithm>

#include "aws/shapes/logs.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace logs = aws::logs;

std::string check_retention(const Value& value) {
  static const std::vector<int64_t> days{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
  const auto found = value.as_number().as_int64();
  return found && std::ranges::find(days, *found) != days.end() ? "" : "to be one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653], got " + hcl::to_console(value);
}

class LogGroup final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
                                                        number("retention_in_days").defaults(0).checked(check_retention), flag("skip_destroy").defaults(false), text("log_group_class").computed().forces_new(), refused(text("kms_key_id")), refused(flag("deletion_protection_enabled"))}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    logs::CreateLogGroupRequest request;
    request.log_group_name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "terraform-") + cloud.ids->hex(26);
    if (!planned.text("log_group_class").empty()) request.log_group_class = planned.text("log_group_class");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = tags;
    TRY(cloud.call<logs::CreateLogGroupOutput>("logs", "CreateLogGroup", request));
    state.set("id", *request.log_group_name);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return set_retention(cloud, *request.log_group_name, planned.number("retention_in_days"), false);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    logs::DescribeLogGroupsRequest request;
    request.log_group_name_prefix = name;
    const auto found = TRY(cloud.call<logs::DescribeLogGroupsResponse>("logs", "DescribeLogGroups", request));
    for (const auto& group : found.log_groups.value_or(std::vector<logs::LogGroup>{})) {
      if (group.log_group_name != name) continue;
      std::string arn = group.arn.value_or("");
      if (arn.ends_with(":*")) arn.resize(arn.size() - 2);
      state.set("name", name);
      state.set("arn", arn);
      state.set("retention_in_days", group.retention_in_days.value_or(0));
      state.set("log_group_class", group.log_group_class.value_or("STANDARD"));
      logs::ListTagsForResourceRequest tags;
      tags.resource_arn = arn;
      const auto read = TRY(cloud.call<logs::ListTagsForResourceResponse>("logs", "ListTagsForResource", tags));
      set_tags(cloud, state, read.tags.value_or(Pairs{}));
      return true;
    }
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "retention_in_days")) TRY(set_retention(cloud, prior.text("id"), planned.number("retention_in_days"), true));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      logs::UntagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tag_keys = change.removed;
      TRY(cloud.call<logs::UntagResourceOutput>("logs", "UntagResource", request));
    }
    if (!change.put.empty()) {
      logs::TagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tags = change.put;
      TRY(cloud.call<logs::TagResourceOutput>("logs", "TagResource", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (state.flag("skip_destroy")) return {};
    logs::DeleteLogGroupRequest request;
    request.log_group_name = state.text("id");
    return ignore_gone(cloud.call<logs::DeleteLogGroupOutput>("logs", "DeleteLogGroup", request));
  }

 private:
  static Result<void> set_retention(const Cloud& cloud, const std::string& name, int64_t days, bool takes_away) {
    if (days > 0) {
      logs::PutRetentionPolicyRequest request;
      request.log_group_name = name;
      request.retention_in_days = static_cast<int32_t>(days);
      TRY(cloud.call<logs::PutRetentionPolicyOutput>("logs", "PutRetentionPolicy", request));
    } else if (takes_away) {
      logs::DeleteRetentionPolicyRequest request;
      request.log_group_name = name;
      TRY(cloud.call<logs::DeleteRetentionPolicyOutput>("logs", "DeleteRetentionPolicy", request));
    }
    return {};
  }
};

}  // namespace

void add_log_group(Provider& provider) { provider.resources["aws_cloudwatch_log_group"] = std::make_unique<LogGroup>(); }

}  // namespace landfall::terraform::aws_types
