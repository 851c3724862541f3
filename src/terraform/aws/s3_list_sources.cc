#include <algorithm>

#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/sources.h"

/// data aws_s3_objects, its old name, and data aws_s3_bucket_policy.
namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

constexpr int64_t kUsualKeys = 1000;  // the API's default of max_keys

s3::ListObjectsV2Request request_of(const Record& state) {
  s3::ListObjectsV2Request request{.bucket = state.text("bucket")};
  const auto give = [&](const char* name, std::optional<std::string>& to) {
    if (!state.text(name).empty()) to = state.text(name);
  };
  give("prefix", request.prefix);
  give("delimiter", request.delimiter);
  give("encoding_type", request.encoding_type);
  give("start_after", request.start_after);
  give("request_payer", request.request_payer);
  if (state.flag("fetch_owner")) request.fetch_owner = true;
  return request;
}

Result<void> read_objects(const Cloud& cloud, Record& state) {
  s3::ListObjectsV2Request request = request_of(state);
  std::vector<std::string> keys, prefixes, owners;
  int64_t left = state.has("max_keys") ? state.number("max_keys") : kUsualKeys;
  while (left > 0) {
    request.max_keys = static_cast<int32_t>(std::min(left, kUsualKeys));
    const auto page = TRY(cloud.call<s3::ListObjectsV2Output>("s3", "ListObjectsV2", request));
    for (const auto& object : page.contents.value_or(std::vector<s3::Object>{})) {
      keys.push_back(object.key.value_or(""));
      if (object.owner) owners.push_back(object.owner->id.value_or(""));
    }
    for (const auto& prefix : page.common_prefixes.value_or(std::vector<s3::CommonPrefix>{})) prefixes.push_back(prefix.prefix.value_or(""));
    left -= page.key_count.value_or(0);
    if (!page.is_truncated.value_or(false) || page.key_count.value_or(0) == 0) break;
    request.continuation_token = page.next_continuation_token;
  }
  state.set("id", state.text("bucket"));
  state.set("keys", keys);
  state.set("common_prefixes", prefixes);
  state.set("owners", owners);
  return {};
}

Result<void> read_policy(const Cloud& cloud, Record& state) {
  const std::string policy = TRY(bucket_policy(cloud, state));
  if (policy.empty()) return fail(found_not_one(0, "S3 Bucket Policy"));
  state.set("id", state.text("bucket"));
  state.set("policy", policy);
  return {};
}

Schema objects_schema() {
  return {.attributes = {text("id").read_only(), text("bucket").required(), text("prefix"), text("delimiter"), text("encoding_type").checked(one_of({"url"})), text("start_after"), flag("fetch_owner"), number("max_keys").defaults(static_cast<int>(kUsualKeys)),
                         texts("keys").read_only(), texts("common_prefixes").read_only(), texts("owners").read_only()}};
}

}  // namespace

void add_s3_list_sources(Provider& provider) {
  Schema objects = objects_schema();
  objects.attributes.push_back(text("request_payer").checked(one_of({"requester"})));
  objects.attributes.push_back(text("request_charged").read_only());
  add_source(provider, "aws_s3_objects", std::move(objects), [](const Cloud& cloud, Record& state) -> Result<void> {
    state.set("request_charged", "");
    return read_objects(cloud, state);
  });
  add_source(provider, "aws_s3_bucket_objects", objects_schema(), read_objects);
  add_source(provider, "aws_s3_bucket_policy", {.attributes = {text("id").read_only(), text("bucket").required(), text("policy").read_only()}}, read_policy);
}

}  // namespace landfall::terraform::aws_types
