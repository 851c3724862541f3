#include "services/elbv2/login.h"

#include <fmt/format.h>

#include "base/text.h"
#include "services/elbv2/claims_key.h"

namespace landfall::services::elbv2 {
namespace {

constexpr size_t kMaxParams = 10;
constexpr std::string_view kKeyHost = "public-keys.auth.elb.";

Result<void> check_url(std::string_view what, const std::string& url) {
  const bool is_url = url.starts_with("https://") && url.size() > 8 && url.find_first_of(" \t\r\n#@\"<>\\") == std::string::npos;
  return is_url ? Result<void>{} : fail("ValidationError", fmt::format("{} '{}' must be a full URL with the HTTPS protocol", what, url));
}

Result<std::string> secret_of(const shapes::AuthenticateOidcActionConfig& given, const std::vector<model::Action>& before) {
  if (!given.use_existing_client_secret.value_or(false)) {
    if (text(given.client_secret).empty()) return fail("ValidationError", "A client secret must be specified for an authenticate-oidc action");
    return *given.client_secret;
  }
  if (given.client_secret) return fail("ValidationError", "You cannot specify both a client secret and UseExistingClientSecret");
  for (const model::Action& action : before) {
    if (action.authenticate_oidc) return action.authenticate_oidc->client_secret;
  }
  return fail("ValidationError", "UseExistingClientSecret needs an authenticate-oidc action whose client secret can be used; there is none");
}

}  // namespace

Result<model::AuthenticateOidc> read_login(const shapes::AuthenticateOidcActionConfig& given, const std::vector<model::Action>& before) {
  const std::string secret = TRY(secret_of(given, before));
  model::AuthenticateOidc login{.issuer = text(given.issuer), .authorization_endpoint = text(given.authorization_endpoint), .token_endpoint = text(given.token_endpoint), .user_info_endpoint = text(given.user_info_endpoint),
                                .client_id = text(given.client_id), .client_secret = secret};
  TRY(check_url("Issuer", login.issuer));
  TRY(check_url("Authorization endpoint", login.authorization_endpoint));
  TRY(check_url("Token endpoint", login.token_endpoint));
  TRY(check_url("User info endpoint", login.user_info_endpoint));
  if (login.client_id.empty()) return fail("ValidationError", "A client ID must be specified for an authenticate-oidc action");
  login.scope = given.scope.value_or(login.scope);
  if (login.scope.empty()) return fail("ValidationError", "Scope '' must name at least one scope");
  login.session_cookie_name = given.session_cookie_name.value_or(login.session_cookie_name);
  const bool is_name = !login.session_cookie_name.empty() && login.session_cookie_name.size() <= 100 && login.session_cookie_name.find_first_of("=;, \t\r\n\"()<>@:\\/[]?{}") == std::string::npos;
  if (!is_name) return fail("ValidationError", fmt::format("Session cookie name '{}' must be the name of a cookie of at most 100 characters", login.session_cookie_name));
  login.session_timeout = given.session_timeout.value_or(login.session_timeout);
  if (login.session_timeout < 1 || login.session_timeout > 604'800) return fail("ValidationError", fmt::format("Session timeout '{}' must be between 1 and 604800 seconds", login.session_timeout));
  login.on_unauthenticated_request = given.on_unauthenticated_request.value_or(login.on_unauthenticated_request);
  const std::string& otherwise = login.on_unauthenticated_request;
  if (otherwise != "authenticate" && otherwise != "allow" && otherwise != "deny") return fail("ValidationError", fmt::format("OnUnauthenticatedRequest '{}' must be one of deny, allow, authenticate", otherwise));
  if (given.authentication_request_extra_params) login.extra_params = *given.authentication_request_extra_params;
  if (login.extra_params.size() > kMaxParams) return fail("ValidationError", fmt::format("An authentication request has at most {} extra parameters; found {}", kMaxParams, login.extra_params.size()));
  for (const char* own : {"client_id", "redirect_uri", "response_type", "scope", "state"}) {
    if (login.extra_params.contains(own)) return fail("ValidationError", fmt::format("The extra parameter '{}' is set by the load balancer itself", own));
  }
  return login;
}

shapes::AuthenticateOidcActionConfig render_login(const model::AuthenticateOidc& login) {
  shapes::AuthenticateOidcActionConfig out{.authorization_endpoint = login.authorization_endpoint, .client_id = login.client_id, .issuer = login.issuer, .on_unauthenticated_request = login.on_unauthenticated_request,
                                           .scope = login.scope, .session_cookie_name = login.session_cookie_name, .session_timeout = login.session_timeout, .token_endpoint = login.token_endpoint, .user_info_endpoint = login.user_info_endpoint};
  if (!login.extra_params.empty()) out.authentication_request_extra_params = login.extra_params;
  return out;
}

Result<void> ensure_claims_key(const Deps& deps, Transaction& tx, const std::string& region, const std::vector<model::Action>& actions) {
  const bool is_needed = std::ranges::any_of(actions, [](const model::Action& action) { return action.authenticate_oidc.has_value(); });
  if (!is_needed || store::find<model::ClaimsKey>(tx, region)) return {};
  store::put(tx, TRY(make_claims_key(deps, region)));
  return {};
}

bool asks_for_claims_key(const http::Request& request) { return lower(request.headers.find("host").value_or("")).starts_with(kKeyHost); }

http::Response claims_key(const store::Store& store, const http::Request& request) {
  http::Response response{.status = 404, .body = ""};
  response.headers.set("Content-Type", "text/plain");
  const std::string host = lower(request.headers.find("host").value_or(""));
  const std::string rest = host.substr(kKeyHost.size());
  const auto key = store::find<model::ClaimsKey>(store, rest.substr(0, rest.find('.')));
  if (request.method != "GET" || !key || request.path != "/" + key->id) return response;
  response.status = 200;
  response.body = key->public_pem;
  return response;
}

}  // namespace landfall::services::elbv2
