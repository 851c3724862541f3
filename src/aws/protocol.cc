#include "aws/protocol.h"

#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "aws/scalar.h"
#include "aws/validate.h"
#include "aws/xml_codec.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

std::unexpected<Error> named(const ServiceModel& service, Error error) {
  error.code = error.code == "Unknown" ? unknown_code(service) : malformed_code(service);
  return fail(std::move(error));
}

Result<void> decode_form_request(const ServiceModel& service, const Operation& operation, const http::Request& request, void* into) {
  Parameters parameters = parse_form(request.method == "GET" ? request.query : request.body);
  parameters.erase("Action");
  parameters.erase("Version");
  std::erase_if(parameters, [](const auto& p) { return p.first.starts_with("X-Amz-"); });
  if (auto read = decode_parameters(*operation.input, service.protocol == Protocol::ec2, parameters, into); !read) {
    return named(service, read.error());
  }
  if (!parameters.empty()) {
    return fail(std::string(unknown_code(service)), fmt::format("The parameter {} is not recognized", parameters.begin()->first));
  }
  return {};
}

Result<void> decode_xml_text(const Shape& shape, std::string_view text, bool refuse_unknown, void* into) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return fail("Malformed", fmt::format("the body is not well-formed XML: {} near byte {}", parsed.description(), parsed.offset));
  return decode_xml(shape, document.document_element(), refuse_unknown, into);
}

Result<void> decode_rest_request(const ServiceModel& service, const RestMatch& match, const http::Request& request, void* into) {
  const Operation& operation = *match.operation;
  if (auto bound = decode_bindings(operation, match, parse_form(request.query), request.headers, into); !bound) return named(service, bound.error());
  const Member* payload = payload_member(*operation.input);
  if (payload != nullptr && is_scalar(*payload->shape)) {
    if (!request.body_file) *static_cast<std::string*>(payload->access->emplace(member_of(*payload, into))) = request.body;
    return {};
  }
  if (trim(request.body).empty()) return {};
  const Shape& shape = payload != nullptr ? *payload->shape : *operation.input;
  void* target = payload != nullptr ? payload->access->emplace(member_of(*payload, into)) : into;
  if (auto read = decode_xml_text(shape, request.body, true, target); !read) return named(service, read.error());
  return {};
}

http::Response xml_response(int status, std::string body, std::string_view request_id) {
  http::Response response{.status = status, .body = std::string(kXmlHead) + std::move(body)};
  response.headers.set("Content-Type", "text/xml;charset=UTF-8");
  response.headers.set("x-amzn-RequestId", request_id);
  return response;
}

/// Root elements that S3 names unlike its output shapes.
std::string_view root_name(const ServiceModel& service, const Operation& operation) {
  static const std::map<std::string_view, std::string_view> s3{{"ListObjects", "ListBucketResult"},
                                                                {"ListObjectsV2", "ListBucketResult"},
                                                                {"ListBuckets", "ListAllMyBucketsResult"},
                                                                {"DeleteObjects", "DeleteResult"},
                                                                {"GetBucketVersioning", "VersioningConfiguration"},
                                                                {"GetBucketTagging", "Tagging"},
                                                                {"GetBucketAcl", "AccessControlPolicy"},
                                                                {"GetBucketLocation", "LocationConstraint"}};
  if (service.name == "s3") {
    if (const auto found = s3.find(operation.name); found != s3.end()) return found->second;
  }
  return operation.output->name;
}

/// The one answer whose root element holds text instead of members (S3 API, GetBucketLocation).
http::Response bucket_location(const ServiceModel& service, const Operation& operation, const void* output, std::string_view request_id) {
  const Member& member = operation.output->members[0];
  const void* optional = member_of(member, output);
  const std::string region = member.access->has(optional) ? *static_cast<const std::string*>(member.access->get(optional)) : "";
  return xml_response(200, fmt::format("<LocationConstraint xmlns=\"{}\">{}</LocationConstraint>", service.xml_namespace, escape_xml(region)), request_id);
}

/// S3 answers 204 to some calls whose models tell no status.
int success_of(const ServiceModel& service, const Operation& operation) {
  static constexpr std::array kWithoutContent{"PutBucketTagging", "PutBucketPolicy", "PutBucketAnalyticsConfiguration", "PutBucketIntelligentTieringConfiguration", "PutBucketInventoryConfiguration", "PutBucketMetricsConfiguration"};
  return service.name == "s3" && std::ranges::count(kWithoutContent, operation.name) > 0 ? 204 : operation.success_status;
}

http::Response rest_response(const ServiceModel& service, const Operation& operation, const void* output, std::string_view request_id) {
  http::Response response{.status = success_of(service, operation)};
  const Member* payload = payload_member(*operation.output);
  if (payload != nullptr && is_scalar(*payload->shape)) {
    const void* optional = member_of(*payload, output);
    if (payload->access->has(optional)) response.body = *static_cast<const std::string*>(payload->access->get(optional));
  } else {
    const void* value = output;
    const Shape* shape = operation.output;
    if (payload != nullptr) {
      shape = payload->shape;
      const void* optional = member_of(*payload, output);
      value = payload->access->has(optional) ? payload->access->get(optional) : nullptr;
    }
    if (service.name == "s3" && operation.name == "GetBucketLocation") return bucket_location(service, operation, output, request_id);
    const bool has_body = value != nullptr && std::ranges::any_of(shape->members, [](const Member& m) { return m.location == Location::body; });
    if (has_body) response = xml_response(operation.success_status, encode_xml(root_name(service, operation), *shape, service.xml_namespace, value), request_id);
    if (has_body && service.name == "s3") response.headers.set("Content-Type", "application/xml");
  }
  encode_answer_headers(*operation.output, output, response.headers);
  response.headers.set(service.name == "s3" ? "x-amz-request-id" : "x-amzn-RequestId", request_id);
  if (service.name == "s3") {
    response.headers.set("x-amz-id-2", host_id(request_id));
    response.headers.set("Server", "AmazonS3");
  }
  return response;
}

std::string json_error_type(const ServiceModel& service, const std::string& code) {
  return service.name.starts_with("dynamodb") ? "com.amazonaws.dynamodb.v20120810#" + code : code;
}

Error answer_error(const ServiceModel& service, const http::Response& response) {
  Error error{.code = fmt::format("Http.{}", response.status), .what = {}, .blame = Blame::remote, .retryable = response.status >= 500};
  if (service.protocol == Protocol::json) {
    const auto body = parse_json(response.body);
    const json::object* object = body ? body->if_object() : nullptr;
    if (object != nullptr) {
      error.code = string_member(*object, "__type");
      error.what = string_member(*object, object->contains("message") ? "message" : "Message");
    }
    if (const size_t hash = error.code.find('#'); hash != std::string::npos) error.code.erase(0, hash + 1);
  } else {
    pugi::xml_document document;
    document.load_buffer(response.body.data(), response.body.size());
    const pugi::xpath_node node = document.select_node("//Error");
    if (node) {
      error.code = node.node().child_value("Code");
      error.what = node.node().child_value("Message");
    }
  }
  if (error.what.empty()) error.what = fmt::format("{} answered {} {}", service.service_id, response.status, http::reason_phrase(response.status));
  return error;
}

}  // namespace

int status_of(const ServiceModel& service, std::string_view code) {
  static const std::map<std::string_view, int> common{
      {"SignatureDoesNotMatch", 403}, {"InvalidClientTokenId", 403}, {"InvalidAccessKeyId", 403}, {"AccessDenied", 403},
      {"RequestTimeTooSkewed", 403}, {"MissingAuthenticationToken", 403}, {"ExpiredToken", 403}, {"InvalidObjectState", 403}, {"ObjectNotInActiveTierError", 403}, {"CrossLocationLoggingProhibitted", 403}, {"ConditionalRequestConflict", 409}, {"RestoreAlreadyInProgress", 409}, {"RequestExpired", 400},
      {"AuthFailure", 401}, {"NoSuchEntity", 404}, {"EntityAlreadyExists", 409}, {"DeleteConflict", 409}, {"LimitExceeded", 409},
      {"NoSuchHostedZone", 404}, {"NoSuchChange", 404}, {"HostedZoneAlreadyExists", 409}, {"NoSuchHealthCheck", 404}, {"NoSuchGeoLocation", 404},
      {"HealthCheckAlreadyExists", 409}, {"HealthCheckVersionMismatch", 409}, {"VPCAssociationNotFound", 404}, {"VPCAssociationAuthorizationNotFound", 404}, {"NotAuthorizedException", 401}, {"NoSuchBucket", 404}, {"NoSuchKey", 404},
      {"NoSuchBucketPolicy", 404}, {"NoSuchTagSet", 404}, {"ServerSideEncryptionConfigurationNotFoundError", 404}, {"NotFound", 404},
      {"BucketAlreadyExists", 409}, {"BucketAlreadyOwnedByYou", 409}, {"BucketNotEmpty", 409}, {"PreconditionFailed", 412},
      {"NotModified", 304}, {"InvalidRange", 416}, {"InvalidPartNumber", 416}, {"NoSuchVersion", 404}, {"NoSuchUpload", 404}, {"NoSuchCORSConfiguration", 404},
      {"NoSuchWebsiteConfiguration", 404}, {"NoSuchLifecycleConfiguration", 404}, {"ReplicationConfigurationNotFoundError", 404},
      {"ObjectLockConfigurationNotFoundError", 404}, {"NoSuchPublicAccessBlockConfiguration", 404}, {"OwnershipControlsNotFoundError", 404}, {"NoSuchObjectLockConfiguration", 404}, {"NoSuchConfiguration", 404}, {"InvalidBucketState", 409}, {"AccessForbidden", 403}, {"MethodNotAllowed", 405}, {"NotImplemented", 501}, {"DryRunOperation", 412},
      {"ServiceUnavailable", 503}, {"Store.Unavailable", 503}};
  if (service.name == "s3" && code == "ExpiredToken") return 400;
  if (service.name == "s3" && code == "NotImplemented") return 400;  // a client would retry a 501
  const auto found = common.find(code);
  return found == common.end() ? 400 : found->second;
}

Result<void> decode_request(const ServiceModel& service, const RestMatch& match, const http::Request& request, void* into) {
  const Operation& operation = *match.operation;
  switch (service.protocol) {
    case Protocol::ec2:
    case Protocol::query: return decode_form_request(service, operation, request, into);
    case Protocol::json:
      if (auto read = decode_json(*operation.input, request.body, Unknown::refused, into); !read) return named(service, read.error());
      return {};
    case Protocol::rest_xml: return decode_rest_request(service, match, request, into);
  }
  return {};
}

http::Response encode_response(const ServiceModel& service, const Operation& operation, const void* output, std::string_view request_id) {
  switch (service.protocol) {
    case Protocol::ec2:
      return xml_response(200, fmt::format("<{0}Response xmlns=\"{1}\"><requestId>{2}</requestId>{3}</{0}Response>", operation.name, service.xml_namespace,
                                           request_id, encode_xml_members(*operation.output, output)), request_id);
    case Protocol::query: {
      std::string result = encode_xml_members(*operation.output, output);
      if (!operation.result_wrapper.empty()) result = fmt::format("<{0}>{1}</{0}>", operation.result_wrapper, result);
      return xml_response(200, fmt::format("<{0}Response xmlns=\"{1}\">{2}<ResponseMetadata><RequestId>{3}</RequestId></ResponseMetadata></{0}Response>",
                                           operation.name, service.xml_namespace, result, request_id), request_id);
    }
    case Protocol::json: {
      http::Response response{.body = encode_json(*operation.output, output)};
      response.headers.set("Content-Type", fmt::format("application/x-amz-json-{}", service.json_version));
      response.headers.set("x-amzn-RequestId", request_id);
      return response;
    }
    case Protocol::rest_xml: return rest_response(service, operation, output, request_id);
  }
  return {};
}

namespace {

json::object members_of(const ErrorDetails& details) {
  if (details.members.empty()) return {};
  const auto read = parse_json(details.members, "members of an error");
  return read && read->is_object() ? read->get_object() : json::object{};
}

/// Whether S3 names the bucket, or the key, in an error of that code.
bool names_bucket(std::string_view code) {
  static constexpr std::array kCodes{"NoSuchBucket", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "InvalidBucketName", "NoSuchBucketPolicy", "NoSuchTagSet", "NoSuchCORSConfiguration",
                                     "NoSuchWebsiteConfiguration", "NoSuchLifecycleConfiguration", "ReplicationConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError", "NoSuchPublicAccessBlockConfiguration",
                                     "OwnershipControlsNotFoundError", "ServerSideEncryptionConfigurationNotFoundError", "InvalidBucketAclWithObjectOwnership", "InvalidBucketAclWithBlockPublicAccessError"};
  return std::ranges::count(kCodes, code) > 0;
}
bool names_key(std::string_view code) { return code == "NoSuchKey" || code == "NoSuchVersion" || code == "ConditionalRequestConflict"; }

/// What S3 tells beside code and message, by the code (S3 API, Error responses). What a handler tells goes first.
std::string s3_details(std::string_view code, const ErrorDetails& details) {
  const auto element = [](std::string_view name, std::string_view value) { return fmt::format("<{0}>{1}</{0}>", name, escape_xml(value)); };
  const json::object members = members_of(details);
  std::string text;
  if (names_bucket(code) && !members.contains("BucketName")) text += element("BucketName", details.bucket);
  if (names_key(code) && !members.contains("Key")) text += element("Key", details.key);
  for (const auto& [name, value] : members) {
    if (value.is_string() && !name.starts_with("x-amz-")) text += element(std::string(name), std::string(value.get_string()));
  }
  return text;
}

/// Members named like headers are told in those.
void tell_headers(const ErrorDetails& details, http::Headers& headers) {
  for (const auto& [name, value] : members_of(details)) {
    if (value.is_string() && name.starts_with("x-amz-")) headers.set(std::string(name), std::string(value.get_string()));
  }
}

}  // namespace

std::string host_id(std::string_view request_id) { return base64_encode(sha256(request_id) + sha256(std::string(request_id) + "host")).substr(0, 76); }

http::Response encode_error(const ServiceModel& service, const Error& error, std::string_view request_id, const ErrorDetails& details) {
  // What AWS does not implement either names the header that asks for it.
  const bool is_aws_own = service.name == "s3" && error.code == "NotImplemented" && !details.members.empty();
  const int status = is_aws_own ? 501 : status_of(service, error.code);
  const std::string code = escape_xml(error.code), what = escape_xml(error.what);
  switch (service.protocol) {
    case Protocol::ec2:
      return xml_response(status, fmt::format("<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>{}</RequestID></Response>",
                                              code, what, request_id), request_id);
    case Protocol::json: {
      http::Response response{.status = status};
      json::object body = members_of(details);
      body["__type"] = json_error_type(service, error.code);
      body["message"] = error.what;
      response.body = json::serialize(body);
      response.headers.set("Content-Type", fmt::format("application/x-amz-json-{}", service.json_version));
      response.headers.set("x-amzn-ErrorType", error.code);
      response.headers.set("x-amzn-RequestId", request_id);
      return response;
    }
    case Protocol::rest_xml:
      if (service.name == "s3") {
        http::Response response = xml_response(status, fmt::format("<Error><Code>{}</Code><Message>{}</Message>{}<RequestId>{}</RequestId><HostId>{}</HostId></Error>", code, what, s3_details(error.code, details), request_id, host_id(request_id)), request_id);
        response.headers.set("Content-Type", "application/xml");
        response.headers.set("x-amz-request-id", request_id);
        response.headers.set("x-amz-id-2", host_id(request_id));
        response.headers.set("Server", "AmazonS3");
        tell_headers(details, response.headers);
        return response;
      }
      [[fallthrough]];
    case Protocol::query:
      return xml_response(status, fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>Sender</Type><Code>{}</Code>{}</Error><RequestId>{}</RequestId></ErrorResponse>",
                                              service.xml_namespace, code, what.empty() ? "" : "<Message>" + what + "</Message>", request_id), request_id);
  }
  return {};
}

http::Fetch encode_call(const ServiceModel& service, const Operation& operation, const void* input, const std::string& endpoint) {
  http::Fetch fetch{.method = std::string(operation.method), .url = endpoint + "/"};
  switch (service.protocol) {
    case Protocol::ec2:
    case Protocol::query: {
      Parameters parameters{{"Action", std::string(operation.name)}, {"Version", std::string(service.version)}};
      encode_parameters(*operation.input, service.protocol == Protocol::ec2, input, parameters);
      fetch.body = write_form(parameters);
      fetch.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
      break;
    }
    case Protocol::json:
      fetch.body = encode_json(*operation.input, input);
      fetch.headers.set("Content-Type", fmt::format("application/x-amz-json-{}", service.json_version));
      fetch.headers.set("X-Amz-Target", fmt::format("{}.{}", service.target_prefix, operation.name));
      break;
    case Protocol::rest_xml: {
      fetch.url = endpoint + encode_bindings(operation, input, fetch.headers);
      const Member* payload = payload_member(*operation.input);
      const void* optional = payload == nullptr ? nullptr : member_of(*payload, input);
      if (payload != nullptr && payload->access->has(optional)) {
        const void* value = payload->access->get(optional);
        fetch.body = is_scalar(*payload->shape) ? *static_cast<const std::string*>(value)
                                                : encode_xml(payload->wire, *payload->shape, service.xml_namespace, value);
      } else if (payload == nullptr && std::ranges::any_of(operation.input->members, [](const Member& m) { return m.location == Location::body; })) {
        const std::string_view root = operation.input_root.empty() ? operation.input->name : operation.input_root;
        fetch.body = encode_xml(root, *operation.input, service.xml_namespace, input);
      }
      if (!fetch.body.empty() && !fetch.headers.find("content-type")) fetch.headers.set("Content-Type", "application/xml");
      break;
    }
  }
  return fetch;
}

Result<void> decode_answer(const ServiceModel& service, const Operation& operation, const http::Response& response, void* output) {
  if (response.status / 100 != 2) return fail(answer_error(service, response));
  if (service.protocol == Protocol::json) return decode_json(*operation.output, response.body, Unknown::skipped, output);
  if (service.protocol == Protocol::rest_xml) {
    TRY(decode_answer_headers(*operation.output, response, output));
    const Member* payload = payload_member(*operation.output);
    if (payload != nullptr && is_scalar(*payload->shape)) {
      *static_cast<std::string*>(payload->access->emplace(member_of(*payload, output))) = response.body;
      return {};
    }
    if (response.body.empty()) return {};
    if (service.name == "s3" && operation.name == "GetBucketLocation") {
      pugi::xml_document document;
      document.load_buffer(response.body.data(), response.body.size());
      const Member& member = operation.output->members[0];
      *static_cast<std::string*>(member.access->emplace(member_of(member, output))) = document.document_element().text().get();
      return {};
    }
    void* into = payload != nullptr ? payload->access->emplace(member_of(*payload, output)) : output;
    return decode_xml_text(payload != nullptr ? *payload->shape : *operation.output, response.body, false, into);
  }
  pugi::xml_document document;
  if (!document.load_buffer(response.body.data(), response.body.size())) return fail("Malformed", fmt::format("{} answered something that is not XML", service.service_id));
  pugi::xml_node root = document.document_element();
  if (!operation.result_wrapper.empty()) root = root.child(std::string(operation.result_wrapper).c_str());
  return decode_xml(*operation.output, root, false, output);
}

namespace {

void list_members(const Shape& shape, const void* from, const std::string& path, std::vector<std::string>& into) {
  if (shape.kind == Kind::structure) {
    for (const Member& member : shape.members) {
      const void* optional = member_of(member, from);
      if (!member.access->has(optional)) continue;
      const void* value = member.access->get(optional);
      if (member.shape->kind == Kind::boolean && !*static_cast<const bool*>(value)) continue;
      if (member.is_idempotency_token) continue;
      if (member.shape->kind == Kind::list && member.shape->list->size(value) == 0) continue;
      const std::string inner = path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
      into.push_back(inner);
      list_members(*member.shape, member.access->get(optional), inner, into);
    }
  } else if (shape.kind == Kind::list) {
    for (size_t i = 0; i < shape.list->size(from); ++i) list_members(*shape.element, shape.list->at(from, i), path, into);
  }
}

}  // namespace

std::vector<std::string> set_members(const Shape& shape, const void* from) {
  std::vector<std::string> members;
  list_members(shape, from, "", members);
  return members;
}

}  // namespace landfall::aws
