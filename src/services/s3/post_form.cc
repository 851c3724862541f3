#include "services/s3/post_form.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "aws/sigv2.h"
#include "aws/sigv4.h"
#include "aws/xml_codec.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {
namespace {

constexpr size_t kMaxForm = 100 << 20;  // a form is held in memory; AWS takes files up to 5 GB

/// Fields by name in lower case; the file is the last that counts.
struct Form {
  std::map<std::string, std::string> fields;
  std::string file, file_name;
  bool has_file = false;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

Error malformed() { return {.code = "MalformedPOSTRequest", .what = "The body of your POST request is not well-formed multipart/form-data."}; }

/// `name="…"` of a Content-Disposition.
std::string parameter(std::string_view header, std::string_view name) {
  const std::string start = fmt::format("{}=\"", name);
  for (size_t at = header.find(start); at != std::string_view::npos; at = header.find(start, at + 1)) {
    if (at > 0 && header[at - 1] != ' ' && header[at - 1] != ';') continue;  // filename="…" holds name="…"
    const size_t from = at + start.size();
    return std::string(header.substr(from, header.find('"', from) - from));
  }
  return "";
}

/// RFC 7578. Fields behind the file are not looked at.
Result<Form> read_form(std::string_view body, std::string_view content_type) {
  const size_t at = content_type.find("boundary=");
  if (at == std::string_view::npos) return fail(malformed());
  const std::string boundary = "--" + replace_all(std::string(content_type.substr(at + 9, content_type.find(';', at) - at - 9)), "\"", "");
  Form form;
  size_t start = body.find(boundary);
  while (start != std::string_view::npos && !form.has_file) {
    start += boundary.size();
    if (body.substr(start, 2) == "--") return form;
    const size_t head_end = body.find("\r\n\r\n", start);
    const size_t end = body.find("\r\n" + boundary, head_end);
    if (head_end == std::string_view::npos || end == std::string_view::npos) return fail(malformed());
    const std::string_view head = body.substr(start, head_end - start), value = body.substr(head_end + 4, end - head_end - 4);
    const std::string name = lower(parameter(head, "name"));
    if (name == "file") {
      form.file = value;
      form.file_name = parameter(head, "filename");
      form.has_file = true;
    } else {
      form.fields[name] = value;
    }
    start = end + 2;
  }
  return form;
}

Error denied(const std::string& why) { return {.code = "AccessDenied", .what = "Invalid according to Policy: " + why}; }

/// A condition as S3's sentences repeat it: its parts are shown as texts.
std::string shown(const json::array& condition) {
  std::vector<std::string> parts;
  for (const json::value& part : condition) parts.push_back(fmt::format("\"{}\"", part.is_string() ? std::string(part.get_string()) : json::serialize(part)));
  return "[" + join(parts, ", ") + "]";
}

Error condition_failed(const json::array& condition) { return denied("Policy Condition failed: " + shown(condition)); }

/// ["content-length-range", least, most]
Result<void> check_size(const CallContext& context, const json::array& condition, size_t size) {
  const auto number = [](const json::value& part) -> std::optional<int64_t> {
    if (part.is_int64()) return part.get_int64();
    if (part.is_uint64()) return static_cast<int64_t>(part.get_uint64());
    return std::nullopt;
  };
  const auto least = number(condition[1]), most = number(condition[2]);
  if (!least || !most) return fail(condition_failed(condition));
  const std::string proposed = std::to_string(size);
  if (static_cast<int64_t>(size) > *most) {
    tell_about(context, {{"ProposedSize", proposed}, {"MaxSizeAllowed", std::to_string(*most)}});
    return fail("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  }
  if (static_cast<int64_t>(size) >= *least) return {};
  tell_about(context, {{"ProposedSize", proposed}, {"MinSizeAllowed", std::to_string(*least)}});
  return fail("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
}

/// One condition: {"name": "value"}, ["eq" or "starts-with", "$name", "value"], ["content-length-range", least, most].
Result<void> check_condition(const CallContext& context, const json::value& condition, const Form& form, std::vector<std::string>& named) {
  const auto value_of = [&](const std::string& name) {
    named.push_back(lower(name));
    return form.field(lower(name));
  };
  if (const json::object* exact = condition.if_object()) {
    if (exact->size() != 1) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    const auto& [name, wanted] = *exact->begin();
    if (!wanted.is_string() || value_of(std::string(name)) != std::string(wanted.get_string())) return fail(condition_failed({"eq", "$" + std::string(name), wanted}));
    return {};
  }
  const json::array* parts = condition.if_array();
  if (parts == nullptr || parts->size() != 3 || !(*parts)[0].is_string()) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid Condition.");
  const std::string how = lower(std::string((*parts)[0].get_string()));
  if (how == "content-length-range") {
    return check_size(context, *parts, form.file.size());
  }
  if (!(*parts)[1].is_string() || !(*parts)[2].is_string()) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid Condition.");
  const std::string given((*parts)[1].get_string()), wanted((*parts)[2].get_string());
  if (!given.starts_with('$')) return fail(condition_failed(*parts));
  const std::string name = given.substr(1);
  const std::string value = value_of(name);
  const bool holds = how == "starts-with" ? value.starts_with(wanted) : value == wanted;
  return holds ? Result<void>{} : fail(condition_failed(*parts));
}

/// Every field but the signature itself must be named by a condition.
bool needs_condition(const std::string& name) { return name != "policy" && name != "x-amz-signature" && name != "signature" && name != "awsaccesskeyid" && name != "file" && name != "bucket" && !name.starts_with("x-ignore-"); }

Result<void> check_policy(const CallContext& context, const Form& form, const std::string& document, WallTime now) {
  const auto value = parse_json(document, "the policy");
  const json::object* policy = value ? value->if_object() : nullptr;
  const json::array* conditions = policy == nullptr ? nullptr : array_member(*policy, "conditions");
  if (conditions == nullptr) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.");
  const auto expiry = parse_iso8601(string_member(*policy, "expiration"));
  if (!expiry) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value.");
  if (now >= *expiry) return fail(denied("Policy expired."));
  std::vector<std::string> named;
  for (const json::value& condition : *conditions) TRY(check_condition(context, condition, form, named));
  for (const auto& [name, text] : form.fields) {
    if (needs_condition(name) && std::ranges::find(named, name) == named.end()) return fail(denied(fmt::format("Extra input fields: {}", name)));
  }
  return {};
}

/// "${filename}" stands for the file's name, if it has one.
std::string key_of(const Form& form) { return form.file_name.empty() ? form.field("key") : replace_all(form.field("key"), "${filename}", form.file_name); }

/// The PutObject that the form stands for.
void become_put(const Form& form, const std::string& bucket, http::Request& request) {
  http::Headers headers;
  headers.set("host", request.headers.find("host").value_or(""));
  for (const auto& [name, value] : form.fields) {
    const bool is_header = name.starts_with("x-amz-meta-") || name == "content-type" || name == "cache-control" || name == "content-disposition" || name == "content-encoding" || name == "expires" || name == "x-amz-storage-class" ||
                           name == "x-amz-website-redirect-location" || name == "x-amz-server-side-encryption" || name.starts_with("x-amz-checksum-");
    if (is_header) headers.set(name, value);
    if (name == "acl") headers.set("x-amz-acl", value);
  }
  const std::string key = key_of(form);
  request.method = "PUT";
  request.path = "/" + bucket + "/" + percent_encode(key, true);
  request.query.clear();
  request.target = request.path;
  request.headers = std::move(headers);
  request.body = form.file;
  request.body_file.reset();
}

/// 204, or as success_action_status and success_action_redirect say.
void finish_form(const Form& form, const std::string& bucket, const std::string& key, http::Response& response) {
  if (response.status != 200) return;
  const std::string etag(response.headers.find("etag").value_or(""));
  const std::string location = fmt::format("http://{}.s3.amazonaws.com/{}", bucket, percent_encode(key, true));
  response.headers.set("Location", location);
  response.status = 204;
  if (const std::string to = form.field("success_action_redirect"); !to.empty()) {
    response.status = 303;
    response.headers.set("Location", fmt::format("{}{}bucket={}&key={}&etag={}", to, to.find('?') == std::string::npos ? "?" : "&", bucket, percent_encode(key), percent_encode(etag)));
  } else if (form.field("success_action_status") == "200") {
    response.status = 200;
  } else if (form.field("success_action_status") == "201") {
    response.status = 201;
    response.headers.set("Content-Type", "application/xml");
    response.body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>", aws::escape_xml(location), bucket, aws::escape_xml(key), aws::escape_xml(etag));
  }
}

/// "tagging" of a form is XML; the header that stands for it is not. Error: "MalformedXML".
Result<std::string> tagging_header(const std::string& document) {
  pugi::xml_document read;
  if (!read.load_buffer(document.data(), document.size()) || std::string_view(read.document_element().name()) != "Tagging") {
    if (!read.document_element()) return fail(malformed_xml());
    return std::string();  // a document of another kind is no tags
  }
  std::vector<std::string> pairs;
  for (const pugi::xml_node tag : read.document_element().child("TagSet").children("Tag")) pairs.push_back(percent_encode(tag.child_value("Key")) + "=" + percent_encode(tag.child_value("Value")));
  return join(pairs, "&");
}

Error lacks(const CallContext& context, const char* name) {
  return bad_argument(context, name, "", fmt::format("Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields.", name));
}

/// Who signed the form, in either version.
struct FormSigner {
  std::string access_key, date, region, signature;
  bool is_version_2 = false;
};

Result<FormSigner> signer_of(const CallContext& context, const Form& form) {
  const bool is_version_2 = !form.field("awsaccesskeyid").empty() || !form.field("signature").empty();
  if (is_version_2) {
    if (form.field("awsaccesskeyid").empty()) return fail(lacks(context, "AWSAccessKeyId"));
    if (form.field("signature").empty()) return fail(lacks(context, "Signature"));
    return FormSigner{.access_key = form.field("awsaccesskeyid"), .date = {}, .region = {}, .signature = form.field("signature"), .is_version_2 = true};
  }
  const bool has_any = !form.field("x-amz-algorithm").empty() || !form.field("x-amz-credential").empty() || !form.field("x-amz-date").empty() || !form.field("x-amz-signature").empty();
  if (!has_any) return fail("AccessDenied", "Access Denied");
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"}) {
    if (form.field(lower(name)).empty()) return fail(lacks(context, name));
  }
  const std::vector<std::string> scope = split(form.field("x-amz-credential"), '/');
  if (scope.size() != 5) return fail(lacks(context, "X-Amz-Credential"));
  return FormSigner{.access_key = scope[0], .date = scope[1], .region = scope[2], .signature = form.field("x-amz-signature")};
}

Result<void> check_signature(const CallContext& context, const FormSigner& signer, const std::string& secret, const std::string& policy) {
  const bool is_right = signer.is_version_2 ? aws::signs_policy_v2(secret, policy, signer.signature) : aws::signs_policy(secret, signer.date, signer.region, policy, signer.signature);
  if (is_right) return {};
  tell_about(context, {{"AWSAccessKeyId", signer.access_key}, {"StringToSign", policy}, {"SignatureProvided", signer.signature}, {"StringToSignBytes", aws::spaced_hex(policy)}});
  return fail("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
}

Result<Admitted> admitted(const Deps& deps, const CallContext& context, const aws::Endpoint::FindKey& find_key, http::Request& request, std::string_view content_type) {
  const std::string bucket = address_of(request).bucket;
  const auto found = store::find<model::Bucket>(deps.store, bucket);
  if (!found) return fail("NoSuchBucket", "The specified bucket does not exist");
  if (request.body_file) {
    std::error_code error;
    if (std::filesystem::file_size(*request.body_file, error) > kMaxForm || error) return fail("EntityTooLarge", fmt::format("Landfall takes forms of at most {} bytes", kMaxForm));
    request.body = TRY(read_file(*request.body_file));
  }
  const Form form = TRY(read_form(request.body, content_type));
  if (!form.has_file) return fail(bad_argument(context, "file", "0", "POST requires exactly one file upload per request."));
  if (form.field("key").empty()) return fail(lacks(context, "key"));
  if (form.field("policy").empty()) return fail("AccessDenied", "Access Denied");
  const FormSigner signer = TRY(signer_of(context, form));
  const auto owner = find_key(signer.access_key);
  if (!owner || !owner->is_active) return fail("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  if (owner->session_token != form.field("x-amz-security-token") || (owner->expires_at && deps.clock.wall() > owner->expires_at)) return fail("InvalidToken", "The provided token is malformed or otherwise invalid.");
  TRY(check_signature(context, signer, owner->secret_key, form.field("policy")));
  const auto document = base64_decode(form.field("policy"));
  if (!document) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid Base64.");
  Form judged = form;
  judged.fields["bucket"] = bucket;
  TRY(check_policy(context, judged, *document, deps.clock.wall()));
  const std::string tagging = form.field("tagging").empty() ? "" : TRY(tagging_header(form.field("tagging")));
  const std::string key = key_of(form);
  become_put(form, bucket, request);
  if (!tagging.empty()) request.headers.set("x-amz-tagging", tagging);
  Form answered = form;
  answered.file.clear();
  return Admitted{.key = {.access_key = signer.access_key, .secret_key = owner->secret_key, .session_token = owner->session_token}, .region = found->region, .finish = [form = std::move(answered), bucket, key](http::Response& response) { finish_form(form, bucket, key, response); }};
}

}  // namespace

std::optional<Result<Admitted>> form_upload(const Deps& deps, const CallContext& context, const aws::Endpoint::FindKey& find_key, http::Request& request) {
  const std::string content_type(request.headers.find("content-type").value_or(""));
  if (request.method != "POST" || request.headers.find("authorization") || !request.query.empty()) return std::nullopt;
  if (!content_type.starts_with("multipart/form-data")) {
    // Posts to other services are signed or go to "/".
    const Address address = address_of(request);
    if (address.bucket.empty() || !address.key.empty() || request.headers.find("x-amz-target") || !store::find<model::Bucket>(deps.store, address.bucket)) return std::nullopt;
    tell_about(context, {{"Condition", "Bucket POST must be of the enclosure-type multipart/form-data"}});
    return Result<Admitted>(fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"));
  }
  return admitted(deps, context, find_key, request, content_type);
}

}  // namespace landfall::services::s3
