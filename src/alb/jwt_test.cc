#include "alb/jwt.h"

#include <doctest/doctest.h>

#include <ctime>

#include <fmt/format.h>
#include <openssl/core_names.h>

#include "alb/rig_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

std::string url64(std::string_view bytes) {
  std::string text = replace_all(replace_all(base64_encode(bytes), "+", "-"), "/", "_");
  return text.substr(0, text.find('='));
}

/// Who issues tokens: one RSA key.
struct Issuer {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  Issuer() = default;
  Issuer(const Issuer&) = delete;
  ~Issuer() { EVP_PKEY_free(key); }

  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key, name, &value);
    std::string bytes(static_cast<size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return url64(bytes);
  }
  std::string jwk(const std::string& id) const { return fmt::format(R"({{"kty":"RSA","use":"sig","kid":"{}","n":"{}","e":"{}"}})", id, number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E)); }
  std::string set(const std::string& id) const { return fmt::format(R"({{"keys":[{}]}})", jwk(id)); }
  std::string token(const std::string& claims, const std::string& header = R"({"alg":"RS256","kid":"k"})") const {
    const std::string text = url64(header) + "." + url64(claims);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    size_t size = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    EVP_DigestSign(context, nullptr, &size, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    return text + "." + url64(signature);
  }
};

const model::JwtValidation kWanted{.jwks_endpoint = "https://idp/keys", .issuer = "me", .claims = {}};

std::string refused(const std::string& token, const KeyList& keys, const model::JwtValidation& wanted = kWanted) {
  bool knows_key = false;
  return std::string(refusal_of(token, keys, wanted, 1000, knows_key));
}

}  // namespace

TEST_CASE("a token passes with its issuer's signature, within its time, and with the claims that are wanted") {
  const Issuer issuer, other;
  const auto keys = parse_key_set(issuer.set("k"));
  REQUIRE(keys);
  const auto judge = [&](const std::string& claims) { return refused(issuer.token(claims), *keys); };

  CHECK(judge(R"({"iss":"me","exp":1001})") == "");
  CHECK(judge(R"({"iss":"me","exp":1000.5,"nbf":1000,"iat":999})") == "");
  CHECK(judge(R"({"iss":"me"})") == "JWTClaimNotPresent");
  CHECK(judge(R"({"exp":1001})") == "JWTClaimNotPresent");
  CHECK(judge(R"({"iss":"you","exp":1001})") == "JWTClaimValueInvalid");
  CHECK(judge(R"({"iss":["me"],"exp":1001})") == "JWTClaimValueInvalid");
  CHECK(judge(R"({"iss":"me","exp":1000})") == "JWTClaimValueInvalid");
  CHECK(judge(R"({"iss":"me","exp":"1001"})") == "JWTClaimFormatInvalid");
  CHECK(judge(R"({"iss":"me","exp":1001,"nbf":1001})") == "JWTClaimValueInvalid");
  CHECK(judge(R"({"iss":"me","exp":1001,"iat":1001})") == "JWTClaimValueInvalid");

  const std::string good = R"({"iss":"me","exp":1001})";
  CHECK(refused(other.token(good), *keys) == "JWTSignatureValidationError");
  CHECK(refused(issuer.token(good, R"({"alg":"RS256"})"), *keys) == "");
  CHECK(refused(issuer.token(good, R"({"alg":"RS256","kid":"new"})"), *keys) == "JWTSignatureValidationError");
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256","kid":"k"})", R"({"alg":"RS512","kid":"k"})", R"({"kid":"k"})", R"({"alg":"RS256","crit":["b64"],"b64":false})", "[]", ""}) {
    CHECK(refused(issuer.token(good, header), *keys) == "JWTRequestFormatInvalid");
  }
  const std::string unsigned_token = url64(R"({"alg":"none"})") + "." + url64(good) + ".";
  for (const std::string& text : {std::string(), std::string("a"), std::string("a.b"), std::string("..."), std::string("a.b.c.d"), unsigned_token, issuer.token(good) + "="}) CHECK(refused(text, *keys) == "JWTRequestFormatInvalid");
  std::string changed = issuer.token(good);
  changed[changed.find('.') + 4] ^= 1;
  CHECK(refused(changed, *keys) != "");
  CHECK(refused(issuer.token(good), {}) == "JWTSignatureValidationError");
  bool knows_key = true;
  (void)refusal_of(issuer.token(good, R"({"alg":"RS256","kid":"new"})"), *keys, kWanted, 1000, knows_key);
  CHECK_FALSE(knows_key);
}

TEST_CASE("additional claims are one text, words or a list") {
  const Issuer issuer;
  const auto keys = parse_key_set(issuer.set("k"));
  REQUIRE(keys);
  const auto judge = [&](const std::string& format, std::vector<std::string> values, const std::string& claim) {
    const model::JwtValidation wanted{.jwks_endpoint = "", .issuer = "me", .claims = {{.name = "c", .format = format, .values = std::move(values)}}};
    return refused(issuer.token(fmt::format(R"({{"iss":"me","exp":1001,"c":{}}})", claim)), *keys, wanted);
  };
  CHECK(judge("single-string", {"a b"}, R"("a b")") == "");
  CHECK(judge("single-string", {"a"}, R"("a b")") == "JWTClaimValueInvalid");
  CHECK(judge("single-string", {"a"}, R"(["a"])") == "JWTClaimFormatInvalid");
  CHECK(judge("space-separated-values", {"b", "a"}, R"("a c b")") == "");
  CHECK(judge("space-separated-values", {"a", "d"}, R"("a b")") == "JWTClaimValueInvalid");
  CHECK(judge("string-array", {"a"}, R"(["b","a"])") == "");
  CHECK(judge("string-array", {"a"}, R"(["ab"])") == "JWTClaimValueInvalid");
  CHECK(judge("string-array", {"a"}, R"("a")") == "JWTClaimFormatInvalid");
  CHECK(judge("string-array", {"a"}, R"(["a",1])") == "JWTClaimFormatInvalid");
}

TEST_CASE("a key set is read within AWS's bounds, without keys that do not sign with RS256") {
  const Issuer issuer;
  const std::string elliptic = R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"e"})", enciphers = R"({"kty":"RSA","use":"enc","n":"AA","e":"AA"})";
  CHECK(parse_key_set(fmt::format(R"({{"keys":[{},{},{}]}})", elliptic, enciphers, issuer.jwk("k")))->size() == 1);
  CHECK(parse_key_set(R"({"keys":[]})")->empty());
  CHECK(parse_key_set("").error().code == "JWKSResponseInvalid");
  CHECK(parse_key_set("[]").error().code == "JWKSResponseInvalid");
  CHECK(parse_key_set(R"({"keys":[1]})").error().code == "JWKSResponseInvalid");
  CHECK(parse_key_set(R"({"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]})").error().code == "JWKSResponseInvalid");
  CHECK(parse_key_set(std::string(150 * 1024 + 1, ' ')).error().code == "JWKSResponseSizeExceeded");
  std::string many = elliptic;
  for (int i = 0; i < 10; ++i) many += "," + elliptic;
  CHECK(parse_key_set(fmt::format(R"({{"keys":[{}]}})", many)).error().code == "JWKSResponseSizeExceeded");
}

TEST_CASE("an endpoint is an address of https") {
  CHECK(parse_endpoint("https://idp.test")->target == "/");
  CHECK(parse_endpoint("https://idp.test:8443/a?b=c")->port == 8443);
  CHECK(parse_endpoint("https://idp.test?b")->target == "/?b");
  for (const char* bad : {"http://idp.test/", "https://", "https://a@b/", "https://a:0/", "https://a:99999/", "https://a:/", "https://a/b#c", "https://a/\r\nX: y", "https://[::1]/"}) CHECK_FALSE(parse_endpoint(bad));
}

TEST_CASE("a rule lets through whose token the endpoint's keys sign, and follows new keys") {
  const Issuer issuer, next;
  std::atomic<bool> is_next = false;
  const auto [chain, key] = self_signed("127.0.0.1");
  auto endpoint = http::Server::start({.tls = http::ServerTls{chain, key}}, [&](http::Request request) {
    http::Response response;
    response.status = request.path == "/keys" ? 203 : 404;
    response.body = is_next ? next.set("next") : issuer.set("k");
    return response;
  });
  REQUIRE(endpoint);
  Running running;
  serve_tls(running, "a.test");
  const auto guarded = [&](const std::string& path) {
    const model::Action guard{.type = "jwt-validation", .order = 1, .jwt_validation = model::JwtValidation{.jwks_endpoint = fmt::format("https://127.0.0.1:{}{}", (*endpoint)->port(), path), .issuer = "me", .claims = {}}};
    return std::vector{guard, model::Action{.type = "fixed-response", .order = 2, .fixed_response = model::FixedResponse{"200", "text/plain", "through"}}};
  };
  running.config.listeners[0].listener.default_actions = guarded("/keys");
  running.config.listeners[0].rules = {{.arn = "r", .priority = 1, .conditions = {{.field = "path-pattern", .values = {"/none"}}}, .actions = guarded("/none")}};
  running.config.ca_pem = chain;
  running.config.access_log = running.folder / "access.log";
  running.start();

  const auto ask = [&](const std::string& more, const std::string& path = "/") {
    const TlsTalk talk(running.port, "http/1.1", "a.test");
    REQUIRE(talk.say(fmt::format("GET {} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{}\r\n", path, more)));
    return talk.rest();
  };
  const auto with = [&](const Issuer& by, const std::string& id) { return fmt::format("Authorization: Bearer {}\r\n", by.token(fmt::format(R"({{"iss":"me","exp":{}}})", time(nullptr) + 60), fmt::format(R"({{"alg":"RS256","kid":"{}"}})", id))); };
  CHECK(becomes([&] { return ask(with(issuer, "k")).ends_with("through"); }));
  const std::string without = ask("");
  CHECK(without.starts_with("HTTP/1.1 401 Authorization Required\r\n"));
  CHECK(without.find("<h1>401 Authorization Required</h1>") != std::string::npos);
  CHECK(ask("Authorization: Basic YTpi\r\n").starts_with("HTTP/1.1 401 "));
  CHECK(ask(with(next, "k")).starts_with("HTTP/1.1 401 "));
  CHECK(ask(with(issuer, "k"), "/none").starts_with("HTTP/1.1 562 JWKS Request Failed\r\n"));
  is_next = true;
  CHECK(becomes([&] { return ask(with(next, "next")).ends_with("through"); }));
  CHECK(ask(with(issuer, "k")).starts_with("HTTP/1.1 401 "));

  const auto logged = [&](std::string_view part) { return read_file(running.folder / "access.log").value_or("").find(part) != std::string::npos; };
  CHECK(becomes([&] { return logged(" \"jwt-validation\" \"-\" \"JWTHeaderNotPresent\" ") && logged("\"JWTRequestFormatInvalid\"") && logged("\"JWTSignatureValidationError\"") && logged("\"JWKSRequestFailed\""); }));
  CHECK(running.counters()["elb.401.JWTHeaderNotPresent"] == 1);
}

TEST_CASE("an endpoint with a certificate that nobody vouches for is not believed") {
  const auto [chain, key] = self_signed("127.0.0.1");
  const auto [other, other_key] = self_signed("127.0.0.2");
  auto endpoint = http::Server::start({.tls = http::ServerTls{chain, key}}, [](http::Request) { return http::Response{}; });
  auto misnamed = http::Server::start({.tls = http::ServerTls{other, other_key}}, [](http::Request) { return http::Response{}; });
  REQUIRE(endpoint);
  REQUIRE(misnamed);
  const auto url = [](const auto& server) { return fmt::format("https://127.0.0.1:{}/", server->port()); };
  const auto limit = std::chrono::milliseconds(5000);
  CHECK(Outside("127.0.0.1", "").call({.url = url(*endpoint)}, 100, limit).error().code == "Web.Tls");
  CHECK(Outside("127.0.0.1", other).call({.url = url(*misnamed)}, 100, limit).error().code == "Web.Tls");
  CHECK(Outside("127.0.0.1", chain).call({.url = url(*endpoint)}, 100, limit)->status == 200);
}
