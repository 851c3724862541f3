#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alb/seal.h"
#include "http/h1_head.h"
#include "model/load_balancing.h"

/// Who a user is and until when that holds. The whole session lies sealed in the user's cookies, in pieces that browsers
/// take: NAME-0, NAME-1 … (ALB user guide, Authenticate users: Authentication flow).
namespace landfall::alb {

struct UserSession {
  std::string provider;       ///< mark of who vouches for it (provider_mark)
  std::string subject;        ///< sub, in visible ASCII
  std::string claims;         ///< of the user info endpoint: a JSON object
  std::string access_token, refresh_token;  ///< in visible ASCII; the second may be empty
  int64_t ends = 0;           ///< seconds since 1970
  int64_t access_ends = 0;    ///< of the access token; 0: not told
};

/// The same for actions whose users are the same: issuer, client, endpoints and scope.
std::string provider_mark(const model::AuthenticateOidc& provider);

/// Claims and access token together (ALB user guide, Access logs: AuthUserinfoResponseSizeExceeded).
constexpr size_t kMaxClaims = 11 * 1024;

/// Values of Set-Cookie fields. Pieces that the client still has from a longer session (`had`) end. Null: it does not fit into four.
std::optional<std::vector<std::string>> session_cookies(const CookieSeal& seal, const std::string& name, const UserSession& session, size_t had);

struct ReadSession {
  std::optional<UserSession> session;  ///< of this provider and not over at `now`
  bool is_broken = false;              ///< there are cookies, but not as we made them
  size_t pieces = 0;
};
ReadSession read_session(const CookieSeal& seal, const std::vector<http::h1::Field>& fields, const model::AuthenticateOidc& provider, int64_t now);

}  // namespace landfall::alb
