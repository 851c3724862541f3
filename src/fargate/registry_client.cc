#include "fargate/registry_client.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "fargate/name_lookup.h"
#include "model/registry.h"

namespace landfall::fargate {
namespace {

constexpr int kMaxRedirects = 5;
constexpr size_t kMaxBody = 8 << 20;  // manifests and errors; blobs are streamed

struct Place {
  std::string scheme, host;
  int port = 443;
};

Place place_of(const std::string& url) {
  const size_t colon = url.find("://");
  Place place{.scheme = url.substr(0, colon)};
  std::string rest = colon == std::string::npos ? url : url.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  const size_t port = rest.find(':');
  place.host = rest.substr(0, port);
  place.port = port == std::string::npos ? (place.scheme == "http" ? 80 : 443) : std::atoi(rest.c_str() + port + 1);
  return place;
}

size_t path_start(const std::string& url) { return url.find('/', url.find("://") + 3); }

/// A Location header, absolute or not.
std::string target_of(const std::string& url, const std::string& location) {
  if (location.find("://") != std::string::npos) return location;
  return url.substr(0, path_start(url)) + location;
}

}  // namespace

std::string challenge_parameter(const std::string& challenge, std::string_view name) {
  const std::string mark = std::string(name) + "=\"";
  const size_t at = lower(challenge).find(mark);
  if (at == std::string::npos) return "";
  const size_t start = at + mark.size(), end = challenge.find('"', start);
  return end == std::string::npos ? "" : challenge.substr(start, end - start);
}

RegistryClient::RegistryClient(Reference reference, std::string basic, std::string ca_file, const PullOptions& options, Keeper keeper)
    : reference_(std::move(reference)), basic_(std::move(basic)), ca_file_(std::move(ca_file)), keeper_(std::move(keeper)), options_(options) {
  if (!basic_.empty()) authorization_ = "Basic " + base64_encode(basic_);
}

Result<http::Response> RegistryClient::ask(const Ask& ask) {
  std::string url = reference_.base_url() + ask.path;
  const std::string home = place_of(url).host;
  for (int redirects = 0, challenges = 0;;) {
    const bool is_home = place_of(url).host == home;
    http::Response response = TRY(send(ask.method, url, ask.accept, is_home ? authorization_ : "", ask.on_body));
    const auto location = response.headers.find("location");
    if (response.status >= 300 && response.status < 400 && location) {
      if (++redirects > kMaxRedirects) return fail("Http.Failed", fmt::format("{} \"{}\": stopped after {} redirects", ask.method, url, kMaxRedirects), Blame::remote);
      url = target_of(url, std::string(*location));
      continue;
    }
    const auto challenge = response.headers.find("www-authenticate");
    if (response.status != 401 || !challenge || !is_home || ++challenges > 1) return response;
    authorization_ = TRY(answer_to(std::string(*challenge)));
  }
}

Result<http::Response> RegistryClient::send(const std::string& method, const std::string& url, const std::string& accept, const std::string& authorization,
                                            const std::function<bool(std::string_view)>& on_body) {
  const Place place = place_of(url);
  const std::string verb = method == "HEAD" ? "Head" : "Get";
  const bool is_kept = !keeper_.host.empty();
  const auto address = is_kept ? parse_ipv4(keeper_.address) : look_up(place.host, options_.connect_timeout);
  if (!address) {
    unreachable_ = Unreachable{.host = place.host, .ip = "", .port = place.port};
    Error error = address.error();
    error.what = fmt::format("{} \"{}\": {}", verb, url, error.what);
    error.retryable = true;
    return fail(std::move(error));
  }
  const std::string at = is_kept ? "https://" + keeper_.host + url.substr(path_start(url)) : url;
  http::Fetch fetch{.method = method, .url = at, .ca_file = ca_file_, .resolve = {fmt::format("{}:{}:{}", place_of(at).host, place.port, to_string(*address))},
                    .connect_timeout = options_.connect_timeout, .timeout = options_.transfer_timeout};
  if (is_kept) fetch.headers.set(model::kRegistryHeader, reference_.host);
  if (!accept.empty()) fetch.headers.set("Accept", accept);
  if (!authorization.empty()) fetch.headers.set("Authorization", authorization);
  std::string kept;
  // Without a status yet the two kinds of body cannot be told apart: an error's is short, and a blob's digest is checked.
  fetch.on_body = [&](std::string_view piece) {
    if (on_body) return on_body(piece);
    kept += piece;
    return kept.size() <= kMaxBody;
  };
  auto response = http_.fetch(fetch);
  if (!response) {
    if (response.error().code == "Http.Timeout" || response.error().code == "Http.Refused") unreachable_ = Unreachable{.host = place.host, .ip = to_string(*address), .port = place.port};
    response.error().what = replace_all(response.error().what, at, url);
    response.error().what = verb + response.error().what.substr(std::min(method.size(), response.error().what.size()));
    return response;
  }
  unreachable_.reset();
  response->body = std::move(kept);
  return response;
}

Result<std::string> RegistryClient::answer_to(const std::string& challenge) {
  const auto denied = [&](std::string_view why) {
    return fail("Registry.Denied", fmt::format("pulling from host {} failed with status code [manifests {}]: 401 Unauthorized: {}", reference_.api_host(), reference_.selector(), why), Blame::remote);
  };
  if (lower(challenge).starts_with("basic")) {
    if (basic_.empty()) return denied("no basic auth credentials");
    return "Basic " + base64_encode(basic_);
  }
  if (!lower(challenge).starts_with("bearer")) return denied("the registry asks for a kind of authorization that is not supported: " + challenge.substr(0, challenge.find(' ')));
  const std::string realm = challenge_parameter(challenge, "realm"), service = challenge_parameter(challenge, "service");
  // A token server may be asked over TLS only, unless the registry itself is a plain one on this host.
  if (!realm.starts_with("https://") && !(reference_.is_plain() && realm.starts_with("http://"))) return denied(fmt::format("its token server '{}' is not an https address", realm));
  const std::string url = fmt::format("{}{}service={}&scope={}", realm, realm.find('?') == std::string::npos ? "?" : "&", percent_encode(service), percent_encode("repository:" + reference_.repository + ":pull"));
  const http::Response response = TRY(send("GET", url, "application/json", basic_.empty() ? "" : "Basic " + base64_encode(basic_), {}));
  if (response.status != 200) return denied(fmt::format("its token server answered {}", response.status));
  const json::value value = TRY(parse_json(response.body, "the token server's answer"));
  const json::object* object = value.if_object();
  std::string token = object ? std::string(string_member(*object, "token")) : "";
  if (token.empty() && object) token = string_member(*object, "access_token");
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) return denied("its token server gave no token");
  return "Bearer " + token;
}

}  // namespace landfall::fargate
