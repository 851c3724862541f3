#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alb/seal.h"
#include "http/h1_head.h"

/// Stickiness cookies (ALB user guide, Sticky sessions): AWSALB and AWSALBCORS for a target, AWSALBTG and AWSALBTGCORS for
/// a target group, AWSALBAPP-0 for a target after the application's own cookie. Their values are sealed (seal.h).
namespace landfall::alb {

/// What a sealed cookie says: the target or group that it names and when it was made (seconds since 1970).
struct Mark {
  uint64_t mark;
  int64_t issued;
};
std::string seal_mark(const CookieSeal& seal, char kind, const Mark& mark);
std::optional<Mark> unseal_mark(const CookieSeal& seal, char kind, std::string_view value);

/// The value of the cookie of that name in the request's Cookie fields.
std::optional<std::string_view> find_cookie(const std::vector<http::h1::Field>& fields, std::string_view name);
/// The balancer's own cookie, or its copy that comes with requests of other origins.
std::optional<std::string_view> find_own_cookie(const std::vector<http::h1::Field>& fields, std::string_view name);
/// Whether the response sets a cookie of that name.
bool sets_cookie(const std::vector<http::h1::Field>& fields, std::string_view name);
/// Adds the Set-Cookie values of `name` and, for other origins, `name`CORS; they last seven days, as AWS's do.
void add_cookies(std::vector<std::string>& into, std::string_view name, const std::string& value, int64_t now, bool with_cors);

}  // namespace landfall::alb
