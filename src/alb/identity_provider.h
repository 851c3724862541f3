#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "alb/user_session.h"
#include "alb/web_call.h"

/// What the balancer asks an identity provider (ALB user guide, Authenticate users; OpenID Connect Core 3.1.3, 5.3, 12). The
/// calls block: for a thread of their own.
namespace landfall::alb {

/// How the request is answered that needed it, and AWS's word for why.
struct LoginFailure {
  int status = 500;
  std::string reason;
};

using LoginResult = std::expected<UserSession, LoginFailure>;

/// A code of the authorization endpoint becomes a session. `now` in seconds since 1970.
LoginResult redeem_code(const Outside& outside, const model::AuthenticateOidc& provider, const std::string& code, const std::string& redirect_uri, int64_t now);
/// A session whose access token has ended goes on, until the same end; the user must be the same.
LoginResult refresh_session(const Outside& outside, const model::AuthenticateOidc& provider, const UserSession& before, int64_t now);

/// What a token endpoint answers.
struct Tokens {
  std::string access_token, refresh_token;
  std::string subject;     ///< of the ID token; empty: none came
  int64_t expires_in = 0;  ///< seconds; 0: not told
};
std::expected<Tokens, LoginFailure> read_tokens(const WebAnswer& answer, const model::AuthenticateOidc& provider, int64_t now);

struct Claims {
  std::string subject, text;  ///< text: a JSON object
};
std::expected<Claims, LoginFailure> read_claims(const WebAnswer& answer);

}  // namespace landfall::alb
