// Reads any bytes as what a browser brings from a login: cookies, state and a callback's query; and as what a provider answers.
// Nothing that we did not seal is ever a session or a state.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "alb/identity_provider.h"
#include "alb/login.h"
#include "alb/packed.h"

using namespace landfall::alb;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const landfall::model::AuthenticateOidc provider{.issuer = "https://idp.test", .authorization_endpoint = "https://idp.test/a", .token_endpoint = "https://idp.test/t", .user_info_endpoint = "https://idp.test/u", .client_id = "me", .client_secret = "s"};
  static const CookieSeal seal;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<landfall::http::h1::Field> fields{{"Cookie", text, landfall::http::h1::FieldId::cookie}};
  if (read_session(seal, fields, provider, 1000).session) abort();
  const Callback callback = read_callback(text);
  if (unseal_state(seal, callback.state) || unseal_state(seal, text)) abort();
  for (size_t count = 0; count < 8; ++count) (void)unpack(text, count);
  const auto tokens = read_tokens({.status = 200, .body = text}, provider, 1000);
  if (tokens && tokens->access_token.find_first_of("\r\n") != std::string::npos) abort();
  const auto claims = read_claims({.status = 200, .body = text});
  if (claims && claims->subject.find_first_of("\r\n") != std::string::npos) abort();
  return 0;
}
