#include <fmt/format.h>

#include "base/text.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr size_t kMaxTags = 10;  // S3 user guide, Categorizing your storage using tags

Result<void> check_tags(const model::Tags& tags) {
  if (tags.size() > kMaxTags) return fail("BadRequest", fmt::format("Object tags cannot be greater than {}", kMaxTags));
  for (const auto& [key, value] : tags) {
    if (key.starts_with("aws:")) return fail("InvalidTag", "System tags cannot be added/updated by requester");
    if (key.empty() || key.size() > 128) return fail("InvalidTag", "The TagKey you have provided is invalid");
    if (value.size() > 256) return fail("InvalidTag", "The TagValue you have provided is invalid");
  }
  return {};
}

/// Changes the tags of one version of an object.
template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, text(request.bucket), text(request.key), request.version_id));
    if (!object) return fail(no_such_key());
    Answer answer = apply(object->tags);
    const auto current = store::find<Object>(tx, object->key());
    if (current && current->version_id == object->version_id) {
      store::put(tx, *object);
    } else if (auto older = store::find<model::ObjectVersion>(tx, model::ObjectVersion{.object = *object}.key())) {
      older->object = *object;
      store::put(tx, *older);
    }
    if (!object->version_id.empty()) answer.version_id = object->version_id;
    return answer;
  });
}

}  // namespace

Result<model::Tags> tags_of_header(const std::optional<std::string>& given) {
  model::Tags tags;
  if (!given || given->empty()) return tags;
  for (const std::string& pair : split(*given, '&')) {
    const size_t equals = pair.find('=');
    if (!tags.emplace(percent_decode(pair.substr(0, equals), true), equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true)).second) {
      return fail("InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.");
    }
  }
  TRY(check_tags(tags));
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
    model::Tags given;
    for (const shapes::Tag& tag : r.tagging->tag_set.value_or(std::vector<shapes::Tag>{})) {
      if (!given.emplace(text(tag.key), text(tag.value)).second) return fail("InvalidTag", "Cannot provide multiple Tags with the same key");
    }
    TRY(check_tags(given));
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
