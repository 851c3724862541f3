#include "terraform/aws/more_types.h"
#include "terraform/aws/s3_lifecycle.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

constexpr size_t kDay = sizeof("2026-01-01") - 1, kSecond = sizeof("2026-01-01T00:00:00Z") - 1;

Attribute storage_class() { return text("storage_class").required().checked(one_of({"GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"})); }

bool has_action(const s3::LifecycleRule& rule) {
  return rule.expiration || rule.noncurrent_version_expiration || rule.abort_incomplete_multipart_upload || rule.transitions || rule.noncurrent_version_transitions;
}

/// A day as Terraform has it: "2026-01-01" or "2026-01-01T00:00:00Z".
std::optional<WallTime> moment(const std::string& text) {
  const auto found = parse_iso8601(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
  return found ? std::optional(*found) : std::nullopt;
}

s3::LifecycleRuleFilter filter_of(const std::string& prefix, const Pairs& tags) {
  s3::LifecycleRuleFilter filter;
  if (tags.empty()) {
    filter.prefix = prefix;
  } else if (tags.size() == 1 && prefix.empty()) {
    filter.tag = to_tags<s3::Tag>(tags).front();
  } else {
    auto& all = filter.and_.emplace();
    if (!prefix.empty()) all.prefix = prefix;
    all.tags = to_tags<s3::Tag>(tags);
  }
  return filter;
}

/// Blocks `transition`, and `noncurrent_version_transition`, whose days are called `days` or `noncurrent_days`.
void take_moves(const Record& written, const char* noncurrent_days, s3::LifecycleRule& rule) {
  for (const Record& move : written.blocks("transition")) {
    if (!rule.transitions) rule.transitions.emplace();
    auto& api = rule.transitions->emplace_back();
    api.storage_class = move.text("storage_class");
    if (!move.text("date").empty()) api.date = moment(move.text("date"));
    else api.days = static_cast<int32_t>(move.number("days"));
  }
  for (const Record& move : written.blocks("noncurrent_version_transition")) {
    if (!rule.noncurrent_version_transitions) rule.noncurrent_version_transitions.emplace();
    auto& api = rule.noncurrent_version_transitions->emplace_back();
    api.storage_class = move.text("storage_class");
    api.noncurrent_days = static_cast<int32_t>(move.number(noncurrent_days));
    if (move.number("newer_noncurrent_versions") > 0) api.newer_noncurrent_versions = static_cast<int32_t>(move.number("newer_noncurrent_versions"));
  }
}

/// `date_digits`: how much of a date is told.
void tell_moves(const s3::LifecycleRule& rule, const char* noncurrent_days, size_t date_digits, Record& record) {
  std::vector<Record> moves, noncurrent;
  for (const auto& move : rule.transitions.value_or(std::vector<s3::Transition>{})) {
    Record& one = moves.emplace_back();
    one.set("storage_class", move.storage_class.value_or(""));
    one.set("days", move.days.value_or(0));
    if (move.date) one.set("date", iso8601(*move.date).substr(0, date_digits));
  }
  for (const auto& move : rule.noncurrent_version_transitions.value_or(std::vector<s3::NoncurrentVersionTransition>{})) {
    Record& one = noncurrent.emplace_back();
    one.set("storage_class", move.storage_class.value_or(""));
    one.set(noncurrent_days, move.noncurrent_days.value_or(0));
    if (move.newer_noncurrent_versions) one.set("newer_noncurrent_versions", *move.newer_noncurrent_versions);
  }
  record.set("transition", moves);
  record.set("noncurrent_version_transition", noncurrent);
}

/// Text in which two rules that say the same are the same.
std::string plain(const s3::LifecycleRule& rule) {
  std::string prefix = rule.prefix.value_or("");
  Pairs tags;
  int64_t above = 0, below = 0;
  if (rule.filter) {
    if (rule.filter->prefix) prefix = *rule.filter->prefix;
    if (rule.filter->tag) tags[rule.filter->tag->key.value_or("")] = rule.filter->tag->value.value_or("");
    above = rule.filter->object_size_greater_than.value_or(0);
    below = rule.filter->object_size_less_than.value_or(0);
    if (rule.filter->and_) {
      prefix = rule.filter->and_->prefix.value_or("");
      tags = from_tags(rule.filter->and_->tags);
      above = rule.filter->and_->object_size_greater_than.value_or(0);
      below = rule.filter->and_->object_size_less_than.value_or(0);
    }
  }
  std::string text = fmt::format("{}|{}|{}|{}", rule.status.value_or(""), prefix, above, below);
  for (const auto& [key, value] : tags) text += fmt::format("|{}={}", key, value);
  if (rule.expiration) text += fmt::format("|expiration {} {} {}", rule.expiration->days.value_or(0), rule.expiration->date ? rule.expiration->date->ms : 0, rule.expiration->expired_object_delete_marker.value_or(false));
  if (rule.noncurrent_version_expiration) text += fmt::format("|noncurrent {} {}", rule.noncurrent_version_expiration->noncurrent_days.value_or(0), rule.noncurrent_version_expiration->newer_noncurrent_versions.value_or(0));
  if (rule.abort_incomplete_multipart_upload) text += fmt::format("|abort {}", rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0));
  std::set<std::string> moves;
  for (const auto& move : rule.transitions.value_or(std::vector<s3::Transition>{})) moves.insert(fmt::format("|to {} {} {}", move.storage_class.value_or(""), move.days.value_or(0), move.date ? move.date->ms : 0));
  for (const auto& move : rule.noncurrent_version_transitions.value_or(std::vector<s3::NoncurrentVersionTransition>{})) {
    moves.insert(fmt::format("|noncurrent to {} {} {}", move.storage_class.value_or(""), move.noncurrent_days.value_or(0), move.newer_noncurrent_versions.value_or(0)));
  }
  for (const std::string& move : moves) text += move;
  return text;
}

}  // namespace

Result<void> put_lifecycle(const Cloud& cloud, const Record& bucket, LifecycleRules rules) {
  std::erase_if(rules, [](const s3::LifecycleRule& rule) { return !has_action(rule); });
  if (rules.empty()) return take_away_setting<s3::DeleteBucketLifecycleOutput>(cloud, "DeleteBucketLifecycle", of_bucket<s3::DeleteBucketLifecycleRequest>(bucket));
  auto request = of_bucket<s3::PutBucketLifecycleConfigurationRequest>(bucket);
  request.lifecycle_configuration.emplace().rules = std::move(rules);
  TRY(cloud.call<s3::PutBucketLifecycleConfigurationOutput>("s3", "PutBucketLifecycleConfiguration", request));
  return {};
}

Result<std::optional<LifecycleRules>> lifecycle_of(const Cloud& cloud, const Record& bucket) {
  auto found = TRY(look_up_setting<s3::GetBucketLifecycleConfigurationOutput>(cloud, "GetBucketLifecycleConfiguration", of_bucket<s3::GetBucketLifecycleConfigurationRequest>(bucket), "NoSuchLifecycleConfiguration"));
  if (!found || !found->rules) return std::optional<LifecycleRules>();
  return std::optional<LifecycleRules>(std::move(*found->rules));
}

Block bucket_lifecycle_block() {
  return list_block("lifecycle_rule", {.attributes = {text("id").computed(), text("prefix"), text_map("tags"), flag("enabled").required(), number("abort_incomplete_multipart_upload_days")},
                                       .blocks = {one_block("expiration", {.attributes = {text("date"), number("days"), flag("expired_object_delete_marker")}}), one_block("noncurrent_version_expiration", {.attributes = {number("days")}}),
                                                  set_block("transition", {.attributes = {text("date"), number("days"), storage_class()}}), set_block("noncurrent_version_transition", {.attributes = {number("days"), storage_class()}})}})
      .computed();
}

LifecycleRules rules_of_bucket(const Record& bucket) {
  LifecycleRules rules;
  for (const Record& written : bucket.blocks("lifecycle_rule")) {
    s3::LifecycleRule rule;
    if (!written.text("id").empty()) rule.id = written.text("id");
    rule.status = written.flag("enabled") ? "Enabled" : "Disabled";
    rule.filter = filter_of(written.text("prefix"), written.pairs("tags"));
    if (written.number("abort_incomplete_multipart_upload_days") > 0) rule.abort_incomplete_multipart_upload.emplace().days_after_initiation = static_cast<int32_t>(written.number("abort_incomplete_multipart_upload_days"));
    for (const Record& expiration : written.blocks("expiration")) {
      auto& api = rule.expiration.emplace();
      if (!expiration.text("date").empty()) api.date = moment(expiration.text("date"));
      else if (expiration.number("days") > 0) api.days = static_cast<int32_t>(expiration.number("days"));
      else api.expired_object_delete_marker = expiration.flag("expired_object_delete_marker");
    }
    for (const Record& expiration : written.blocks("noncurrent_version_expiration")) rule.noncurrent_version_expiration.emplace().noncurrent_days = static_cast<int32_t>(expiration.number("days"));
    take_moves(written, "days", rule);
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<Record> bucket_records(const LifecycleRules& rules) {
  std::vector<Record> records;
  for (const s3::LifecycleRule& rule : rules) {
    Record& record = records.emplace_back();
    record.set("id", rule.id.value_or(""));
    record.set("enabled", rule.status == "Enabled");
    std::string prefix = rule.prefix.value_or("");
    Pairs tags;
    if (rule.filter) {
      if (rule.filter->prefix) prefix = *rule.filter->prefix;
      if (rule.filter->tag) tags[rule.filter->tag->key.value_or("")] = rule.filter->tag->value.value_or("");
      if (rule.filter->and_) {
        prefix = rule.filter->and_->prefix.value_or("");
        tags = from_tags(rule.filter->and_->tags);
      }
    }
    record.set("prefix", prefix);
    record.set("tags", tags);
    if (rule.abort_incomplete_multipart_upload) record.set("abort_incomplete_multipart_upload_days", rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0));
    if (rule.expiration) {
      Record expiration;
      expiration.set("days", rule.expiration->days.value_or(0));
      expiration.set("date", rule.expiration->date ? iso8601(*rule.expiration->date).substr(0, 10) : "");
      expiration.set("expired_object_delete_marker", rule.expiration->expired_object_delete_marker.value_or(false));
      record.set("expiration", std::vector<Record>{expiration});
    }
    if (rule.noncurrent_version_expiration) {
      Record expiration;
      expiration.set("days", rule.noncurrent_version_expiration->noncurrent_days.value_or(0));
      record.set("noncurrent_version_expiration", std::vector<Record>{expiration});
    }
    tell_moves(rule, "days", kDay, record);
  }
  return records;
}

bool is_same_lifecycle(const LifecycleRules& a, const LifecycleRules& b) {
  LifecycleRules left, right;
  std::ranges::copy_if(a, std::back_inserter(left), has_action);
  std::ranges::copy_if(b, std::back_inserter(right), has_action);
  return std::ranges::equal(left, right, [](const s3::LifecycleRule& x, const s3::LifecycleRule& y) { return plain(x) == plain(y) && (!x.id || !y.id || x.id == y.id); });
}

namespace {

Schema tag_schema() { return {.attributes = {text("key").required(), text("value").required()}}; }

/// aws_s3_bucket_lifecycle_configuration.
class LifecycleConfiguration final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{
        .attributes = {text("id").read_only(), text("bucket").required().forces_new(), text("expected_bucket_owner").defaults("").forces_new(), text("transition_default_minimum_object_size").computed().checked(one_of({"all_storage_classes_128K", "varies_by_storage_class"}))},
        .blocks = {list_block("rule",
                              {.attributes = {text("id").required(), text("prefix"), text("status").required().checked(one_of({"Enabled", "Disabled"}))},
                               .blocks = {one_block("abort_incomplete_multipart_upload", {.attributes = {number("days_after_initiation")}}),
                                          one_block("expiration", {.attributes = {text("date"), number("days"), flag("expired_object_delete_marker")}}),
                                          one_block("filter", {.attributes = {text("prefix"), number("object_size_greater_than"), number("object_size_less_than")},
                                                               .blocks = {one_block("and", {.attributes = {number("object_size_greater_than"), number("object_size_less_than"), text("prefix"), text_map("tags")}}), one_block("tag", tag_schema())}}),
                                          one_block("noncurrent_version_expiration", {.attributes = {number("newer_noncurrent_versions"), number("noncurrent_days")}}),
                                          set_block("transition", {.attributes = {text("date"), number("days"), storage_class()}}),
                                          set_block("noncurrent_version_transition", {.attributes = {number("newer_noncurrent_versions"), number("noncurrent_days").required(), storage_class()}})}}).required()}};
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto there = TRY(lifecycle_of(cloud, state));
    LifecycleRules kept = rules_of(state);
    state.set("transition_default_minimum_object_size", "all_storage_classes_128K");
    if (!there) return !kept.empty() && std::ranges::none_of(kept, has_action);
    if (!is_same_lifecycle(*there, kept)) state.set("rule", to_records(*there));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return take_away_setting<s3::DeleteBucketLifecycleOutput>(cloud, "DeleteBucketLifecycle", of_bucket<s3::DeleteBucketLifecycleRequest>(state));
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_lifecycle(cloud, planned, rules_of(planned)); }

  template <class Filter>
  static void take_sizes(const Record& record, Filter& filter) {
    if (record.number("object_size_greater_than") > 0) filter.object_size_greater_than = record.number("object_size_greater_than");
    if (record.number("object_size_less_than") > 0) filter.object_size_less_than = record.number("object_size_less_than");
  }

  static s3::LifecycleRuleFilter filter_written(const Record& written) {
    s3::LifecycleRuleFilter filter;
    const Record all = written.block("and"), tag = written.block("tag");
    if (!written.blocks("and").empty()) {
      auto& api = filter.and_.emplace();
      if (!all.text("prefix").empty()) api.prefix = all.text("prefix");
      if (!all.pairs("tags").empty()) api.tags = to_tags<s3::Tag>(all.pairs("tags"));
      take_sizes(all, api);
    } else if (tag.has("key")) {
      auto& api = filter.tag.emplace();
      api.key = tag.text("key");
      api.value = tag.text("value");
    } else {
      take_sizes(written, filter);
      if (!filter.object_size_greater_than && !filter.object_size_less_than) filter.prefix = written.text("prefix");
    }
    return filter;
  }

  static LifecycleRules rules_of(const Record& record) {
    LifecycleRules rules;
    for (const Record& written : record.blocks("rule")) {
      s3::LifecycleRule rule;
      rule.id = written.text("id");
      rule.status = written.text("status");
      if (!written.blocks("filter").empty()) rule.filter = filter_written(written.block("filter"));
      else if (!written.text("prefix").empty()) rule.prefix = written.text("prefix");
      else rule.filter.emplace().prefix = "";
      for (const Record& abort : written.blocks("abort_incomplete_multipart_upload")) rule.abort_incomplete_multipart_upload.emplace().days_after_initiation = static_cast<int32_t>(abort.number("days_after_initiation"));
      for (const Record& expiration : written.blocks("expiration")) {
        auto& api = rule.expiration.emplace();
        if (!expiration.text("date").empty()) api.date = moment(expiration.text("date"));
        else if (expiration.number("days") > 0) api.days = static_cast<int32_t>(expiration.number("days"));
        else api.expired_object_delete_marker = expiration.flag("expired_object_delete_marker");
      }
      for (const Record& expiration : written.blocks("noncurrent_version_expiration")) {
        auto& api = rule.noncurrent_version_expiration.emplace();
        api.noncurrent_days = static_cast<int32_t>(expiration.number("noncurrent_days"));
        if (expiration.number("newer_noncurrent_versions") > 0) api.newer_noncurrent_versions = static_cast<int32_t>(expiration.number("newer_noncurrent_versions"));
      }
      take_moves(written, "noncurrent_days", rule);
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  static Record filter_record(const s3::LifecycleRuleFilter& filter) {
    Record record;
    record.set("prefix", filter.prefix.value_or(""));
    if (filter.object_size_greater_than) record.set("object_size_greater_than", *filter.object_size_greater_than);
    if (filter.object_size_less_than) record.set("object_size_less_than", *filter.object_size_less_than);
    if (filter.tag) {
      Record tag;
      tag.set("key", filter.tag->key.value_or(""));
      tag.set("value", filter.tag->value.value_or(""));
      record.set("tag", std::vector<Record>{tag});
    }
    if (filter.and_) {
      Record all;
      all.set("prefix", filter.and_->prefix.value_or(""));
      all.set("tags", from_tags(filter.and_->tags));
      if (filter.and_->object_size_greater_than) all.set("object_size_greater_than", *filter.and_->object_size_greater_than);
      if (filter.and_->object_size_less_than) all.set("object_size_less_than", *filter.and_->object_size_less_than);
      record.set("and", std::vector<Record>{all});
    }
    return record;
  }

  static std::vector<Record> to_records(const LifecycleRules& rules) {
    std::vector<Record> records;
    for (const s3::LifecycleRule& rule : rules) {
      Record& record = records.emplace_back();
      record.set("id", rule.id.value_or(""));
      record.set("status", rule.status.value_or(""));
      record.set("prefix", rule.prefix.value_or(""));
      if (rule.filter) record.set("filter", std::vector<Record>{filter_record(*rule.filter)});
      if (rule.abort_incomplete_multipart_upload) {
        Record abort;
        abort.set("days_after_initiation", rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0));
        record.set("abort_incomplete_multipart_upload", std::vector<Record>{abort});
      }
      if (rule.expiration) {
        Record expiration;
        expiration.set("days", rule.expiration->days.value_or(0));
        if (rule.expiration->date) expiration.set("date", iso8601(*rule.expiration->date));
        expiration.set("expired_object_delete_marker", rule.expiration->expired_object_delete_marker.value_or(false));
        record.set("expiration", std::vector<Record>{expiration});
      }
      if (rule.noncurrent_version_expiration) {
        Record expiration;
        expiration.set("noncurrent_days", rule.noncurrent_version_expiration->noncurrent_days.value_or(0));
        if (rule.noncurrent_version_expiration->newer_noncurrent_versions) expiration.set("newer_noncurrent_versions", *rule.noncurrent_version_expiration->newer_noncurrent_versions);
        record.set("noncurrent_version_expiration", std::vector<Record>{expiration});
      }
      tell_moves(rule, "noncurrent_days", kSecond, record);
    }
    return records;
  }
};

}  // namespace

void add_s3_lifecycle(Provider& provider) { provider.resources["aws_s3_bucket_lifecycle_configuration"] = std::make_unique<LifecycleConfiguration>(); }

}  // namespace landfall::terraform::aws_types
