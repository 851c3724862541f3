#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "http/h1_head.h"

/// Stickiness cookies (ALB user guide, Sticky sessions): AWSALB and AWSALBCORS for a target, AWSALBTG and AWSALBTGCORS for
/// a target group, AWSALBAPP-0 for a target after the application's own cookie. Their values are sealed (AES-256-GCM): a
/// client cannot read or make one.
namespace landfall::alb {

class CookieSeal {
 public:
  /// The key lies in `file`, so that cookies outlive the worker; it is made if it is not there.
  static Result<CookieSeal> open(const std::filesystem::path& file);
  /// `kind` 'T' target, 'G' group, 'A' application; `mark` what it names; `issued` in seconds since 1970.
  std::string seal(char kind, uint64_t mark, int64_t issued) const;
  struct Content {
    uint64_t mark;
    int64_t issued;
  };
  std::optional<Content> unseal(char kind, std::string_view value) const;

 private:
  std::array<unsigned char, 32> key_{};
};

/// The value of the cookie of that name in the request's Cookie fields.
std::optional<std::string_view> find_cookie(const std::vector<http::h1::Field>& fields, std::string_view name);
/// Whether the response sets a cookie of that name.
bool sets_cookie(const std::vector<http::h1::Field>& fields, std::string_view name);
/// Adds the Set-Cookie values of `name` and, for other origins, `name`CORS; they last seven days, as AWS's do.
void add_cookies(std::vector<std::string>& into, std::string_view name, const std::string& value, int64_t now, bool with_cors);

}  // namespace landfall::alb
