#include "services/s3/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

#include <fmt/format.h>

#include "aws/form.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "services/s3/deliver.h"
#include "services/s3/request_metrics.h"
#include "services/s3/setting.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

constexpr const char* kService = "logging.s3.amazonaws.com";
constexpr const char* kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

std::optional<shapes::LoggingEnabled> logging_of(const model::Bucket& bucket) {
  const std::string text = setting(bucket, "logging");
  if (text.empty() || text == kGone) return std::nullopt;
  return told<shapes::LoggingEnabled>(text);
}

std::filesystem::path folder_of(const Deps& deps) { return std::filesystem::path(deps.data_dir) / "access-log"; }

std::string shown_time(WallTime time, const char* form) {
  const time_t seconds = static_cast<time_t>(time.ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return std::string(text.data(), strftime(text.data(), text.size(), form, &parts));
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }
std::string quoted(const std::string& text) { return text.empty() ? "\"-\"" : "\"" + replace_all(text, "\"", "%22") + "\""; }

/// "REST.GET.OBJECT": the part of the bucket or object that a query key names, else the thing itself.
std::string operation_of(const Visited& visit) {
  static const std::map<std::string, const char*, std::less<>> kParts{{"acl", "ACL"}, {"cors", "CORS"}, {"policy", "BUCKETPOLICY"}, {"versioning", "VERSIONING"}, {"versions", "BUCKETVERSIONS"}, {"uploads", "UPLOADS"}, {"partNumber", "PART"}, {"uploadId", "UPLOAD"},
                                                                      {"delete", "MULTI_OBJECT_DELETE"}, {"tagging", "TAGGING"}, {"website", "WEBSITE"}, {"lifecycle", "LIFECYCLE"}, {"logging", "LOGGING_STATUS"}, {"location", "LOCATION"}, {"notification", "NOTIFICATION"},
                                                                      {"encryption", "ENCRYPTION"}, {"inventory", "INVENTORY"}, {"analytics", "ANALYTICS"}, {"metrics", "METRICS"}, {"restore", "OBJECT"}, {"requestPayment", "REQUEST_PAYMENT"}, {"publicAccessBlock", "PUBLIC_ACCESS_BLOCK"},
                                                                      {"ownershipControls", "OWNERSHIP_CONTROLS"}, {"object-lock", "OBJECT_LOCK_CONFIGURATION"}, {"retention", "OBJECT_LOCK_RETENTION"}, {"legal-hold", "OBJECT_LOCK_LEGALHOLD"}, {"replication", "REPLICATION"}, {"accelerate", "ACCELERATE"}};
  const std::string method = visit.is_copy ? "COPY" : visit.method;
  for (const auto& [name, value] : aws::parse_form(visit.query)) {
    if (const auto part = kParts.find(name); part != kParts.end()) return fmt::format("REST.{}.{}", method, part->second);
  }
  return fmt::format("REST.{}.{}", method, visit.key.empty() ? "BUCKET" : "OBJECT");
}

std::string error_code_of(const http::Response& response) {
  const size_t at = response.body.find("<Code>");
  if (response.status < 300 || at == std::string::npos) return "";
  return response.body.substr(at + 6, response.body.find("</Code>", at) - at - 6);
}

int64_t sent(const http::Response& response) { return response.body_file ? static_cast<int64_t>(response.file_length) : static_cast<int64_t>(response.body.size()); }

std::string number(int64_t value) { return value == 0 ? "-" : std::to_string(value); }

std::string line_of(const Deps& deps, const model::Bucket& bucket, const Visited& visit, const http::Response& response, Duration took) {
  const auto object = store::find<model::Object>(deps.store, bucket.name + "/" + visit.key);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const auto header = [&](const char* name) { return or_dash(std::string(response.headers.find(name).value_or(""))); };
  return fmt::format("{} {} [{}] {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} - {} {} {} - -\n", *owner_of(bucket.account).id, bucket.name, shown_time(deps.clock.wall(), "%d/%b/%Y:%H:%M:%S +0000"), visit.peer.substr(0, visit.peer.rfind(':')), or_dash(visit.requester),
                     header("x-amz-request-id"), operation_of(visit), or_dash(percent_encode(visit.key, true)), quoted(fmt::format("{} {} HTTP/1.1", visit.method, visit.target)), response.status, or_dash(error_code_of(response)), number(sent(response)),
                     object ? number(object->size) : "-", ms, ms, quoted(visit.referer), quoted(visit.user_agent), header("x-amz-version-id"), header("x-amz-id-2"), or_dash(visit.signature), visit.signature.empty() ? "-" : visit.is_in_query ? "QueryString" : "AuthHeader", or_dash(visit.host), or_dash(visit.tls));
}

void keep_line(const Deps& deps, const std::string& bucket, const std::string& line) {
  if (!make_directories(folder_of(deps), 0700)) return;
  const Fd file(::open((folder_of(deps) / bucket).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) log_warn("access not logged", {{"bucket", bucket}});
}

std::string key_of(const Deps& deps, const model::Bucket& source, const shapes::LoggingEnabled& logging) {
  const WallTime now = deps.clock.wall();
  const std::string name = shown_time(now, "%Y-%m-%d-%H-%M-%S-") + upper(replace_all(deps.ids.uuid(), "-", "").substr(0, 16));
  if (!logging.target_object_key_format || !logging.target_object_key_format->partitioned_prefix) return text(logging.target_prefix) + name;
  return fmt::format("{}{}/{}/{}/{}/{}", text(logging.target_prefix), source.account, source.region, source.name, shown_time(now, "%Y/%m/%d"), name);
}

/// A bucket takes logs by its policy, or by an ACL that gives the group of log delivery WRITE.
bool takes_logs(const model::Bucket& target, const std::string& key) {
  if (lets_service_put(target, key, kService)) return true;
  const std::string acl = setting(target, "acl");
  if (acl.empty() || acl == kGone) return false;
  const auto grants = told<shapes::AccessControlPolicy>(acl).grants.value_or(std::vector<shapes::Grant>{});
  return std::ranges::any_of(grants, [](const auto& grant) { return grant.grantee && text(grant.grantee->uri) == kLogDelivery && (text(grant.permission) == "WRITE" || text(grant.permission) == "FULL_CONTROL"); });
}

/// Whether the lines of the bucket were written where they belong, or belong nowhere.
bool deliver_lines(const Deps& deps, const std::string& bucket, const std::filesystem::path& lines) {
  const auto source = store::find<model::Bucket>(deps.store, bucket);
  const auto logging = source ? logging_of(*source) : std::nullopt;
  const auto target = logging ? store::find<model::Bucket>(deps.store, text(logging->target_bucket)) : std::nullopt;
  if (!target) return false;
  const std::string key = key_of(deps, *source, *logging);
  if (!takes_logs(*target, key)) {
    log_warn("access log not delivered: neither policy nor ACL of the bucket lets log delivery write", {{"bucket", target->name}, {"of", bucket}});
    return false;
  }
  auto bytes = read_file(lines);
  const auto done = bytes ? deliver(deps, {.bucket = target->name, .key = key, .bytes = std::move(*bytes), .content_type = "text/plain"}) : Result<void>(fail(bytes.error()));
  if (!done) log_warn("access log not delivered", {{"bucket", target->name}, {"of", bucket}, {"error", done.error().message()}});
  return done.has_value();
}

// ── the setting ──

Result<shapes::GetBucketLoggingOutput> get(const Deps& deps, const CallContext& context, const shapes::GetBucketLoggingRequest& request) {
  return shapes::GetBucketLoggingOutput{.logging_enabled = logging_of(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)))};
}

Result<void> check_target(const Deps& deps, const CallContext& context, const model::Bucket& source, const shapes::LoggingEnabled& logging) {
  const auto target = store::find<model::Bucket>(deps.store, text(logging.target_bucket));
  if (!target || target->account != source.account) {
    tell_about(context, {{"TargetBucket", text(logging.target_bucket)}});
    return fail("InvalidTargetBucketForLogging", target ? "The owner for the bucket to be logged and the target bucket must be the same." : "The target bucket for logging does not exist");
  }
  if (target->region != source.region) {
    std::vector<std::pair<std::string, std::string>> members{{"TargetBucketLocation", target->region}};
    if (source.region != "us-east-1") members.emplace(members.begin(), "SourceBucketLocation", source.region);
    tell_about(context, members);
    return fail("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ");
  }
  return {};
}

Result<shapes::PutBucketLoggingOutput> put(const Deps& deps, const CallContext& context, const shapes::PutBucketLoggingRequest& request) {
  const model::Bucket source = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const auto& logging = request.bucket_logging_status->logging_enabled;
  if (!logging) return keep<shapes::PutBucketLoggingOutput>(deps, context, request, "logging", kGone);
  TRY(check_target(deps, context, source, *logging));
  return keep<shapes::PutBucketLoggingOutput>(deps, context, request, "logging", kept(*logging));
}

}  // namespace

bool notes_visits(const Deps& deps, const http::Request& request) {
  const auto bucket = store::find<model::Bucket>(deps.store, address_of(request).bucket);
  return bucket && (logging_of(*bucket) || !configurations<shapes::MetricsConfiguration>(*bucket, kMetrics).empty());
}

Visited visited(const http::Request& request, std::string requester) {
  const Address address = address_of(request);
  const auto header = [&](const char* name) { return std::string(request.headers.find(name).value_or("")); };
  Visited visit{.bucket = address.bucket, .key = address.key, .method = request.method, .target = request.target, .query = request.query, .peer = request.peer, .referer = header("referer"), .user_agent = header("user-agent"), .host = header("host"), .requester = std::move(requester),
                .signature = {}, .tls = request.is_tls ? "TLSv1.3" : ""};
  visit.is_in_query = header("authorization").empty();
  visit.is_copy = !header("x-amz-copy-source").empty();
  if (!visit.requester.empty()) visit.signature = header("authorization").starts_with("AWS ") || request.query.find("AWSAccessKeyId=") != std::string::npos ? "SigV2" : "SigV4";
  std::error_code error;
  visit.received = request.body_file ? static_cast<int64_t>(std::filesystem::file_size(*request.body_file, error)) : static_cast<int64_t>(request.body.size());
  return visit;
}

void tell_visit(const Deps& deps, const Visited& visit, const http::Response& response, Duration took) {
  const auto bucket = visit.bucket.empty() ? std::nullopt : store::find<model::Bucket>(deps.store, visit.bucket);
  if (!bucket) return;
  if (logging_of(*bucket)) keep_line(deps, bucket->name, line_of(deps, *bucket, visit, response, took));
  count_request(deps, *bucket, visit, response.status, sent(response), took);
}

size_t deliver_access_logs(const Deps& deps) {
  size_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(deps), error)) {
    const std::string bucket = entry.path().filename();
    const std::filesystem::path lines = entry.path().string() + "#";  // no bucket's name has that
    if (bucket.ends_with('#')) continue;
    std::filesystem::rename(entry.path(), lines, error);
    if (error) continue;
    count += deliver_lines(deps, bucket, lines) ? 1 : 0;
    std::filesystem::remove(lines, error);
  }
  return count;
}

void register_logging(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetBucketLoggingRequest, shapes::GetBucketLoggingOutput>("s3", "GetBucketLogging", {"Bucket", "ExpectedBucketOwner"}, bind(get));
  registry.add<shapes::PutBucketLoggingRequest, shapes::PutBucketLoggingOutput>("s3", "PutBucketLogging", {"*"}, bind(put));
}

}  // namespace landfall::services::s3
