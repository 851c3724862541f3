#include "alb/user_session.h"

#include <doctest/doctest.h>

#include "alb/seal_for_test.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

constexpr int64_t kNow = 1'700'000'000;

model::AuthenticateOidc provider(const std::string& client = "me") {
  return {.issuer = "https://idp.test", .authorization_endpoint = "https://idp.test/a", .token_endpoint = "https://idp.test/t", .user_info_endpoint = "https://idp.test/u", .client_id = client, .client_secret = "s"};
}

UserSession session(size_t claims = 100) {
  return {.provider = provider_mark(provider()), .subject = "u1", .claims = std::string(claims, 'c'), .access_token = "at", .refresh_token = "rt", .ends = kNow + 60, .access_ends = kNow + 30};
}

/// The Cookie field that a browser makes of them.
std::string sent(const std::vector<std::string>& cookies) {
  std::string field = "theme=dark";
  for (const std::string& cookie : cookies) field += "; " + cookie.substr(0, cookie.find(';'));
  return field;
}

ReadSession read(const CookieSeal& seal, const std::string& field, const model::AuthenticateOidc& of = provider(), int64_t now = kNow) {
  return read_session(seal, {{"Cookie", field, http::h1::FieldId::cookie}}, of, now);
}

}  // namespace

TEST_CASE("a session lies in its user's cookies until it ends") {
  const SealForTest kept;
  const auto cookies = session_cookies(kept.seal, "AWSELBAuthSessionCookie", session(), 0);
  REQUIRE(cookies);
  REQUIRE(cookies->size() == 1);
  CHECK(cookies->at(0).starts_with("AWSELBAuthSessionCookie-0="));
  CHECK(cookies->at(0).ends_with("; Expires=Tue, 14 Nov 2023 22:14:20 GMT; Path=/; Secure; HttpOnly"));
  const ReadSession found = read(kept.seal, sent(*cookies));
  REQUIRE(found.session);
  CHECK(found.session->subject == "u1");
  CHECK(found.session->access_token == "at");
  CHECK(found.session->refresh_token == "rt");
  CHECK(found.session->claims == std::string(100, 'c'));
  CHECK(found.session->ends == kNow + 60);
  CHECK(found.session->access_ends == kNow + 30);
  const ReadSession over = read(kept.seal, sent(*cookies), provider(), kNow + 60);
  CHECK_FALSE(over.session);
  CHECK_FALSE(over.is_broken);
}

TEST_CASE("a large session is cut into pieces that a browser keeps, and one that shrinks takes back what is left over") {
  const SealForTest kept;
  const auto cookies = session_cookies(kept.seal, "S", session(kMaxClaims), 0);
  REQUIRE(cookies);
  CHECK(cookies->size() == 4);
  for (const std::string& cookie : *cookies) CHECK(cookie.size() <= 4096);
  const ReadSession found = read(kept.seal, sent(*cookies), [] { auto p = provider(); p.session_cookie_name = "S"; return p; }());
  REQUIRE(found.session);
  CHECK(found.session->claims.size() == kMaxClaims);
  CHECK(found.pieces == 4);

  const auto small = session_cookies(kept.seal, "S", session(), found.pieces);
  REQUIRE(small->size() == 4);
  CHECK(small->at(1) == "S-1=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly");
  CHECK_FALSE(session_cookies(kept.seal, "S", session(2 * kMaxClaims), 0));
}

TEST_CASE("cookies that were changed, mixed or made by others hold no session") {
  const SealForTest kept;
  const auto cookies = session_cookies(kept.seal, "AWSELBAuthSessionCookie", session(8000), 0);
  REQUIRE(cookies->size() == 3);
  const std::string whole = sent(*cookies);
  CHECK(read(kept.seal, whole).session);
  for (size_t at = whole.find("-0=") + 3; at < whole.find(";", 12); at += 101) {
    std::string changed = whole;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const ReadSession found = read(kept.seal, changed);
    CHECK_FALSE(found.session);
    CHECK(found.is_broken);
  }
  CHECK(read(kept.seal, sent({cookies->at(0), cookies->at(2)})).is_broken);
  CHECK(read(kept.seal, "AWSELBAuthSessionCookie-0=hello").is_broken);
  CHECK(read(SealForTest().seal, whole).is_broken);
  CHECK_FALSE(read(kept.seal, "a=b").is_broken);
  const ReadSession other = read(kept.seal, whole, provider("another client"));
  CHECK_FALSE(other.session);
  CHECK_FALSE(other.is_broken);
}
