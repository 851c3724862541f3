#include "alb/login.h"

#include <doctest/doctest.h>

#include "alb/packed.h"
#include "alb/respond.h"
#include "alb/seal_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

model::AuthenticateOidc provider() {
  return {.issuer = "https://idp.test", .authorization_endpoint = "https://idp.test/authorize?tenant=a", .token_endpoint = "https://idp.test/token", .user_info_endpoint = "https://idp.test/user",
          .client_id = "me & you", .client_secret = "s", .scope = "openid email", .extra_params = {{"prompt", "login"}}};
}

}  // namespace

TEST_CASE("texts are packed and come back; what is not whole does not") {
  const std::string packed = pack({"a", "", std::string_view("\0b", 2)});
  REQUIRE(unpack(packed, 3));
  CHECK(unpack(packed, 3)->at(2) == std::string("\0b", 2));
  CHECK_FALSE(unpack(packed, 2));
  CHECK_FALSE(unpack(packed, 4));
  CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1), 3));
  CHECK_FALSE(unpack(packed + "x", 3));
  CHECK_FALSE(unpack("\xff\xff\xff\xff", 1));
}

TEST_CASE("a state that went through the provider is known again, and a changed one is not") {
  const SealForTest kept;
  const LoginState state{.nonce = make_nonce(), .provider = "p", .host = "www.site.test", .target = "/a?b=c&d", .began = 1'700'000'000};
  const std::string sealed = seal_state(kept.seal, state);
  const auto read = unseal_state(kept.seal, sealed);
  REQUIRE(read);
  CHECK(read->nonce == state.nonce);
  CHECK(read->host == "www.site.test");
  CHECK(read->target == "/a?b=c&d");
  CHECK(read->began == 1'700'000'000);
  for (size_t at = 0; at < sealed.size(); at += 7) {
    std::string changed = sealed;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(unseal_state(kept.seal, changed));
  }
  CHECK_FALSE(unseal_state(kept.seal, ""));
  CHECK_FALSE(unseal_state(kept.seal, kept.seal.seal('S', "another purpose")));
  CHECK_FALSE(unseal_state(SealForTest().seal, sealed));
}

TEST_CASE("a nonce is 16 letters and digits, another each time") {
  const std::string a = make_nonce(), b = make_nonce();
  CHECK(a.size() == 16);
  CHECK(a.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
  CHECK(a != b);
  CHECK(is_same_nonce(a, a));
  CHECK_FALSE(is_same_nonce(a, b));
  CHECK_FALSE(is_same_nonce(a, a.substr(1)));
  CHECK(nonce_cookie(a) == "AWSALBAuthNonce=" + a + "; Path=/; Secure; HttpOnly");
}

TEST_CASE("the authorization endpoint is asked for a code, with what the action adds") {
  const LoginState state{.nonce = "n", .provider = "p", .host = "www.site.test:8443", .target = "/", .began = 0};
  CHECK(authorization_address(provider(), state, "a+/=") ==
        "https://idp.test/authorize?tenant=a&client_id=me%20%26%20you&redirect_uri=https%3A%2F%2Fwww.site.test%3A8443%2Foauth2%2Fidpresponse&response_type=code&scope=openid%20email&state=a%2B%2F%3D&prompt=login");
}

TEST_CASE("a callback's query is read") {
  const Callback good = read_callback("code=a%2Bb+c&state=x%2B%2F%3D+y&session_state=z");
  CHECK(good.code == "a+b c");
  CHECK(good.state == "x+/=+y");
  CHECK(good.error.empty());
  CHECK(read_callback("error=access_denied&state=s").error == "access_denied");
  CHECK(read_callback("").state.empty());
  CHECK(read_callback("code&state").code.empty());
}

TEST_CASE("an answer sets cookies, and 561 has AWS's title") {
  Answer answer = error_answer(561);
  answer.cookies = {"a=1; Path=/"};
  const std::string text = render(answer, true, false);
  CHECK(text.starts_with("HTTP/1.1 561 Authentication Error\r\n"));
  CHECK(text.find("\r\nSet-Cookie: a=1; Path=/\r\n\r\n<html>") != std::string::npos);
}
