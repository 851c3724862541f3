#include <fmt/format.h>

#include "aws/shapes/dynamodb.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// One tag of something that another resource, or nobody here, manages: aws_ec2_tag, aws_ecs_tag, aws_dynamodb_tag. The id is "THING,KEY".
namespace landfall::terraform::aws_types {
namespace {

/// How a service tells and changes the tags of a thing.
class SingleTag : public ResourceType {
 public:
  explicit SingleTag(const char* thing) : thing_(thing), schema_{.attributes = {text("id").read_only(), text(thing).required().forces_new(), text("key").required().forces_new(), text("value").required()}} {}
  const Schema& schema() const override { return schema_; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text(thing_) + "," + planned.text("key"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const Pairs tags = TRY(tags_of(cloud, state.text(thing_)));
    const auto found = tags.find(state.text("key"));
    if (found == tags.end()) return false;
    state.set("value", found->second);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return change(cloud, state.text(thing_), one(state), Record()); }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t comma = id.find(',');
    if (comma == std::string::npos) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected {},key", id, thing_));
    Record record;
    record.set("id", id);
    record.set(thing_, id.substr(0, comma));
    record.set("key", id.substr(comma + 1));
    return record;
  }

 private:
  virtual Result<Pairs> tags_of(const Cloud& cloud, const std::string& thing) const = 0;
  /// By the tags_all of both.
  virtual Result<void> change(const Cloud& cloud, const std::string& thing, const Record& prior, const Record& planned) const = 0;

  static Record one(const Record& record) {
    Record tags;
    tags.set("tags_all", Pairs{{record.text("key"), record.text("value")}});
    return tags;
  }
  Result<void> put(const Cloud& cloud, const Record& planned) const { return change(cloud, planned.text(thing_), Record(), one(planned)); }

  const char* thing_;
  Schema schema_;
};

class Ec2Tag final : public SingleTag {
 public:
  Ec2Tag() : SingleTag("resource_id") {}

 private:
  Result<Pairs> tags_of(const Cloud& cloud, const std::string& id) const override {
    aws::ec2::DescribeTagsRequest request;
    request.filters = std::vector{filter("resource-id", id)};
    const auto found = TRY(cloud.call<aws::ec2::DescribeTagsResult>("ec2", "DescribeTags", request));
    Pairs tags;
    for (const auto& tag : found.tags.value_or(std::vector<aws::ec2::TagDescription>{})) tags[tag.key.value_or("")] = tag.value.value_or("");
    return tags;
  }
  Result<void> change(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, id, prior, planned); }
};

class EcsTag final : public SingleTag {
 public:
  EcsTag() : SingleTag("resource_arn") {}

 private:
  Result<Pairs> tags_of(const Cloud& cloud, const std::string& arn) const override {
    aws::ecs::ListTagsForResourceRequest request;
    request.resource_arn = arn;
    const auto found = TRY(look_up<aws::ecs::ListTagsForResourceResponse>(cloud, "ecs", "ListTagsForResource", request));
    return found ? from_tags(found->tags) : Pairs{};
  }
  Result<void> change(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) const override { return update_ecs_tags(cloud, arn, prior, planned); }
};

class DynamodbTag final : public SingleTag {
 public:
  DynamodbTag() : SingleTag("resource_arn") {}

 private:
  Result<Pairs> tags_of(const Cloud& cloud, const std::string& arn) const override {
    aws::dynamodb::ListTagsOfResourceInput request{.resource_arn = arn};
    Pairs tags;
    do {
      const auto page = TRY(look_up<aws::dynamodb::ListTagsOfResourceOutput>(cloud, "dynamodb", "ListTagsOfResource", request));
      if (!page) break;
      tags.merge(from_tags(page->tags));
      request.next_token = page->next_token;
    } while (request.next_token);
    return tags;
  }

  Result<void> change(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) const override {
    const TagChange tags = tag_change(prior, planned);
    if (!tags.removed.empty()) TRY(ignore_gone(cloud.call<aws::dynamodb::UntagResourceOutput>("dynamodb", "UntagResource", aws::dynamodb::UntagResourceInput{.resource_arn = arn, .tag_keys = tags.removed})));
    if (!tags.put.empty()) TRY(cloud.call<aws::dynamodb::TagResourceOutput>("dynamodb", "TagResource", aws::dynamodb::TagResourceInput{.resource_arn = arn, .tags = to_tags<aws::dynamodb::Tag>(tags.put)}));
    return {};
  }
};

}  // namespace

void add_single_tag(Provider& provider) {
  provider.resources["aws_ec2_tag"] = std::make_unique<Ec2Tag>();
  provider.resources["aws_dynamodb_tag"] = std::make_unique<DynamodbTag>();
  provider.resources["aws_ecs_tag"] = std::make_unique<EcsTag>();
}

}  // namespace landfall::terraform::aws_types
