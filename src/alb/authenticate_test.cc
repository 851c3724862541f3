// Requests whose rule wants a user, through a whole worker; the identity provider is in this process.
#include <doctest/doctest.h>

#include <ctime>

#include <fmt/format.h>

#include "alb/login.h"
#include "alb/rig_for_test.h"
#include "alb/user_session.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// What stands between `before` and the end of its line.
std::string after(const std::string& text, std::string_view before) {
  const size_t at = text.find(before);
  REQUIRE_MESSAGE(at != std::string::npos, text);
  return text.substr(at + before.size(), text.find_first_of(";\r", at) - at - before.size());
}

struct Guarded : Running {
  std::atomic<int> token_status = 200, token_calls = 0;
  std::atomic<bool> is_held = false;  ///< the token endpoint answers once this is false
  Origin origin{"a"};
  std::unique_ptr<http::Server> provider;

  Guarded() {
    const auto [chain, key] = self_signed("127.0.0.1");
    auto started = http::Server::start({.tls = http::ServerTls{chain, key}}, [this](http::Request request) { return answer(request); });
    REQUIRE(started);
    provider = std::move(*started);
    serve_tls(*this, "a.test");
    const std::string at = fmt::format("https://127.0.0.1:{}", provider->port());
    const model::Action guard{.type = "authenticate-oidc", .order = 1,
                              .authenticate_oidc = model::AuthenticateOidc{.issuer = at, .authorization_endpoint = at + "/authorize", .token_endpoint = at + "/token", .user_info_endpoint = at + "/user", .client_id = "me", .client_secret = "s"}};
    config.listeners[0].listener.default_actions = {guard, forward_to("g")};
    config.ca_pem = chain;
    config.signer = SignerConfig{.id = "k1", .key_file = (folder / "claims.pem").string()};
    config.access_log = folder / "access.log";
    REQUIRE(write_file_atomic(folder / "claims.pem", self_signed("x").second, 0600));
    add(origin);
  }
  ~Guarded() { release(); }

  void release() {
    is_held = false;
    is_held.notify_all();
  }
  const model::AuthenticateOidc& login() const { return *config.listeners[0].listener.default_actions[0].authenticate_oidc; }

  http::Response answer(const http::Request& request) {
    http::Response response;
    if (request.path == "/token") {
      ++token_calls;
      token_calls.notify_all();
      is_held.wait(true);
      std::string claims = replace_all(base64_encode(fmt::format(R"({{"iss":"{}","aud":"me","sub":"u1","exp":{}}})", login().issuer, time(nullptr) + 60)), "=", "");
      response.status = token_status;
      response.body = fmt::format(R"({{"access_token":"at","token_type":"bearer","expires_in":600,"refresh_token":"rt","id_token":"e30.{}.c2ln"}})", claims);
    } else {
      response.body = R"({"sub":"u1"})";
    }
    return response;
  }

  std::string ask(const std::string& target, const std::string& more = "") const {
    const TlsTalk talk(port, "http/1.1", "a.test");
    REQUIRE(talk.say(fmt::format("GET {} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{}\r\n", target, more)));
    return talk.rest();
  }
  bool logs(std::string_view part) const {
    return becomes([&] { return has(read_file(folder / "access.log").value_or(""), part); });
  }
  CookieSeal seal() const { return CookieSeal::open(folder / "cookie.key").value(); }
  LoginState state(int64_t began) const { return {.nonce = "abcdefghijklmnop", .provider = provider_mark(login()), .host = "a.test:0", .target = "/", .began = began}; }
  std::string callback(const LoginState& of) const { return "/oauth2/idpresponse?code=c&state=" + percent_encode(seal_state(seal(), of)); }
  /// The Cookie field of a user whose access token has ended.
  std::string stale_user(const std::string& refresh_token = "rt") const {
    const UserSession session{.provider = provider_mark(login()), .subject = "u1", .claims = R"({"sub":"u1"})", .access_token = "old", .refresh_token = refresh_token, .ends = time(nullptr) + 600, .access_ends = 1};
    const std::string cookie = session_cookies(seal(), login().session_cookie_name, session, 0)->at(0);
    return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
  }
};

constexpr std::string_view kNonce = "Cookie: AWSALBAuthNonce=abcdefghijklmnop\r\n";

}  // namespace

TEST_CASE("a login goes to the provider and back, and the log tells each step") {
  Guarded guarded;
  guarded.start();
  const std::string sent = guarded.ask("/a?b=c");
  CHECK(sent.starts_with("HTTP/1.1 302 Found\r\nServer: awselb/2.0\r\n"));
  const std::string location = after(sent, "Location: "), nonce = after(sent, "Set-Cookie: AWSALBAuthNonce=");
  CHECK(location.starts_with(guarded.login().authorization_endpoint + "?client_id=me&redirect_uri=https%3A%2F%2Fa.test%3A0%2Foauth2%2Fidpresponse&response_type=code&scope=openid&state="));

  const std::string back = guarded.ask("/oauth2/idpresponse?code=c&state=" + location.substr(location.find("state=") + 6), "Cookie: AWSALBAuthNonce=" + nonce + "\r\n");
  CHECK(after(back, "Location: ") == "https://a.test:0/a?b=c");
  const std::string cookie = "Cookie: AWSELBAuthSessionCookie-0=" + after(back, "Set-Cookie: AWSELBAuthSessionCookie-0=") + "\r\n";

  const std::string served = guarded.ask("/a?b=c", cookie + "X-Amzn-Oidc-Identity: somebody\r\n");
  CHECK(has(served, "Seen-x-amzn-oidc-identity: u1\r\n"));
  CHECK(has(served, "Seen-x-amzn-oidc-accesstoken: at\r\n"));
  CHECK_FALSE(has(served, "somebody"));
  CHECK_FALSE(has(served, "Set-Cookie"));
  CHECK(guarded.token_calls == 1);
  CHECK(guarded.logs("/oauth2/idpresponse"));
  CHECK(guarded.logs(" -1 "));
  CHECK(guarded.logs(" \"authenticate,forward\" \"-\" \"-\" "));
  const auto counters = guarded.counters();
  CHECK(counters.at("auth.success") == 1);
  CHECK(counters.at("auth.calls") == 1);
  CHECK(counters.at("elb.302.login") == 1);
  CHECK(counters.at("elb.302.logged_in") == 1);
}

TEST_CASE("a login ends within fifteen minutes and where it began, and what fails is told in AWS's words") {
  Guarded guarded;
  guarded.start();
  const int64_t now = time(nullptr);
  const std::string nonce(kNonce);
  CHECK(guarded.ask(guarded.callback(guarded.state(now - kLoginLimit + 60)), nonce).starts_with("HTTP/1.1 302 "));
  CHECK(guarded.ask(guarded.callback(guarded.state(now - kLoginLimit)), nonce).starts_with("HTTP/1.1 401 "));
  LoginState elsewhere = guarded.state(now);
  elsewhere.host = "b.test:0";
  CHECK(guarded.ask(guarded.callback(elsewhere), nonce).starts_with("HTTP/1.1 401 "));
  LoginState other = guarded.state(now);
  other.provider = "another";
  CHECK(guarded.ask(guarded.callback(other), nonce).starts_with("HTTP/1.1 401 "));
  CHECK(guarded.logs(" 401 - "));
  CHECK(guarded.logs(" \"authenticate\" \"-\" \"AuthInvalidStateParam\" "));
  CHECK(guarded.ask(guarded.callback(guarded.state(now))).starts_with("HTTP/1.1 401 "));
  CHECK(guarded.logs("\"AuthMissingAWSALBAuthNonce\""));
  CHECK(guarded.ask(guarded.callback(guarded.state(now)), "Cookie: AWSALBAuthNonce=x\r\n").starts_with("HTTP/1.1 401 "));
  CHECK(guarded.logs("\"AuthInvalidAWSALBAuthNonce\""));
  CHECK(guarded.token_calls == 1);
  guarded.token_status = 500;
  CHECK(guarded.ask(guarded.callback(guarded.state(now)), nonce).starts_with("HTTP/1.1 561 Authentication Error\r\n"));
  CHECK(guarded.logs("\"AuthTokenEpRequestFailed\""));
  const std::string oneoh = [&] {
    const TlsTalk talk(guarded.port, "http/1.1", "a.test");
    REQUIRE(talk.say("GET / HTTP/1.0\r\n\r\n"));
    return talk.rest();
  }();
  CHECK(has(oneoh, " 401 Authorization Required\r\n"));
  CHECK(guarded.logs("\"AuthMissingHostHeader\""));
  CHECK(guarded.ask("/", "Cookie: AWSELBAuthSessionCookie-0=forged\r\n").starts_with("HTTP/1.1 302 "));
  CHECK(guarded.logs("\"AuthInvalidCookie\""));
}

TEST_CASE("a request waits with its body while its user's session is refreshed; other requests do not wait") {
  Guarded guarded;
  guarded.start();
  guarded.is_held = true;
  const TlsTalk talk(guarded.port, "http/1.1", "a.test");
  REQUIRE(talk.say("POST /slow HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: 10\r\n" + guarded.stale_user() + "\r\n0123"));
  guarded.token_calls.wait(0);
  CHECK(guarded.ask("/").starts_with("HTTP/1.1 302 "));
  REQUIRE(talk.say("456789"));
  CHECK(guarded.ask("/").starts_with("HTTP/1.1 302 "));
  guarded.release();
  const std::string served = talk.rest();
  CHECK(has(served, "POST /slow 0123456789"));
  CHECK(has(served, "Seen-x-amzn-oidc-accesstoken: at\r\n"));
  CHECK(has(served, "Set-Cookie: AWSELBAuthSessionCookie-0="));
  CHECK(guarded.counters().at("auth.refresh_success") == 1);

  guarded.token_status = 400;
  CHECK(guarded.ask("/", guarded.stale_user("other")).starts_with("HTTP/1.1 302 "));
}

TEST_CASE("requests with the same refresh token share one refresh") {
  Guarded guarded;
  guarded.start();
  guarded.is_held = true;
  const std::string request = "GET /one HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n" + guarded.stale_user() + "\r\n";
  std::vector<std::unique_ptr<TlsTalk>> talks;
  for (int i = 0; i < 3; ++i) {
    talks.push_back(std::make_unique<TlsTalk>(guarded.port, "http/1.1", "a.test"));
    REQUIRE(talks.back()->say(request));
  }
  guarded.token_calls.wait(0);
  guarded.release();
  for (const auto& talk : talks) CHECK(has(talk->rest(), "Seen-x-amzn-oidc-accesstoken: at\r\n"));
  guarded.token_status = 400;
  CHECK(has(guarded.ask("/late", guarded.stale_user()), "Seen-x-amzn-oidc-accesstoken: at\r\n"));
  CHECK(guarded.token_calls == 1);
}

TEST_CASE("a client that goes while its login is on the way is forgotten") {
  Guarded guarded;
  guarded.start();
  guarded.is_held = true;
  {
    const TlsTalk talk(guarded.port, "http/1.1", "a.test");
    REQUIRE(talk.say(fmt::format("GET {} HTTP/1.1\r\nHost: a.test\r\n{}\r\n", guarded.callback(guarded.state(time(nullptr))), kNonce)));
    guarded.token_calls.wait(0);
  }
  CHECK(guarded.logs(" 460 - "));
  guarded.release();
  CHECK(guarded.ask(guarded.callback(guarded.state(time(nullptr))), std::string(kNonce)).starts_with("HTTP/1.1 302 "));
}

TEST_CASE("no more logins wait than there is room for") {
  Logins logins;
  std::atomic<int> done = 0;
  model::AuthenticateOidc provider{.token_endpoint = ""};
  const auto start = [&] { return logins.start({.keeper = nullptr, .provider = &provider, .code = "c", .redirect_uri = "", .before = {}}, [&](const LoginOutcome&) { ++done; }); };
  CHECK_FALSE(start());  // nobody to call them

  std::atomic<bool> is_held = true;
  RawOrigin silent([&](int, int) { is_held.wait(true); });
  provider.token_endpoint = fmt::format("https://127.0.0.1:{}/", silent.port);
  logins.follow(std::make_shared<const Outside>("127.0.0.1", ""));
  size_t taken = 0;
  while (start()) ++taken;
  CHECK(taken >= Logins::kMost);
  CHECK(taken <= Logins::kMost + Logins::kThreads);
  is_held = false;
  is_held.notify_all();
  logins.stop();
  CHECK(done <= static_cast<int>(taken));
  CHECK_FALSE(start());
}
