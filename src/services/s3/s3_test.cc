#include "services/s3/s3.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "base/file.h"
#include "base/text.h"
#include "services/s3/access_log.h"
#include "services/s3/acl.h"
#include "services/s3/checksum.h"
#include "services/s3/cors.h"
#include "services/s3/expiry.h"
#include "services/s3/inventory.h"
#include "services/s3/object_lock.h"
#include "services/s3/range.h"
#include "services/s3/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::s3 {
namespace {

std::string new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "landfall-s3-test.XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  return name;
}

struct TestBucket : CallerForTest {
  TestBucket() : CallerForTest("s3", new_folder()) {
    register_s3(registry, deps);
    REQUIRE(create("state"));
  }
  ~TestBucket() { std::filesystem::remove_all(deps.data_dir); }

  Result<shapes::CreateBucketOutput> create(std::string name, std::optional<std::string> region = "us-west-2") {
    return call<shapes::CreateBucketOutput>("CreateBucket", shapes::CreateBucketRequest{.bucket = std::move(name), .create_bucket_configuration = shapes::CreateBucketConfiguration{.location_constraint = std::move(region)}});
  }
  Result<shapes::PutObjectOutput> put(std::string key, std::string bytes, shapes::PutObjectRequest request = {}) {
    request.bucket = "state";
    request.key = std::move(key);
    http_request.body = std::move(bytes);
    return call<shapes::PutObjectOutput>("PutObject", request);
  }
  Result<shapes::GetObjectOutput> get(std::string key, shapes::GetObjectRequest request = {}) {
    request.bucket = "state";
    request.key = std::move(key);
    return call<shapes::GetObjectOutput>("GetObject", request);
  }
  size_t files() const {
    size_t count = 0;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(deps.data_dir + "/objects", error), end; !error && it != end; it.increment(error)) count += it->is_regular_file();
    return count;
  }
};

TEST_CASE("the first CORS rule whose origins, methods and headers all fit allows") {
  const std::vector<shapes::CORSRule> rules{{.allowed_methods = std::vector<std::string>{"PUT"}, .allowed_origins = std::vector<std::string>{"*"}},
                                            {.allowed_headers = std::vector<std::string>{"X-Amz-*"}, .allowed_methods = std::vector<std::string>{"GET"}, .allowed_origins = std::vector<std::string>{"https://*.a.org"}}};
  const auto ask = [&](std::string origin, std::string method, std::vector<std::string> headers) { return allowing(rules, {.bucket = "b", .origin = std::move(origin), .method = std::move(method), .headers = std::move(headers)}); };

  CHECK(ask("http://any", "PUT", {}) == &rules[0]);
  CHECK(ask("http://any", "PUT", {"x-amz-date"}) == nullptr);
  CHECK(ask("https://w.a.org", "GET", {"x-amz-date"}) == &rules[1]);
  CHECK(ask("https://w.a.org", "GET", {"x-other"}) == nullptr);
  CHECK(ask("https://a.org", "GET", {}) == nullptr);
}

TEST_CASE("a version is held by a legal hold, or by a retention until it is over") {
  const WallTime now{1000};
  CHECK_FALSE(is_locked({}, now, false));
  CHECK(is_locked({.legal_hold = "ON"}, now, true));
  CHECK(is_locked({.lock_mode = "GOVERNANCE", .lock_until = {1001}}, now, false));
  CHECK_FALSE(is_locked({.lock_mode = "GOVERNANCE", .lock_until = {1001}}, now, true));
  CHECK(is_locked({.lock_mode = "COMPLIANCE", .lock_until = {1001}}, now, true));
  CHECK_FALSE(is_locked({.lock_mode = "COMPLIANCE", .lock_until = {1000}}, now, false));
}

TEST_CASE("a policy is public if it allows anybody without a condition") {
  CHECK(is_public_policy(R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]})"));
  CHECK(is_public_policy(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":"*"}})"));
  CHECK_FALSE(is_public_policy(R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}]})"));
  CHECK_FALSE(is_public_policy(R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}]})"));
  CHECK_FALSE(is_public_policy(R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"s3:GetObject","Resource":"*"}]})"));
}

TEST_CASE("checksums are those of their standards") {
  CHECK(crc32("123456789") == 0xCBF43926);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc64_nvme("123456789") == 0xAE8B14860A799888);
}

TEST_CASE("claims are held against the body, in memory or spooled") {
  const Claims right{{"CRC32", "y/Q5Jg=="}, {"CRC32C", "4waSgw=="}, {"CRC64NVME", "rosUhgp5mIg="}, {"SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="}, {"SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="}, {"MD5", "JfnnlDI7RTiF9RgfG2JNCw=="}};
  http::Request request{.body = "123456789"};
  SUBCASE("in memory") {}
  SUBCASE("spooled") {
    request.body.clear();
    request.body_file = new_folder() + "/body";
    REQUIRE(write_file_atomic(*request.body_file, "123456789"));
  }

  for (const auto& [algorithm, value] : right) {
    CAPTURE(algorithm);
    const auto md5 = verified_digests(request, {{algorithm, value}});
    CHECK_MESSAGE(md5.has_value(), what_of(md5));
    std::string other = value;
    other[0] = other[0] == 'A' ? 'B' : 'A';
    CHECK(code_of(verified_digests(request, {{algorithm, other}})) == "BadDigest");
    CHECK_FALSE(verified_digests(request, {{algorithm, "short"}}));
  }
  CHECK(verified_digests(request, {}).value().md5 == "25f9e794323b453885f5181f1b624d0b");
  if (request.body_file) std::filesystem::remove_all(request.body_file->parent_path());
}

TEST_CASE("ranges are cut to the object") {
  struct Case {
    const char* header;
    int64_t first, last;
  };
  for (const Case& c : {Case{"bytes=0-0", 0, 0}, Case{"bytes=3-5", 3, 5}, Case{"bytes=3-", 3, 9}, Case{"bytes=-4", 6, 9}, Case{"bytes=-40", 0, 9}, Case{"bytes=5-500", 5, 9}}) {
    CAPTURE(c.header);
    const auto range = range_of(c.header, 10);
    REQUIRE(range);
    REQUIRE(range->has_value());
    CHECK((*range)->first == c.first);
    CHECK((*range)->last == c.last);
  }
  for (const char* ignored : {"items=0-1", "bytes=a-b", "bytes=5-3", "bytes=-", "bytes=0-1,3-4"}) {
    CAPTURE(ignored);
    CHECK_FALSE(range_of(ignored, 10).value().has_value());
  }
  CHECK(code_of(range_of("bytes=10-", 10)) == "InvalidRange");
  CHECK(code_of(range_of("bytes=-1", 0)) == "InvalidRange");
}

TEST_CASE_FIXTURE(TestBucket, "bucket names, regions and owners are held to") {
  CHECK(code_of(create("Bad_Name")) == "InvalidBucketName");
  CHECK(code_of(create("10.0.0.1")) == "InvalidBucketName");
  CHECK(code_of(create("other", std::nullopt)) == "IllegalLocationConstraintException");
  CHECK(code_of(create("state")) == "BucketAlreadyOwnedByYou");
  context.account = "111111111111";
  CHECK(code_of(create("state")) == "BucketAlreadyExists");
  CHECK(code_of(get("x")) == "AccessDenied");
  context.account = "000000000000";
  context.region = "us-east-1";
  CHECK(code_of(get("x")) == "AuthorizationHeaderMalformed");
  CHECK(create("east", std::nullopt).has_value());
}

TEST_CASE_FIXTURE(TestBucket, "an object is read back as it was written, and an overwrite leaves one file") {
  REQUIRE(put("a/b", "one", {.content_type = "application/json", .metadata = std::map<std::string, std::string>{{"who", "me"}}}));
  const auto written = put("a/b", "three", {.content_encoding = "aws-chunked"});
  REQUIRE(written);
  CHECK(written->e_tag == "\"35d6d33467aae9a2e3dccb4b6b027878\"");
  CHECK(files() == 1);

  const auto read = get("a/b");
  REQUIRE(read);
  CHECK(read->body == "three");
  CHECK(read->content_length == 5);
  CHECK(read->content_type == "binary/octet-stream");
  CHECK_FALSE(read->content_encoding);
  CHECK(code_of(get("a")) == "NoSuchKey");
}

TEST_CASE_FIXTURE(TestBucket, "a large object is sent from its file, a spooled upload is taken over") {
  const std::string bytes(3'000'000, 'x');
  http_request.body_file = deps.data_dir + "/spooled";
  REQUIRE(write_file_atomic(*http_request.body_file, bytes));
  REQUIRE(put("big", ""));
  CHECK_FALSE(std::filesystem::exists(*http_request.body_file));

  const auto read = get("big", {.range = "bytes=10-19"});
  REQUIRE(read);
  REQUIRE(context.raw_answer);
  CHECK(context.raw_answer->status == 206);
  CHECK(context.raw_answer->file_offset == 10);
  CHECK(context.raw_answer->file_length == 10);
  CHECK(read->content_range == "bytes 10-19/3000000");
}

TEST_CASE_FIXTURE(TestBucket, "of two who make one object only the first may, and a failed write leaves no bytes") {
  CHECK(put("lock", "first", {.if_none_match = "*"}).has_value());
  CHECK(code_of(put("lock", "second", {.if_none_match = "*"})) == "PreconditionFailed");
  CHECK(get("lock")->body == "first");
  CHECK(files() == 1);

  CHECK(code_of(put("lock", "x", {.if_match = "\"no\""})) == "PreconditionFailed");
  CHECK(code_of(put("none", "x", {.if_match = "\"no\""})) == "NoSuchKey");
  CHECK(put("lock", "x", {.if_match = "\"8b04d5e3775d298e78455efc5ca404d5\""}).has_value());
  CHECK(code_of(put("lock", "x", {.checksum_crc32 = "AAAAAA=="})) == "BadDigest");
  CHECK(files() == 1);
}

TEST_CASE_FIXTURE(TestBucket, "reads hold to their conditions") {
  const auto written = put("k", "x");
  REQUIRE(written);
  CHECK(code_of(get("k", {.if_none_match = written->e_tag})) == "NotModified");
  CHECK(code_of(get("k", {.if_match = "\"other\""})) == "PreconditionFailed");
  CHECK(get("k", {.if_match = written->e_tag}).has_value());
  CHECK(code_of(get("k", {.if_modified_since = clock.wall()})) == "NotModified");
  CHECK(code_of(get("k", {.if_unmodified_since = clock.wall() - std::chrono::hours(1)})) == "PreconditionFailed");
}

TEST_CASE_FIXTURE(TestBucket, "listing rolls up by the delimiter and goes on where it stopped") {
  for (const char* key : {"a/1", "a/2", "b", "c/1", "d e"}) REQUIRE(put(key, "x"));
  std::vector<std::string> seen;
  std::optional<std::string> token;
  for (int i = 0; i < 10; ++i) {
    const auto page = call<shapes::ListObjectsV2Output>("ListObjectsV2", shapes::ListObjectsV2Request{.bucket = "state", .continuation_token = token, .delimiter = "/", .encoding_type = "url", .max_keys = 1});
    REQUIRE(page);
    CHECK(page->key_count == 1);
    for (const auto& object : page->contents.value_or(std::vector<shapes::Object>{})) seen.push_back(*object.key);
    for (const auto& prefix : page->common_prefixes.value_or(std::vector<shapes::CommonPrefix>{})) seen.push_back(*prefix.prefix);
    token = page->next_continuation_token;
    if (!page->is_truncated.value()) break;
  }
  CHECK(seen == std::vector<std::string>{"a/", "b", "c/", "d%20e"});
  const auto inner = call<shapes::ListObjectsOutput>("ListObjects", shapes::ListObjectsRequest{.bucket = "state", .marker = "a/1", .prefix = "a/"});
  REQUIRE(inner);
  REQUIRE(inner->contents->size() == 1);
  CHECK(inner->contents->at(0).key == "a/2");
}

TEST_CASE_FIXTURE(TestBucket, "deleting takes the bytes, is silent about what is not there, and empties the bucket") {
  for (const char* key : {"a", "b", "c"}) REQUIRE(put(key, "x"));
  CHECK(code_of(call<shapes::DeleteBucketOutput>("DeleteBucket", shapes::DeleteBucketRequest{.bucket = "state"})) == "BucketNotEmpty");
  CHECK(call<shapes::DeleteObjectOutput>("DeleteObject", shapes::DeleteObjectRequest{.bucket = "state", .key = "a"}).has_value());
  CHECK(call<shapes::DeleteObjectOutput>("DeleteObject", shapes::DeleteObjectRequest{.bucket = "state", .key = "a"}).has_value());
  const auto many = call<shapes::DeleteObjectsOutput>("DeleteObjects", shapes::DeleteObjectsRequest{.bucket = "state", .delete_ = shapes::Delete{.objects = std::vector<shapes::ObjectIdentifier>{{.key = "b"}, {.key = "c"}, {.key = "z"}}}});
  REQUIRE(many);
  CHECK(many->deleted->size() == 3);
  CHECK(files() == 0);
  CHECK(call<shapes::DeleteBucketOutput>("DeleteBucket", shapes::DeleteBucketRequest{.bucket = "state"}).has_value());
}

TEST_CASE_FIXTURE(TestBucket, "bytes without a record are removed at the start, those with one stay") {
  REQUIRE(put("kept", "x"));
  REQUIRE(make_directories(deps.data_dir + "/objects/zz"));
  REQUIRE(write_file_atomic(deps.data_dir + "/objects/zz/orphan", "left by a kill"));

  CHECK(remove_orphans(deps) == 1);
  CHECK(get("kept")->body == "x");
  CHECK(remove_orphans(deps) == 0);
}

TEST_CASE_FIXTURE(TestBucket, "tags in a header have no keys of AWS's own") {
  CHECK(code_of(put("k", "x", {.tagging = "aws%3Ax=y"})) == "InvalidTag");
  CHECK(code_of(put("k", "x", {.tagging = "laws%3Ax=y"})) == "");
}

TEST_CASE_FIXTURE(TestBucket, "what is not carried is refused by name") {
  CHECK(what_of(put("k", "x", {.server_side_encryption = "aws:kms"})).find("aws:kms") != std::string::npos);
  CHECK(code_of(call<shapes::GetBucketPolicyOutput>("GetBucketPolicy", shapes::GetBucketPolicyRequest{.bucket = "state"})) == "NoSuchBucketPolicy");
  CHECK(code_of(call<shapes::GetBucketTaggingOutput>("GetBucketTagging", shapes::GetBucketTaggingRequest{.bucket = "state"})) == "NoSuchTagSet");
}

struct LivingBucket : TestBucket {
  Result<shapes::PutBucketLifecycleConfigurationOutput> live_by(shapes::LifecycleRule rule) {
    if (!rule.filter) rule.filter = shapes::LifecycleRuleFilter{.prefix = "logs/"};
    rule.status = "Enabled";
    return call<shapes::PutBucketLifecycleConfigurationOutput>("PutBucketLifecycleConfiguration",
                                                               shapes::PutBucketLifecycleConfigurationRequest{.bucket = "state", .lifecycle_configuration = shapes::BucketLifecycleConfiguration{.rules = std::vector{rule}}});
  }
  void keep_versions() {
    REQUIRE(call<shapes::PutBucketVersioningOutput>("PutBucketVersioning", shapes::PutBucketVersioningRequest{.bucket = "state", .versioning_configuration = shapes::VersioningConfiguration{.status = "Enabled"}}));
  }
  size_t after_days(int days) {
    clock.advance(std::chrono::hours(24 * days));
    return expire_objects(deps);
  }
};

TEST_CASE("versions are kept without a second factor, which is refused by name") {
  LivingBucket bucket;
  const auto put = [&](const char* factor) {
    return bucket.call<shapes::PutBucketVersioningOutput>("PutBucketVersioning", shapes::PutBucketVersioningRequest{.bucket = "state", .versioning_configuration = shapes::VersioningConfiguration{.mfa_delete = factor, .status = "Enabled"}});
  };
  CHECK(put("Disabled"));
  const auto refused = put("Enabled");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("MFADelete") != std::string::npos);
}

TEST_CASE("an object goes at the midnight after its days, and only where the rule's filter fits") {
  LivingBucket bucket;
  REQUIRE(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 2}}));
  REQUIRE(bucket.put("logs/a", "x"));
  REQUIRE(bucket.put("kept/a", "x"));

  CHECK(bucket.after_days(1) == 0);
  CHECK(bucket.after_days(2) == 1);

  CHECK(code_of(bucket.get("logs/a")) == "NoSuchKey");
  CHECK(bucket.get("kept/a"));
  CHECK(bucket.files() == 1);
}

TEST_CASE("versions go once newer ones are old enough, and a marker that is alone goes") {
  LivingBucket bucket;
  bucket.keep_versions();
  REQUIRE(bucket.put("logs/a", "one"));
  REQUIRE(bucket.put("logs/a", "two"));
  REQUIRE(bucket.live_by({.noncurrent_version_expiration = shapes::NoncurrentVersionExpiration{.noncurrent_days = 1}}));

  CHECK(bucket.after_days(3) == 1);
  CHECK(bucket.get("logs/a"));
  CHECK(bucket.files() == 1);

  REQUIRE(bucket.call<shapes::DeleteObjectOutput>("DeleteObject", shapes::DeleteObjectRequest{.bucket = "state", .key = "logs/a"}));
  CHECK(bucket.after_days(3) == 1);  // the version under the marker
  REQUIRE(bucket.live_by({.expiration = shapes::LifecycleExpiration{.expired_object_delete_marker = true}}));
  CHECK(bucket.after_days(0) == 1);
  CHECK(bucket.after_days(0) == 0);
  CHECK(bucket.files() == 0);
}

TEST_CASE("a lifecycle rule that says nothing, too much or the impossible is refused") {
  LivingBucket bucket;
  CHECK(code_of(bucket.live_by({})) == "InvalidRequest");
  CHECK(code_of(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 0}})) == "InvalidArgument");
  CHECK(code_of(bucket.live_by({.expiration = shapes::LifecycleExpiration{.date = WallTime{1}}})) == "InvalidArgument");
  CHECK(code_of(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 1, .expired_object_delete_marker = true}})) == "MalformedXML");
  CHECK(code_of(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 1}, .prefix = "both"})) == "MalformedXML");
  CHECK(what_of(bucket.live_by({.transitions = std::vector{shapes::Transition{.days = 29, .storage_class = "STANDARD_IA"}}})) == "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'");
  CHECK(code_of(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 5}, .transitions = std::vector{shapes::Transition{.days = 5, .storage_class = "GLACIER"}}})) == "InvalidArgument");
}

TEST_CASE("a rule moves objects down, small ones only if it names sizes, and an archived one is read once it is restored") {
  LivingBucket bucket;
  REQUIRE(bucket.put("logs/a", "small"));
  const std::vector transitions{shapes::Transition{.days = 1, .storage_class = "GLACIER"}};

  REQUIRE(bucket.live_by({.transitions = transitions}));
  CHECK(bucket.after_days(3) == 0);
  REQUIRE(bucket.live_by({.filter = shapes::LifecycleRuleFilter{.and_ = shapes::LifecycleRuleAndOperator{.object_size_greater_than = 1, .prefix = "logs/"}}, .transitions = transitions}));
  CHECK(bucket.after_days(0) == 1);
  CHECK(bucket.after_days(0) == 0);

  CHECK(code_of(bucket.get("logs/a")) == "InvalidObjectState");
  REQUIRE(bucket.call<shapes::RestoreObjectOutput>("RestoreObject", shapes::RestoreObjectRequest{.bucket = "state", .key = "logs/a", .restore_request = shapes::RestoreRequest{.days = 1}}));
  CHECK(bucket.context.raw_answer->status == 202);
  const auto got = bucket.get("logs/a");
  REQUIRE(got);
  CHECK(got->body == "small");
  CHECK(got->restore->starts_with("ongoing-request=\"false\", expiry-date=\""));
  bucket.clock.advance(std::chrono::hours(48));
  CHECK(code_of(bucket.get("logs/a")) == "InvalidObjectState");
}

TEST_CASE("the earliest end that a rule means for an object is told with it") {
  LivingBucket bucket;
  REQUIRE(bucket.live_by({.expiration = shapes::LifecycleExpiration{.days = 2}, .id = "rule 1"}));
  const auto put = bucket.put("logs/a", "x");
  REQUIRE(put);
  CHECK(put->expiration->ends_with("GMT\", rule-id=\"rule%201\""));
  CHECK_FALSE(bucket.put("kept/a", "x")->expiration);
}

TEST_CASE_FIXTURE(TestBucket, "a completion whose condition was overtaken while the upload ran is a conflict") {
  const auto complete = [&](shapes::CompleteMultipartUploadRequest request, const std::string& upload, const std::string& etag) {
    request.bucket = "state";
    request.key = "k";
    request.upload_id = upload;
    request.multipart_upload = shapes::CompletedMultipartUpload{.parts = std::vector<shapes::CompletedPart>{{.e_tag = etag, .part_number = 1}}};
    return call<shapes::CompleteMultipartUploadOutput>("CompleteMultipartUpload", request);
  };
  const std::string old_tag = *put("k", "old")->e_tag;
  const std::string upload = *call<shapes::CreateMultipartUploadOutput>("CreateMultipartUpload", shapes::CreateMultipartUploadRequest{.bucket = "state", .key = "k"})->upload_id;
  http_request.body = "part";
  const std::string part = *call<shapes::UploadPartOutput>("UploadPart", shapes::UploadPartRequest{.bucket = "state", .key = "k", .part_number = 1, .upload_id = upload})->e_tag;
  clock.advance(std::chrono::seconds(1));
  const std::string new_tag = *put("k", "new")->e_tag;

  CHECK(code_of(complete({.if_match = old_tag}, upload, part)) == "PreconditionFailed");
  CHECK(code_of(complete({.if_match = new_tag}, upload, part)) == "ConditionalRequestConflict");
  REQUIRE(call<shapes::DeleteObjectOutput>("DeleteObject", shapes::DeleteObjectRequest{.bucket = "state", .key = "k"}));
  CHECK(code_of(complete({.if_match = new_tag}, upload, part)) == "NoSuchKey");
  CHECK(code_of(complete({.if_none_match = "*"}, upload, part)) == "ConditionalRequestConflict");
  CHECK(complete({}, upload, part).has_value());
}

struct Reported : TestBucket {
  Reported() {
    REQUIRE(create("reports"));
    const std::string policy = R"({"Statement":[{"Effect":"Allow","Principal":{"Service":["logging.s3.amazonaws.com","s3.amazonaws.com"]},"Action":"s3:PutObject","Resource":"arn:aws:s3:::reports/*"}]})";
    REQUIRE(call<shapes::PutBucketPolicyOutput>("PutBucketPolicy", shapes::PutBucketPolicyRequest{.bucket = "reports", .policy = policy}));
  }
  std::vector<model::Object> reports() const { return store::all<model::Object>(*store, "reports/"); }
};

TEST_CASE_FIXTURE(Reported, "an inventory is written at once, then each day, where the policy lets S3 write") {
  REQUIRE(put("a\"b", "12345"));
  shapes::InventoryConfiguration inventory{.destination = shapes::InventoryDestination{.s3_bucket_destination = shapes::InventoryS3BucketDestination{.bucket = "arn:aws:s3:::reports", .format = "CSV", .prefix = "all"}},
                                           .id = "one", .included_object_versions = "Current", .is_enabled = true, .optional_fields = std::vector<std::string>{"Size"}, .schedule = shapes::InventorySchedule{.frequency = "Daily"}};
  REQUIRE(call<shapes::PutBucketInventoryConfigurationOutput>("PutBucketInventoryConfiguration", shapes::PutBucketInventoryConfigurationRequest{.bucket = "state", .id = "one", .inventory_configuration = inventory}));

  CHECK(deliver_reports(deps) == 1);
  CHECK(deliver_reports(deps) == 0);
  REQUIRE(reports().size() == 3);
  CHECK(reports()[2].object_key.starts_with("all/state/one/data/"));
  const std::string manifest = read_file(deps.data_dir + "/objects/" + reports()[1].file).value();
  CHECK(manifest.find(R"("fileSchema":"Bucket, Key, Size")") != std::string::npos);
  CHECK(manifest.find(reports()[2].object_key) != std::string::npos);
  clock.advance(std::chrono::hours(24));
  CHECK(deliver_reports(deps) == 1);
  REQUIRE(call<shapes::DeleteBucketPolicyOutput>("DeleteBucketPolicy", shapes::DeleteBucketPolicyRequest{.bucket = "reports"}));
  clock.advance(std::chrono::hours(24));
  CHECK(deliver_reports(deps) == 0);
}

TEST_CASE_FIXTURE(Reported, "requests are logged where the bucket says, and counted for its metrics") {
  REQUIRE(put("logs/a", "12345"));
  REQUIRE(call<shapes::PutBucketLoggingOutput>("PutBucketLogging", shapes::PutBucketLoggingRequest{.bucket = "state", .bucket_logging_status = shapes::BucketLoggingStatus{.logging_enabled = shapes::LoggingEnabled{.target_bucket = "reports", .target_prefix = "log-"}}}));
  REQUIRE(call<shapes::PutBucketMetricsConfigurationOutput>("PutBucketMetricsConfiguration", shapes::PutBucketMetricsConfigurationRequest{.bucket = "state", .id = "m", .metrics_configuration = shapes::MetricsConfiguration{.filter = shapes::MetricsFilter{.prefix = "logs/"}, .id = "m"}}));
  http::Request request{.method = "GET", .target = "/state/logs/a", .path = "/state/logs/a", .peer = "10.0.0.1:5000"};
  REQUIRE(notes_visits(deps, request));

  tell_visit(deps, visited(request, "ann"), {.status = 200, .body = "12345"}, std::chrono::milliseconds(7));
  request.path = request.target = "/state/other";
  tell_visit(deps, visited(request, ""), {.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"}, std::chrono::milliseconds(1));

  CHECK(deliver_access_logs(deps) == 1);
  REQUIRE(reports().size() == 1);
  CHECK(reports()[0].object_key.starts_with("log-"));
  const std::string lines = read_file(deps.data_dir + "/objects/" + reports()[0].file).value();
  CHECK(lines.find(" 10.0.0.1 ann - REST.GET.OBJECT logs/a \"GET /state/logs/a HTTP/1.1\" 200 - 5 5 7 7 ") != std::string::npos);
  CHECK(lines.find(" 10.0.0.1 - - REST.GET.OBJECT other \"GET /state/other HTTP/1.1\" 404 NoSuchKey ") != std::string::npos);
  const store::MetricName all{.account = context.account, .region = context.region, .space = "AWS/S3", .name = "AllRequests", .dimensions = {{"BucketName", "state"}, {"FilterId", "m"}}};
  const auto points = metrics.read(all, "Count", clock.wall() + std::chrono::seconds(-60), clock.wall() + std::chrono::seconds(60), std::chrono::minutes(5));
  REQUIRE(points.size() == 1);
  CHECK(points[0].sum == 1);
  CHECK(deliver_access_logs(deps) == 0);
}

}  // namespace
}  // namespace landfall::services::s3
