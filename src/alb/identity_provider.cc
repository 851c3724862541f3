#include "alb/identity_provider.h"

#include <algorithm>

#include <fmt/format.h>

#include "alb/jwt.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr auto kLimit = std::chrono::milliseconds(5000);  // ALB user guide, Troubleshooting: HTTP 500
constexpr size_t kMost = 128 * 1024;                      // of an answer, before it is looked at
constexpr int64_t kClockSkew = 60;                        // seconds

std::unexpected<LoginFailure> fails(int status, std::string reason) { return std::unexpected(LoginFailure{.status = status, .reason = std::move(reason)}); }

/// It goes into header fields.
bool is_visible(std::string_view text) { return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; }); }

std::optional<json::object> object_of(std::string_view text) {
  auto value = parse_json(text);
  return value && value->is_object() ? std::optional(value->get_object()) : std::nullopt;
}

/// Our user's name in it. It came from the provider itself over TLS, so its signature need not be looked at (OpenID Connect
/// Core 3.1.3.7). Empty: it is not for us, or over.
std::string subject_of(std::string_view id_token, const model::AuthenticateOidc& provider, int64_t now) {
  const auto parts = split(id_token, '.');
  const auto text = parts.size() == 3 ? decode_url64(parts[1]) : std::nullopt;
  const auto claims = text ? object_of(*text) : std::nullopt;
  if (!claims || string_member(*claims, "iss") != provider.issuer) return {};
  const bool is_ours = string_member(*claims, "aud") == provider.client_id || std::ranges::count(strings_member(*claims, "aud"), provider.client_id) > 0;
  const auto ends = number_member(*claims, "exp");
  if (!is_ours || !ends || *ends + kClockSkew < static_cast<double>(now)) return {};
  const std::string_view subject = string_member(*claims, "sub");
  return is_visible(subject) ? std::string(subject) : std::string();
}

/// A call that reached the endpoint at all.
std::expected<WebAnswer, LoginFailure> ask(const Outside& outside, const WebRequest& request, std::string_view endpoint) {
  auto answer = outside.call(request, kMost, kLimit);
  if (answer) return std::move(*answer);
  const std::string& code = answer.error().code;
  if (code == "Web.TooLarge" && endpoint == "Userinfo") return fails(401, "AuthUserinfoResponseSizeExceeded");
  if (code == "Web.TooLarge" || code == "Web.Malformed") return fails(561, endpoint == "Token" ? "AuthInvalidTokenResponse" : "AuthInvalidUserinfoResponse");
  return fails(500, fmt::format("Auth{}EpRequestTimeout", endpoint));
}

std::expected<Tokens, LoginFailure> ask_tokens(const Outside& outside, const model::AuthenticateOidc& provider, const std::string& form, int64_t now) {
  const std::string secret = base64_encode(percent_encode(provider.client_id) + ":" + percent_encode(provider.client_secret));  // RFC 6749 2.3.1
  const auto answer = ask(outside, {.url = provider.token_endpoint, .form = form, .authorization = "Basic " + secret}, "Token");
  if (!answer) return std::unexpected(answer.error());
  return read_tokens(*answer, provider, now);
}

/// The user's claims, with the tokens that led to them.
LoginResult ask_claims(const Outside& outside, const model::AuthenticateOidc& provider, Tokens tokens, int64_t now) {
  const auto answer = ask(outside, {.url = provider.user_info_endpoint, .authorization = "Bearer " + tokens.access_token}, "Userinfo");
  if (!answer) return std::unexpected(answer.error());
  auto claims = read_claims(*answer);
  if (!claims) return std::unexpected(claims.error());
  if (!tokens.subject.empty() && claims->subject != tokens.subject) return fails(561, "AuthInvalidUserinfoResponse");  // OpenID Connect Core 5.3.2
  if (claims->text.size() + tokens.access_token.size() > kMaxClaims) return fails(401, "AuthUserinfoResponseSizeExceeded");
  return UserSession{.provider = provider_mark(provider), .subject = claims->subject, .claims = claims->text, .access_token = tokens.access_token, .refresh_token = tokens.refresh_token,
                     .ends = now + provider.session_timeout, .access_ends = tokens.expires_in > 0 ? now + tokens.expires_in : 0};
}

}  // namespace

LoginResult redeem_code(const Outside& outside, const model::AuthenticateOidc& provider, const std::string& code, const std::string& redirect_uri, int64_t now) {
  auto tokens = ask_tokens(outside, provider, fmt::format("grant_type=authorization_code&code={}&redirect_uri={}", percent_encode(code), percent_encode(redirect_uri)), now);
  if (!tokens) return std::unexpected(tokens.error());
  if (tokens->subject.empty()) return fails(401, "AuthInvalidIdToken");
  return ask_claims(outside, provider, std::move(*tokens), now);
}

LoginResult refresh_session(const Outside& outside, const model::AuthenticateOidc& provider, const UserSession& before, int64_t now) {
  auto tokens = ask_tokens(outside, provider, fmt::format("grant_type=refresh_token&refresh_token={}", percent_encode(before.refresh_token)), now);
  if (!tokens) return std::unexpected(tokens.error());
  if (tokens->subject.empty()) tokens->subject = before.subject;
  if (tokens->refresh_token.empty()) tokens->refresh_token = before.refresh_token;
  auto session = ask_claims(outside, provider, std::move(*tokens), now);
  if (!session) return session;
  if (session->subject != before.subject) return fails(561, "AuthInvalidIdToken");
  session->ends = before.ends;
  return session;
}

std::expected<Tokens, LoginFailure> read_tokens(const WebAnswer& answer, const model::AuthenticateOidc& provider, int64_t now) {
  const auto object = object_of(answer.body);
  if (answer.status / 100 != 2) {
    const bool is_grant = object && string_member(*object, "error") == "invalid_grant";
    return fails(561, is_grant ? "AuthInvalidGrantError" : "AuthTokenEpRequestFailed");
  }
  if (!object) return fails(561, "AuthInvalidTokenResponse");
  Tokens tokens{.access_token = std::string(string_member(*object, "access_token")), .refresh_token = std::string(string_member(*object, "refresh_token")), .subject = {}, .expires_in = 0};
  const bool is_usable = is_visible(tokens.access_token) && iequals(string_member(*object, "token_type"), "bearer");
  if (!is_usable) return fails(561, "AuthInvalidTokenResponse");
  if (const auto lasts = number_member(*object, "expires_in"); lasts && *lasts > 0 && *lasts < 1e9) tokens.expires_in = static_cast<int64_t>(*lasts);
  const std::string_view id_token = string_member(*object, "id_token");
  if (id_token.empty()) return tokens;
  tokens.subject = subject_of(id_token, provider, now);
  if (tokens.subject.empty()) return fails(401, "AuthInvalidIdToken");
  return tokens;
}

std::expected<Claims, LoginFailure> read_claims(const WebAnswer& answer) {
  if (answer.status / 100 != 2) return fails(561, "AuthUserinfoEpRequestFailed");
  const auto object = object_of(answer.body);
  const std::string_view subject = object ? string_member(*object, "sub") : std::string_view();
  if (!is_visible(subject)) return fails(561, "AuthInvalidUserinfoResponse");
  return Claims{.subject = std::string(subject), .text = json::serialize(*object)};
}

}  // namespace landfall::alb
