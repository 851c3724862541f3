#include "services/s3/website.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "aws/protocol.h"
#include "aws/xml_codec.h"
#include "base/text.h"
#include "services/s3/guest.h"
#include "services/s3/setting.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;
using model::Object;

constexpr size_t kMaxRules = 50;

std::optional<shapes::WebsiteConfiguration> configuration_of(const Bucket& bucket) {
  const std::string text = setting(bucket, "website");
  if (text.empty() || text == kGone) return std::nullopt;
  return told<shapes::WebsiteConfiguration>(text);
}

Result<void> check_protocol(const std::optional<std::string>& given) {
  if (given && *given != "http" && *given != "https") return fail("InvalidRequest", "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
  return {};
}

Result<void> check_configuration(const CallContext& context, const shapes::WebsiteConfiguration& given) {
  if (given.redirect_all_requests_to) {
    if (given.index_document || given.error_document || given.routing_rules) return fail(bad_argument(context, "RedirectAllRequestsTo", "not null", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."));
    return check_protocol(given.redirect_all_requests_to->protocol);
  }
  if (!given.index_document) return fail(bad_argument(context, "IndexDocument", "null", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"));
  const std::string suffix = text(given.index_document->suffix);
  if (suffix.empty() || suffix.find('/') != std::string::npos) return fail(bad_argument(context, "IndexDocument", suffix, "The IndexDocument Suffix is not well formed"));
  if (given.error_document && text(given.error_document->key).empty()) return fail(bad_argument(context, "ErrorDocument", "", "The ErrorDocument Key is not well formed"));
  if (given.routing_rules && given.routing_rules->empty()) return fail(malformed_xml());
  const auto rules = given.routing_rules.value_or(std::vector<shapes::RoutingRule>{});
  if (rules.size() > kMaxRules) return fail("InvalidRequest", fmt::format("{} routing rules provided, the number of routing rules in a website configuration is limited to {}.", rules.size(), kMaxRules));
  for (const auto& rule : rules) {
    if (!rule.redirect) return fail(malformed_xml());
    if (rule.redirect->replace_key_prefix_with && rule.redirect->replace_key_with) return fail("InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
    if (rule.condition && !rule.condition->key_prefix_equals && !rule.condition->http_error_code_returned_equals) return fail("InvalidRequest", "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.");
    const std::string code = rule.redirect->http_redirect_code.value_or("301");
    if (code.size() != 3 || code[0] != '3' || code == "300" || code == "304" || !std::ranges::all_of(code, [](unsigned char c) { return std::isdigit(c) != 0; })) {
      return fail("InvalidRequest", fmt::format("The provided HTTP redirect code ({}) is not valid. Valid codes are 3XX except 300.", code));
    }
    TRY(check_protocol(rule.redirect->protocol));
  }
  return {};
}

/// "bucket" of "bucket.s3-website-us-west-2.amazonaws.com:80".
std::string site_of(const http::Request& request) {
  const std::string host(request.headers.find("host").value_or(""));
  const size_t at = std::min(host.find(".s3-website-"), host.find(".s3-website."));
  return at == std::string::npos ? "" : host.substr(0, at);
}

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string listed(const Facts& facts) {
  std::string text;
  for (const auto& [name, value] : facts) text += fmt::format("<li>{}: {}</li>\n", name, aws::escape_xml(value));
  return text;
}

/// S3's own page. `of_document`: why the site's own error document is not there either.
http::Response page(const Deps& deps, int status, const Facts& facts, const Facts& of_document = {}) {
  const std::string id = deps.ids.uuid(), title = fmt::format("{} {}", status, http::reason_phrase(status));
  http::Response response{.status = status};
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Server", "AmazonS3");
  response.headers.set("x-amz-request-id", id);
  response.headers.set("x-amz-id-2", aws::host_id(id));
  response.headers.set("x-amz-error-code", facts[0].second);
  response.headers.set("x-amz-error-message", facts[1].second);
  const std::string more = of_document.empty() ? "" : "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n" + listed(of_document) + "</ul>\n";
  response.body = fmt::format("<html>\n<head><title>{0}</title></head>\n<body>\n<h1>{0}</h1>\n<ul>\n{1}<li>RequestId: {2}</li>\n<li>HostId: {3}</li>\n</ul>\n{4}<hr/>\n</body>\n</html>\n", title, listed(facts), id, aws::host_id(id), more);
  return response;
}

/// One request to one site.
class Visit {
 public:
  Visit(const Deps& deps, const http::Request& request, const Bucket& bucket, shapes::WebsiteConfiguration site)
      : deps_(deps), request_(request), bucket_(bucket), site_(std::move(site)), key_(percent_decode(request.path.substr(request.path.starts_with('/') ? 1 : 0))) {}

  http::Response answer() const {
    if (site_.redirect_all_requests_to) {
      const auto& all = *site_.redirect_all_requests_to;
      return redirect(301, fmt::format("{}://{}{}", all.protocol.value_or(scheme()), text(all.host_name), request_.target));
    }
    if (const auto* rule = rule_for(std::nullopt)) return by_rule(*rule);
    const std::string suffix = site_.index_document ? text(site_.index_document->suffix) : "";
    const std::string wanted = key_.empty() || key_.ends_with('/') ? key_ + suffix : key_;
    const auto object = find(wanted);
    if (object && may_read(wanted, &*object)) return object->website_redirect.empty() ? whole(200, *object) : redirect(301, object->website_redirect);
    if (object) return failed(403, "AccessDenied", "Access Denied", wanted);
    const auto below = wanted == key_ && !suffix.empty() ? find(key_ + "/" + suffix) : std::nullopt;
    if (below && may_read(below->object_key, &*below)) return redirect(302, "/" + percent_encode(key_, true) + "/");
    if (!may_list()) return failed(403, "AccessDenied", "Access Denied", wanted);
    return failed(404, "NoSuchKey", "The specified key does not exist.", wanted);
  }

 private:
  std::string scheme() const { return request_.is_tls ? "https" : "http"; }
  std::string host() const { return std::string(request_.headers.find("host").value_or("")); }
  std::optional<Object> find(const std::string& key) const { return store::find<Object>(deps_.store, bucket_.name + "/" + key); }
  bool may_read(const std::string& key, const Object* object) const { return (object == nullptr || object->customer_key.empty()) && anyone_may(deps_, bucket_, "GetObject", key, object, request_); }
  bool may_list() const { return anyone_may(deps_, bucket_, "ListObjectsV2", "", nullptr, request_); }

  /// The first rule that fits the key, and the error if there is one; rules about errors wait for one.
  const shapes::RoutingRule* rule_for(std::optional<int> error) const {
    if (!site_.routing_rules) return nullptr;
    const auto found = std::ranges::find_if(*site_.routing_rules, [&](const shapes::RoutingRule& rule) {
      const std::string code = rule.condition ? text(rule.condition->http_error_code_returned_equals) : "";
      if (code.empty() == error.has_value() || (error && code != std::to_string(*error))) return false;
      return !rule.condition || key_.starts_with(text(rule.condition->key_prefix_equals));
    });
    return found == site_.routing_rules->end() ? nullptr : &*found;
  }

  http::Response by_rule(const shapes::RoutingRule& rule) const {
    const auto& to = *rule.redirect;
    std::string key = key_;
    if (to.replace_key_with) key = *to.replace_key_with;
    else if (to.replace_key_prefix_with) key = *to.replace_key_prefix_with + key_.substr(rule.condition ? text(rule.condition->key_prefix_equals).size() : 0);
    return redirect(to.http_redirect_code ? std::stoi(*to.http_redirect_code) : 301, fmt::format("{}://{}/{}", to.protocol.value_or(scheme()), to.host_name.value_or(host()), percent_encode(key, true)));
  }

  http::Response redirect(int status, const std::string& location) const {
    http::Response response{.status = status};
    response.headers.set("Location", location);
    return response;
  }

  http::Response whole(int status, const Object& object) const {
    http::Response response{.status = status};
    response.headers.set("Content-Type", object.content_type);
    response.headers.set("ETag", in_quotes(object.etag));
    response.headers.set("Last-Modified", http_date(object.modified_at));
    if (!object.cache_control.empty()) response.headers.set("Cache-Control", object.cache_control);
    if (!object.content_encoding.empty()) response.headers.set("Content-Encoding", object.content_encoding);
    response.body_file = file_of(deps_, object);
    response.file_length = static_cast<uint64_t>(object.size);
    return response;
  }

  /// The site's error document if everybody may read it, else a page of S3's own.
  http::Response failed(int status, const std::string& code, const std::string& what, const std::string& key) const {
    if (const auto* rule = rule_for(status)) return by_rule(*rule);
    const std::string wanted = site_.error_document ? text(site_.error_document->key) : "";
    const auto document = wanted.empty() ? std::nullopt : find(wanted);
    if (document && may_read(document->object_key, &*document)) return whole(status, *document);
    Facts facts{{"Code", code}, {"Message", what}};
    if (code == "NoSuchKey") facts.emplace_back("Key", key);
    const bool may_tell = code == "NoSuchKey" && !document;
    return page(deps_, status, facts, wanted.empty() ? Facts{} : may_tell ? Facts{{"Code", "NoSuchKey"}, {"Message", "The specified key does not exist."}, {"Key", wanted}} : Facts{{"Code", "AccessDenied"}, {"Message", "Access Denied"}});
  }

  const Deps& deps_;
  const http::Request& request_;
  const Bucket& bucket_;
  shapes::WebsiteConfiguration site_;
  std::string key_;
};

Result<shapes::GetBucketWebsiteOutput> get(const Deps& deps, const CallContext& context, const shapes::GetBucketWebsiteRequest& request) {
  const auto site = configuration_of(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)));
  if (!site) return fail("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration");
  return shapes::GetBucketWebsiteOutput{.error_document = site->error_document, .index_document = site->index_document, .redirect_all_requests_to = site->redirect_all_requests_to, .routing_rules = site->routing_rules};
}

Result<shapes::PutBucketWebsiteOutput> put(const Deps& deps, const CallContext& context, const shapes::PutBucketWebsiteRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  TRY(check_configuration(context, *request.website_configuration));
  return keep<shapes::PutBucketWebsiteOutput>(deps, context, request, "website", kept(*request.website_configuration));
}

}  // namespace

std::optional<http::Response> website(const Deps& deps, const http::Request& request) {
  const std::string name = site_of(request);
  if (name.empty()) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return page(deps, 405, {{"Code", "MethodNotAllowed"}, {"Message", "The specified method is not allowed against this resource."}, {"Method", request.method}, {"ResourceType", "OBJECT"}});
  const auto bucket = store::find<Bucket>(deps.store, name);
  if (!bucket) return page(deps, 404, {{"Code", "NoSuchBucket"}, {"Message", "The specified bucket does not exist"}, {"BucketName", name}});
  const auto site = configuration_of(*bucket);
  if (!site) return page(deps, 404, {{"Code", "NoSuchWebsiteConfiguration"}, {"Message", "The specified bucket does not have a website configuration"}, {"BucketName", name}});
  return Visit(deps, request, *bucket, *site).answer();
}

void register_website(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetBucketWebsiteRequest, shapes::GetBucketWebsiteOutput>("s3", "GetBucketWebsite", {"Bucket", "ExpectedBucketOwner"}, bind(get));
  registry.add<shapes::PutBucketWebsiteRequest, shapes::PutBucketWebsiteOutput>("s3", "PutBucketWebsite", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "WebsiteConfiguration.*"}, bind(put));
  registry.add<shapes::DeleteBucketWebsiteRequest, shapes::DeleteBucketWebsiteOutput>("s3", "DeleteBucketWebsite", {"Bucket", "ExpectedBucketOwner"}, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketWebsiteOutput>(deps, c, r, "website", kGone); });
}

}  // namespace landfall::services::s3
