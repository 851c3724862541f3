#include <fmt/format.h>

#include "aws/shapes/dynamodb.h"
#include "aws/shapes/s3.h"
#include "base/digest.h"
#include "base/text.h"
#include "terraform/backend.h"

namespace landfall::terraform {
namespace {

namespace dynamodb = aws::dynamodb;
namespace s3 = aws::s3;
using Item = std::map<std::string, dynamodb::AttributeValue>;

dynamodb::AttributeValue text_value(const std::string& text) {
  dynamodb::AttributeValue value;
  value.s = text;
  return value;
}

/// Source: Terraform docs, Backend Type: s3 (object, DynamoDB item with LockID, digest item, lock object).
class S3Backend final : public Backend {
 public:
  S3Backend(const Cloud& cloud, S3Location location) : cloud_(cloud), location_(std::move(location)) {}
  ~S3Backend() override { (void)unlock(); }

  Result<std::optional<State>> read() override {
    s3::GetObjectRequest request;
    request.bucket = location_.bucket;
    request.key = location_.key;
    const auto found = cloud_.call<s3::GetObjectOutput>("s3", "GetObject", request);
    const bool is_absent = !found && found.error().code == "NoSuchKey";
    if (!found && !is_absent) return std::unexpected(found.error());
    const std::string body = is_absent ? "" : found->body.value_or("");
    TRY(check_digest(body, is_absent));
    digest_ = is_absent ? "" : to_hex(md5(body));
    if (is_absent) return std::optional<State>();
    return std::optional<State>(TRY(parse_state(body, place())));
  }

  Result<void> write(const State& state) override {
    s3::PutObjectRequest request;
    request.bucket = location_.bucket;
    request.key = location_.key;
    request.body = render_state(state);
    request.content_type = "application/json";
    if (location_.is_encrypted) request.server_side_encryption = "AES256";
    const std::string next = to_hex(md5(*request.body));
    TRY(announce(next));
    TRY(cloud_.call<s3::PutObjectOutput>("s3", "PutObject", request));
    digest_ = next;
    return {};
  }

  Result<void> lock(const LockInfo& given) override {
    LockInfo info = given;
    info.path = lock_id();
    if (location_.uses_lockfile) TRY(lock_by_object(info));
    if (location_.dynamodb_table.empty()) return {};
    dynamodb::PutItemInput request;
    request.table_name = location_.dynamodb_table;
    request.item = Item{{"LockID", text_value(lock_id())}, {"Info", text_value(info.to_json())}};
    request.condition_expression = "attribute_not_exists(LockID)";
    const auto put = cloud_.call<dynamodb::PutItemOutput>("dynamodb", "PutItem", request).while_doing(fmt::format("acquiring the state lock in the DynamoDB table \"{}\"", location_.dynamodb_table));
    if (!put && put.error().code == "ConditionalCheckFailedException") {
      const std::string holder = holder_in_table();
      if (!is_abandoned(parse_lock(holder), info)) return locked(holder);
      TRY(take_over(info, holder));
      has_item_ = true;
      return {};
    }
    if (!put) return std::unexpected(put.error());
    has_item_ = true;
    return {};
  }

  Result<void> unlock() override {
    if (std::exchange(has_item_, false)) TRY(delete_item());
    return std::exchange(has_object_, false) ? delete_object() : Result<void>();
  }

  Result<void> break_lock(const std::string& id) override {
    if (!location_.dynamodb_table.empty()) {
      TRY(check_lock_id(holder_in_table(), id, place()));
      TRY(delete_item());
    }
    if (!location_.uses_lockfile) return location_.dynamodb_table.empty() ? Result<void>(check_lock_id("", id, place())) : Result<void>();
    s3::GetObjectRequest holder;
    holder.bucket = location_.bucket;
    holder.key = location_.key + ".tflock";
    const auto found = cloud_.call<s3::GetObjectOutput>("s3", "GetObject", holder);
    TRY(check_lock_id(found ? found->body.value_or("") : "", id, place()));
    return delete_object();
  }

  std::string place() const override { return fmt::format("s3://{}/{}", location_.bucket, location_.key); }

 private:
  /// The digest goes first, with that of the object which is there until then: whoever is killed between the two leaves
  /// something that can be read. (Terraform writes it last, and leaves what needs a hand.)
  Result<void> announce(const std::string& next) {
    if (location_.dynamodb_table.empty()) return {};
    dynamodb::PutItemInput digest;
    digest.table_name = location_.dynamodb_table;
    digest.item = Item{{"LockID", text_value(lock_id() + "-md5")}, {"Digest", text_value(next)}, {"Previous", text_value(digest_)}};
    TRY(cloud_.call<dynamodb::PutItemOutput>("dynamodb", "PutItem", digest));
    return {};
  }

  Result<void> delete_item() {
    dynamodb::DeleteItemInput request;
    request.table_name = location_.dynamodb_table;
    request.key = Item{{"LockID", text_value(lock_id())}};
    TRY(cloud_.call<dynamodb::DeleteItemOutput>("dynamodb", "DeleteItem", request));
    return {};
  }

  Result<void> delete_object() {
    s3::DeleteObjectRequest request;
    request.bucket = location_.bucket;
    request.key = location_.key + ".tflock";
    TRY(cloud_.call<s3::DeleteObjectOutput>("s3", "DeleteObject", request));
    return {};
  }

  std::string lock_id() const { return location_.bucket + "/" + location_.key; }

  std::unexpected<Error> locked(const std::string& holder) const {
    return fail("State.Locked", fmt::format("Error acquiring the state lock: the state {} is held by somebody else.\n\nLock Info:\n{}", place(), parse_lock(holder).describe()));
  }

  std::string holder_in_table() const {
    dynamodb::GetItemInput request;
    request.table_name = location_.dynamodb_table;
    request.key = Item{{"LockID", text_value(lock_id())}};
    const auto found = cloud_.call<dynamodb::GetItemOutput>("dynamodb", "GetItem", request);
    if (!found || !found->item || !found->item->contains("Info")) return "";
    return found->item->at("Info").s.value_or("");
  }

  /// The holder's process is gone: its lock becomes ours, if nobody else was faster.
  Result<void> take_over(const LockInfo& info, const std::string& holder) {
    dynamodb::PutItemInput request;
    request.table_name = location_.dynamodb_table;
    request.item = Item{{"LockID", text_value(lock_id())}, {"Info", text_value(info.to_json())}};
    request.condition_expression = "Info = :holder";
    request.expression_attribute_values = Item{{":holder", text_value(holder)}};
    const auto put = cloud_.call<dynamodb::PutItemOutput>("dynamodb", "PutItem", request);
    if (!put && put.error().code == "ConditionalCheckFailedException") return locked(holder_in_table());
    if (!put) return std::unexpected(put.error());
    return {};
  }

  Result<void> lock_by_object(const LockInfo& info) {
    s3::PutObjectRequest request;
    request.bucket = location_.bucket;
    request.key = location_.key + ".tflock";
    request.body = info.to_json();
    request.if_none_match = "*";
    const auto put = cloud_.call<s3::PutObjectOutput>("s3", "PutObject", request);
    if (put) {
      has_object_ = true;
      return {};
    }
    if (put.error().code != "PreconditionFailed") return std::unexpected(put.error());
    s3::GetObjectRequest holder;
    holder.bucket = location_.bucket;
    holder.key = *request.key;
    const auto found = cloud_.call<s3::GetObjectOutput>("s3", "GetObject", holder);
    if (!found || !is_abandoned(parse_lock(found->body.value_or("")), info)) return locked(found ? found->body.value_or("") : "");
    request.if_none_match.reset();
    request.if_match = found->e_tag;
    const auto taken = cloud_.call<s3::PutObjectOutput>("s3", "PutObject", request);
    if (!taken) return locked(found->body.value_or(""));
    has_object_ = true;
    return {};
  }

  /// The digest that the last writer left: another one means that we read an older object, or that somebody edited it.
  Result<void> check_digest(const std::string& body, bool is_absent) const {
    if (location_.dynamodb_table.empty()) return {};
    dynamodb::GetItemInput request;
    request.table_name = location_.dynamodb_table;
    request.key = Item{{"LockID", text_value(lock_id() + "-md5")}};
    const auto found = TRY(cloud_.call<dynamodb::GetItemOutput>("dynamodb", "GetItem", request));
    if (!found.item || !found.item->contains("Digest")) return {};
    const std::string wanted = found.item->at("Digest").s.value_or(""), is = is_absent ? "" : to_hex(md5(body));
    if (wanted == is || wanted.empty()) return {};
    const auto previous = found.item->find("Previous");
    if (previous != found.item->end() && previous->second.s == is) return {};
    return fail("State.Digest", fmt::format("error loading state: state data in S3 does not have the expected content. The checksum calculated for {} does not match the one in table {}: calculated {}, stored {}. If nobody else is writing it, delete the item {}-md5.", place(), location_.dynamodb_table, is.empty() ? "(no object)" : is, wanted, lock_id()));
  }

  Cloud cloud_;
  S3Location location_;
  std::string digest_{};  ///< of the object as last read or written; "" if there is none
  bool has_item_ = false, has_object_ = false;
};

}  // namespace

std::string region_of_state(const Cloud& cloud, const std::string& bucket) {
  if (!cloud.client) return cloud.region;
  s3::GetBucketLocationRequest request;
  request.bucket = bucket;
  const auto found = cloud.call<s3::GetBucketLocationOutput>("s3", "GetBucketLocation", request);
  if (!found) return cloud.region;
  const std::string region = found->location_constraint.value_or("");
  return region.empty() ? "us-east-1" : region;
}

std::unique_ptr<Backend> open_s3_backend(const Cloud& cloud, S3Location location) { return std::make_unique<S3Backend>(cloud, std::move(location)); }

Result<void> prepare_s3(const Cloud& cloud, const S3Location& location) {
  s3::HeadBucketRequest head;
  head.bucket = location.bucket;
  if (!cloud.call<s3::HeadBucketOutput>("s3", "HeadBucket", head)) {
    s3::CreateBucketRequest create;
    create.bucket = location.bucket;
    if (cloud.region != "us-east-1") create.create_bucket_configuration.emplace().location_constraint = cloud.region;
    const auto made = cloud.call<s3::CreateBucketOutput>("s3", "CreateBucket", create);
    if (!made && made.error().code != "BucketAlreadyOwnedByYou") return std::unexpected(made.error());
  }
  if (location.dynamodb_table.empty()) return {};
  dynamodb::DescribeTableInput describe;
  describe.table_name = location.dynamodb_table;
  if (cloud.call<dynamodb::DescribeTableOutput>("dynamodb", "DescribeTable", describe)) return {};
  dynamodb::CreateTableInput create;
  create.table_name = location.dynamodb_table;
  create.billing_mode = "PAY_PER_REQUEST";
  auto& attribute = create.attribute_definitions.emplace().emplace_back();
  attribute.attribute_name = "LockID";
  attribute.attribute_type = "S";
  auto& key = create.key_schema.emplace().emplace_back();
  key.attribute_name = "LockID";
  key.key_type = "HASH";
  const auto made = cloud.call<dynamodb::CreateTableOutput>("dynamodb", "CreateTable", create);
  if (!made && made.error().code != "ResourceInUseException") return std::unexpected(made.error());
  return {};
}

}  // namespace landfall::terraform
