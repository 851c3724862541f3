#include "aws/endpoint.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/client.h"
#include "aws/json_codec.h"
#include "aws/protocol.h"
#include "aws/refusal.h"
#include "aws/scalar.h"
#include "aws/sigv4.h"
#include "aws/validate.h"
#include "base/ensure.h"
#include "base/log.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr size_t kMaxBody = 1 << 20;  // of every service but S3
constexpr size_t kMaxReplays = 4096;

/// DynamoDB and its streams are signed for by one name: the target tells them apart.
const ServiceModel* signed_for(const http::Request& request, std::string_view signing_name) {
  const std::string_view target = request.headers.find("x-amz-target").value_or("");
  const ServiceModel* found = nullptr;
  for (const ServiceModel* service : all_services()) {
    if (service->signing_name != signing_name) continue;
    if (!service->target_prefix.empty() && target.starts_with(std::string(service->target_prefix) + ".")) return service;
    if (found == nullptr) found = service;
  }
  return found;
}

/// A call that nobody signs: what it brings says who calls.
bool is_open_call(const http::Request& request) {
  if (request.headers.find("authorization") || request.headers.find("x-amz-target") || request.body.size() > kMaxBody) return false;
  const Parameters parameters = parse_form(request.method == "GET" ? request.query : request.body);
  const auto action = parameters.find("Action");
  return action != parameters.end() && action->second == "AssumeRoleWithWebIdentity";
}

/// CloudWatch speaks the query protocol and JSON; newer SDKs send the latter.
const ServiceModel* in_protocol_of(const http::Request& request, const ServiceModel* service) {
  if (service == nullptr || service->name != "cloudwatch" || !request.headers.find("x-amz-target")) return service;
  static const ServiceModel as_json = [&] {
    ServiceModel model = *service;
    model.protocol = Protocol::json;
    return model;
  }();
  return &as_json;
}

/// Sub-resources of S3 that are not carried must not fall through to listing or reading.
std::string uncarried_subresource(const Operation* operation, const Parameters& query) {
  static const std::vector<std::string> names{"accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering", "inventory", "lifecycle",
                                              "location", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy",
                                              "policyStatus", "publicAccessBlock", "replication", "requestPayment", "tagging", "versioning",
                                              "versions", "website", "uploads", "uploadId", "legal-hold", "retention", "restore", "select", "torrent", "attributes"};
  for (const std::string& name : names) {
    if (!query.contains(name)) continue;
    const bool carried = operation != nullptr && (operation->uri.find("?" + name) != std::string_view::npos || operation->uri.find("&" + name) != std::string_view::npos);
    if (!carried) return name;
  }
  return "";
}

/// An operation that AWS does not have, or that Landfall does not: in the service's own words.
Error unknown_call(const ServiceModel& service, std::string_view name) {
  const bool is_json = service.protocol == Protocol::json;
  return {.code = is_json ? "UnknownOperationException" : service.name == "s3" ? "NotImplemented" : "InvalidAction",
          .what = fmt::format("The action {} is not valid for this web service: Landfall does not carry it.", name)};
}

/// Which operation; the error is in the service's own words.
Result<RestMatch> find_call(const ServiceModel& service, const http::Request& request) {
  const auto unknown = [&](const std::string& name) { return fail(unknown_call(service, name)); };
  if (service.protocol == Protocol::rest_xml) {
    const Parameters query = parse_form(request.query);
    RestMatch match = match_rest(service, request.method, request.path, query);
    const std::string uncarried = service.name == "s3" ? uncarried_subresource(match.operation, query) : "";
    if (!uncarried.empty()) return unknown(fmt::format("{} ?{}", request.method, uncarried));
    if (match.operation == nullptr) return unknown(request.method + " " + request.path);
    // Copying and writing an object share method and path; a header tells them apart.
    if (service.name == "s3" && request.headers.find("x-amz-copy-source")) {
      if (match.operation->name == "PutObject") match.operation = find_operation(service, "CopyObject");
      else if (match.operation->name == "UploadPart") match.operation = find_operation(service, "UploadPartCopy");
    }
    return match;
  }
  std::string name;
  if (service.protocol == Protocol::json) {
    name = request.headers.find("x-amz-target").value_or("");
    name.erase(0, name.rfind('.') + 1);
  } else {
    const Parameters parameters = parse_form(request.method == "GET" ? request.query : request.body);
    const auto action = parameters.find("Action");
    if (action != parameters.end()) name = action->second;
    if (name.empty()) return fail("MissingAction", "The request must contain the parameter Action");
  }
  const Operation* operation = find_operation(service, name);
  if (operation == nullptr) return unknown(name);
  return RestMatch{.operation = operation, .labels = {}};
}

/// A signed URL may have in its query what is a header otherwise: "x-amz-meta-…".
void take_signed_parameters(http::Request& request) {
  for (const auto& [name, value] : parse_form(request.query)) {
    const std::string field = lower(name);
    const bool is_of_signature = field == "x-amz-algorithm" || field == "x-amz-credential" || field == "x-amz-date" || field == "x-amz-expires" || field == "x-amz-signedheaders" || field == "x-amz-signature";
    const bool is_header = (field.starts_with("x-amz-") && !is_of_signature) || field == "content-type" || field == "content-md5";
    if (is_header && !request.headers.find(field)) request.headers.set(field, value);
  }
}

std::string label_of(const RestMatch& match, std::string_view name) {
  const auto found = match.labels.find(name);
  return found == match.labels.end() ? "" : found->second;
}

bool covers(const std::string& allowed, const std::string& path) {
  if (allowed == "*" || allowed == path) return true;
  if (allowed.ends_with(".*")) {
    const std::string_view stem(allowed.data(), allowed.size() - 2);
    return path == stem || (path.starts_with(stem) && path.size() > stem.size() && path[stem.size()] == '.') || stem.starts_with(path + ".");
  }
  return allowed.starts_with(path + ".");  // a structure on the way to an allowed member
}

/// Of a call of EC2 or DynamoDB with an idempotency token: what it is remembered by whatever its arguments; "" without one.
std::string token_of(const CallContext& context, const Shape& shape, const void* input) {
  const bool tells_others = context.service == "ec2" || context.service == "dynamodb";
  for (const Member& member : tells_others ? shape.members : std::span<const Member>{}) {
    const void* optional = member_of(member, input);
    if (!member.is_idempotency_token || !member.access->has(optional)) continue;
    return fmt::format("token {}/{}/{}/{}", context.account, context.region, context.operation, *static_cast<const std::string*>(member.access->get(optional)));
  }
  return "";
}

/// What tells a call with an idempotency token from every other; "" without a token. The arguments are part of it: the
/// same token with other arguments is another call.
std::string token_key_of(const CallContext& context, const Shape& shape, const void* input) {
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, input);
    if (!member.is_idempotency_token || !member.access->has(optional)) continue;
    return fmt::format("{}/{}/{}:{}/{}", context.account, context.region, context.service, context.operation, encode_json(shape, input));
  }
  return "";
}

/// The token was that of another call.
Error token_of_other(const CallContext& context) {
  if (context.service == "dynamodb") return {.code = "IdempotentParameterMismatchException", .what = "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used."};
  return {.code = "IdempotentParameterMismatch", .what = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."};
}

/// Whether an EC2 call asks only whether it would work.
bool is_dry_run(const ServiceModel& service, const Shape& shape, const void* input) {
  if (service.protocol != Protocol::ec2) return false;
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, input);
    if (member.name == "DryRun" && member.access->has(optional)) return *static_cast<const bool*>(member.access->get(optional));
  }
  return false;
}

/// What a call came to that was undone (EC2 API reference, Common query parameters: DryRun).
Error dry_outcome(const Result<void>& outcome) {
  if (!outcome) return outcome.error();
  return {.code = "DryRunOperation", .what = "Request would have succeeded, but DryRun flag is set."};
}

/// Every EC2 operation carries DryRun.
std::string first_uncarried(const ServiceModel& service, const Shape& shape, const void* input, std::vector<std::string> members) {
  if (service.protocol == Protocol::ec2) members.emplace_back("DryRun");
  return first_unsupported(shape, input, members);
}

}  // namespace

std::optional<http::Response> Endpoint::replayed(const std::string& token_key) const {
  const std::lock_guard lock(replay_mutex_);
  const auto found = replays_.find(token_key);
  if (token_key.empty() || found == replays_.end()) return std::nullopt;
  return found->second;
}

void Endpoint::remember(const std::string& token_key, const http::Response& response) const {
  if (token_key.empty()) return;
  const std::lock_guard lock(replay_mutex_);
  if (!replays_.emplace(token_key, response).second) return;
  replay_order_.push_back(token_key);
  if (replay_order_.size() <= kMaxReplays) return;
  replays_.erase(replay_order_.front());
  replay_order_.pop_front();
}

std::string first_unsupported(const Shape& shape, const void* input, const std::vector<std::string>& members) {
  for (const std::string& path : set_members(shape, input)) {
    if (!std::ranges::any_of(members, [&](const std::string& allowed) { return covers(allowed, path); })) return path;
  }
  return "";
}

const Registry::Entry* Registry::find(std::string_view service, std::string_view operation) const {
  const auto found = entries_.find(fmt::format("{}:{}", service, operation));
  return found == entries_.end() ? nullptr : &found->second;
}

void Registry::add_erased(std::string_view service, std::string_view operation, std::vector<std::string> members, const Shape& input,
                          const Shape& output, Erased erased) {
  const ServiceModel* model = find_service(service);
  ENSURE(model != nullptr, "a handler is for a service in models/");
  const Operation* found = find_operation(*model, operation);
  ENSURE(found != nullptr, "a handler is for an operation in models/operations.txt");
  ENSURE(found->input == &input && found->output == &output, "a handler takes and gives the operation's own shapes");
  entries_.insert_or_assign(fmt::format("{}:{}", service, operation), Entry{model, found, std::move(members), std::move(erased)});
}

http::Response Endpoint::handle(http::Request request) const {
  CallRecord record{.at = clock_.wall(), .source_ip = request.peer, .request_id = ids_.uuid()};
  const auto started = clock_.steady();
  http::Response response = answer(request, record);
  record.milliseconds = std::chrono::duration<double, std::milli>(clock_.steady() - started).count();
  if (hooks_.record && !record.operation.empty()) hooks_.record(record);
  return response;
}

http::Response Endpoint::answer(http::Request& request, CallRecord& record) const {
  const std::string& request_id = record.request_id;
  auto signature = read_signature(request);
  const bool is_open = !signature && is_open_call(request);
  if (is_open) signature = Signature{.region = "us-east-1", .service = "sts"};
  const ServiceModel* service = in_protocol_of(request, signature ? signed_for(request, signature->service) : nullptr);
  if (service == nullptr) {
    const Error error = signature ? Error{.code = "UnknownService", .what = fmt::format("Landfall does not carry the service '{}'", signature->service)}
                                  : signature.error();
    const bool is_json = request.headers.find("x-amz-target").has_value();
    const ServiceModel& like = *find_service(is_json ? "ecs" : request.method == "POST" ? "sts" : "s3");
    return encode_error(like, in_service_words(like, error), request_id);
  }
  ErrorDetails details;
  const auto refuse = [&](const Error& error) {
    record.error_code = error.code;
    record.error_message = error.what;
    return encode_error(*service, in_service_words(*service, error), request_id, details);
  };
  if (service->name != "s3" && (request.body_file || request.body.size() > kMaxBody)) {
    return refuse({.code = "RequestEntityTooLarge", .what = fmt::format("The request body is larger than {} bytes", kMaxBody)});
  }
  const auto owner = is_open ? std::optional(KeyOwner{}) : find_key_(signature->access_key);
  record.service = service->name;
  record.region = signature->region;
  record.access_key = signature->access_key;
  if (owner) record.account = owner->account, record.principal_arn = owner->principal_arn;
  if (!owner || !owner->is_active) return refuse(unknown_key(*service, false));
  if (owner->expires_at && clock_.wall() > owner->expires_at) return refuse({.code = "ExpiredToken", .what = "The security token included in the request is expired"});
  if (owner->session_token != signature->session_token) return refuse(unknown_key(*service, true));
  if (auto verified = is_open ? Result<void>() : verify(request, *signature, owner->secret_key, clock_.wall(), &details.members); !verified) return refuse(verified.error());
  if (service->name == "s3") to_path_style(request);
  if (signature->is_presigned) take_signed_parameters(request);
  const auto match = find_call(*service, request);
  if (!match) return refuse(match.error());
  record.operation = match->operation->name;
  if (service->name == "s3") details = {.path = request.path, .bucket = label_of(*match, "Bucket"), .key = label_of(*match, "Key")};
  const Registry::Entry* entry = registry_.find(service->name, match->operation->name);
  if (entry == nullptr) return refuse(unknown_call(*service, match->operation->name));
  const std::shared_ptr<void> input = entry->erased.make_input();
  if (auto decoded = decode_request(*service, *match, request, input.get()); !decoded) return refuse(decoded.error());
  if (auto valid = validate(*service, *match->operation, input.get(), &details.members); !valid) return refuse(valid.error());
  if (const std::string member = first_uncarried(*service, *match->operation->input, input.get(), entry->members); !member.empty()) {
    return refuse({.code = service->name == "ec2" ? "UnsupportedOperation" : service->protocol == Protocol::json ? "InvalidParameterException" : "ValidationError",
                   .what = fmt::format("Landfall does not support the parameter {} of {} yet.", member, match->operation->name)});
  }
  const CallContext context{.account = owner->account, .region = signature->region, .access_key = signature->access_key, .principal_arn = owner->principal_arn,
                            .request_id = request_id, .source_ip = request.peer, .service = std::string(service->name),
                            .operation = std::string(match->operation->name), .request = &request, .error_members = {}, .raw_answer = {}};
  if (hooks_.prepare) hooks_.prepare(context);
  if (hooks_.authorize && !is_open) {
    if (auto allowed = hooks_.authorize(context, *owner, *match->operation->input, input.get()); !allowed) return refuse(allowed.error());
  }
  if (is_dry_run(*service, *match->operation->input, input.get())) {
    return refuse(dry_outcome(hooks_.undone([&]() -> Result<void> {
      TRY(entry->erased.call(context, input.get()));
      return {};
    })));
  }
  const std::string token_key = token_key_of(context, *match->operation->input, input.get());
  const std::string token = token_of(context, *match->operation->input, input.get());
  if (const auto first = replayed(token); first && first->body != token_key) return refuse(token_of_other(context));
  if (const auto before = replayed(token_key)) return *before;
  const auto call = [&]() -> Result<http::Response> {
    const auto output = TRY(entry->erased.call(context, input.get()));
    http::Response response = encode_response(*service, *match->operation, output.get(), request_id);
    if (context.raw_answer) {
      response.status = context.raw_answer->status;
      response.body_file = context.raw_answer->body_file;
      for (const http::Header& field : context.raw_answer->headers) response.headers.set(field.name, field.value);
      response.file_offset = context.raw_answer->file_offset;
      response.file_length = context.raw_answer->file_length;
    }
    return response;
  };
  const auto once = request.headers.find(kOnceHeader);
  auto response = once && hooks_.answer_once ? hooks_.answer_once(fmt::format("{}/{}", context.account, *once), request.headers.find(kRecallHeader).has_value(), call) : call();
  if (!response) {
    if (response.error().blame != Blame::caller) {
      log_warn("call failed", {{"operation", context.operation}, {"code", response.error().code}, {"error", response.error().message()}});
    }
    details.members = context.error_members;
    return refuse(response.error());
  }
  remember(token_key, *response);
  remember(token, {.status = 0, .body = token_key});
  return std::move(*response);
}

}  // namespace landfall::aws
