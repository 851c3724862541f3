#include "alb/identity_provider.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fmt/format.h>

#include "alb/claims_token.h"
#include "alb/jwt.h"
#include "base/bio_text.h"
#include "base/json.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

constexpr int64_t kNow = 1'700'000'000;

const model::AuthenticateOidc kProvider{.issuer = "https://idp.test", .authorization_endpoint = "https://idp.test/a", .token_endpoint = "https://idp.test/t", .user_info_endpoint = "https://idp.test/u", .client_id = "me", .client_secret = "s"};

std::string id_token(const std::string& claims) {
  std::string body = base64_encode(claims);
  for (char& c : body) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return "e30." + body.substr(0, body.find('=')) + ".sig";
}

WebAnswer answer(const std::string& claims, const std::string& more = R"("access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt")") {
  return {.status = 200, .body = fmt::format(R"({{"id_token": "{}", {}}})", id_token(claims), more)};
}

std::string refusal(const WebAnswer& answer) {
  const auto read = read_tokens(answer, kProvider, kNow);
  return read ? "taken" : fmt::format("{} {}", read.error().status, read.error().reason);
}

std::string refusal_of_claims(const WebAnswer& answer) {
  const auto read = read_claims(answer);
  return read ? "taken" : fmt::format("{} {}", read.error().status, read.error().reason);
}

}  // namespace

TEST_CASE("a token endpoint's answer is taken if its ID token is for this client, from its issuer and not over") {
  const std::string good = R"({"iss": "https://idp.test", "aud": "me", "sub": "u1", "exp": 1700000060})";
  const auto read = read_tokens(answer(good), kProvider, kNow);
  REQUIRE(read);
  CHECK(read->access_token == "at");
  CHECK(read->refresh_token == "rt");
  CHECK(read->subject == "u1");
  CHECK(read->expires_in == 60);
  CHECK(refusal(answer(R"({"iss": "https://idp.test", "aud": ["you", "me"], "sub": "u1", "exp": 1700000060})")) == "taken");

  const std::vector<std::pair<WebAnswer, std::string>> table{
      {answer(R"({"iss": "https://evil.test", "aud": "me", "sub": "u1", "exp": 1700000060})"), "401 AuthInvalidIdToken"},
      {answer(R"({"iss": "https://idp.test", "aud": "you", "sub": "u1", "exp": 1700000060})"), "401 AuthInvalidIdToken"},
      {answer(R"({"iss": "https://idp.test", "aud": "me", "sub": "u1", "exp": 1699999000})"), "401 AuthInvalidIdToken"},
      {answer(R"({"iss": "https://idp.test", "aud": "me", "exp": 1700000060})"), "401 AuthInvalidIdToken"},
      {answer(good, R"("access_token": "a\r\nb", "token_type": "Bearer")"), "561 AuthInvalidTokenResponse"},
      {answer(good, R"("token_type": "Bearer")"), "561 AuthInvalidTokenResponse"},
      {answer(good, R"("access_token": "at", "token_type": "mac")"), "561 AuthInvalidTokenResponse"},
      {{.status = 200, .body = "<html>"}, "561 AuthInvalidTokenResponse"},
      {{.status = 400, .body = R"({"error": "invalid_grant"})"}, "561 AuthInvalidGrantError"},
      {{.status = 401, .body = R"({"error": "invalid_client"})"}, "561 AuthTokenEpRequestFailed"},
      {{.status = 500, .body = ""}, "561 AuthTokenEpRequestFailed"},
  };
  for (const auto& [given, wanted] : table) CHECK_MESSAGE(refusal(given) == wanted, given.body);
}

TEST_CASE("claims need a subject that can stand in a header field") {
  CHECK(read_claims({.status = 200, .body = R"({"sub": "u1", "email": "a@b"})"})->text == R"({"sub":"u1","email":"a@b"})");
  CHECK(refusal_of_claims({.status = 200, .body = R"({"sub": "u\r\n1"})"}) == "561 AuthInvalidUserinfoResponse");
  CHECK(refusal_of_claims({.status = 200, .body = R"({"email": "a@b"})"}) == "561 AuthInvalidUserinfoResponse");
  CHECK(refusal_of_claims({.status = 200, .body = "eyJ.eyJ.sig"}) == "561 AuthInvalidUserinfoResponse");
  CHECK(refusal_of_claims({.status = 403, .body = ""}) == "561 AuthUserinfoEpRequestFailed");
}

TEST_CASE("an endpoint that does not answer is 500") {
  model::AuthenticateOidc away = kProvider;
  away.token_endpoint = "https://127.0.0.1:1/t";
  const auto result = redeem_code(Outside("127.0.0.1", ""), away, "code", "https://www/oauth2/idpresponse", kNow);
  REQUIRE_FALSE(result);
  CHECK(result.error().status == 500);
  CHECK(result.error().reason == "AuthTokenEpRequestTimeout");
}

TEST_CASE("claims are signed with ES256, padded, and tell who signed for whom until when") {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::string pem = bio_text([&](BIO* bio) { PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  const auto signer = ClaimsSigner::create("k1", pem, "arn:lb");
  REQUIRE(signer);

  const std::string token = (*signer)->token(kProvider, R"({"sub": "u1", "exp": 1, "iss": "me myself"})", kNow);

  const auto parts = split(token, '.');
  REQUIRE(parts.size() == 3);
  for (const std::string& part : parts) CHECK(part.size() % 4 == 0);
  const auto object = [](std::string part) {
    part.erase(std::min(part.find('='), part.size()));
    return parse_json(*decode_url64(part))->get_object();
  };
  const auto header = object(parts[0]), claims = object(parts[1]);
  CHECK(string_member(header, "alg") == "ES256");
  CHECK(string_member(header, "kid") == "k1");
  CHECK(string_member(header, "signer") == "arn:lb");
  CHECK(string_member(header, "client") == "me");
  CHECK(number_member(header, "exp") == kNow + 120);
  CHECK(string_member(claims, "sub") == "u1");
  CHECK(string_member(claims, "iss") == "https://idp.test");
  CHECK(number_member(claims, "exp") == kNow + 120);
  std::string raw = parts[2];
  raw.erase(std::min(raw.find('='), raw.size()));
  CHECK(decode_url64(raw)->size() == 64);
  CHECK(ClaimsSigner::create("k1", "no key", "arn:lb").error().code == "Alb.BadClaimsKey");
}
