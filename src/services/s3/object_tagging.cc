#include <type_traits>

#include <fmt/format.h>

#include "base/text.h"
#include "services/s3/support.h"
#include "services/s3/tag_set.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

constexpr const char* kOfSystem = "Your TagKey cannot be prefixed with aws:";

constexpr size_t kMaxTags = 10;  // S3 user guide, Categorizing your storage using tags

Result<void> check_count(const model::Tags& tags) {
  if (tags.size() > kMaxTags) return fail("BadRequest", fmt::format("Object tags cannot be greater than {}", kMaxTags));
  return {};
}

/// Changes the tags of one version of an object.
template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object && is_hidden(tx, bucket.name, text(request.key))) return fail(is_delete_marker(context));
    if (!object) return fail(no_such_key(context, (std::is_same_v<Answer, shapes::GetObjectTaggingOutput> ? bucket.name + "/" : "") + text(request.key)));  // as S3 tells it
    Answer answer = apply(object->tags);
    if (!std::is_same_v<Answer, shapes::GetObjectTaggingOutput>) replace_version(tx, *object);
    answer.version_id = told_version(bucket, *object);
    return answer;
  });
}

}  // namespace

Result<model::Tags> tags_of_header(const CallContext& context, const std::optional<std::string>& given) {
  model::Tags tags;
  if (!given || given->empty()) return tags;
  for (const std::string& pair : split(*given, '&')) {
    const size_t equals = pair.find('=');
    const std::string key = percent_decode(pair.substr(0, equals), true), value = equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true);
    if (pair.empty()) continue;
    if (key.starts_with("aws:")) return fail("InvalidTag", kOfSystem);
    if (!is_tag_key(key) || !is_tag_value(value) || !tags.emplace(key, value).second) {
      return fail(bad_argument(context, "x-amz-tagging", *given, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."));
    }
  }
  TRY(check_count(tags));
  return tags;
}

void register_object_tagging(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::GetObjectTaggingRequest, shapes::GetObjectTaggingOutput>("s3", "GetObjectTagging", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::GetObjectTaggingOutput>(deps, c, r, [](const model::Tags& tags) {
      shapes::GetObjectTaggingOutput answer{.tag_set = std::vector<shapes::Tag>{}};
      for (const auto& [key, value] : tags) answer.tag_set->push_back({.key = key, .value = value});
      return answer;
    });
  });
  registry.add<shapes::PutObjectTaggingRequest, shapes::PutObjectTaggingOutput>("s3", "PutObjectTagging", {"Bucket", "Key", "VersionId", "ContentMD5", "ChecksumAlgorithm", "ExpectedBucketOwner", "Tagging.*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::PutObjectTaggingOutput> {
    const model::Tags given = TRY(tags_of_set(c, r.tagging->tag_set, kOfSystem));
    TRY(check_count(given));
    return change<shapes::PutObjectTaggingOutput>(deps, c, r, [&](model::Tags& tags) {
      tags = given;
      return shapes::PutObjectTaggingOutput{};
    });
  });
  registry.add<shapes::DeleteObjectTaggingRequest, shapes::DeleteObjectTaggingOutput>("s3", "DeleteObjectTagging", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteObjectTaggingOutput>(deps, c, r, [](model::Tags& tags) {
      tags.clear();
      return shapes::DeleteObjectTaggingOutput{};
    });
  });
}

}  // namespace landfall::services::s3
