#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alb/seal.h"
#include "model/load_balancing.h"

/// A user's way to the identity provider and back (ALB user guide, Authenticate users: Authentication flow; OpenID Connect
/// Core 3.1.2).
namespace landfall::alb {

constexpr std::string_view kCallbackPath = "/oauth2/idpresponse";
constexpr std::string_view kNonceCookie = "AWSALBAuthNonce";
constexpr int64_t kLoginLimit = 15 * 60;  ///< seconds from the first request to the callback

/// What the balancer must know again at the callback; goes through the provider as `state`, sealed.
struct LoginState {
  std::string nonce;     ///< also in a cookie of the browser that began
  std::string provider;  ///< provider_mark
  std::string host;      ///< as in the callback's address, with a port that is not 443
  std::string target;    ///< "/path?query" that was asked for
  int64_t began = 0;     ///< seconds since 1970
};
std::string seal_state(const CookieSeal& seal, const LoginState& state);
std::optional<LoginState> unseal_state(const CookieSeal& seal, std::string_view sealed);

/// 16 letters and digits that nobody guesses.
std::string make_nonce();
/// Value of a Set-Cookie field.
std::string nonce_cookie(std::string_view nonce);
bool is_same_nonce(std::string_view a, std::string_view b);  ///< in constant time

std::string callback_address(std::string_view host);
/// Where the user logs in.
std::string authorization_address(const model::AuthenticateOidc& provider, const LoginState& state, const std::string& sealed_state);

/// What the provider sends back in the callback's query; empty: not given.
struct Callback {
  std::string code, state, error;
};
Callback read_callback(std::string_view query);

}  // namespace landfall::alb
