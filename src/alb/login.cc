#include "alb/login.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <charconv>

#include <fmt/format.h>

#include "alb/packed.h"
#include "base/text.h"

namespace landfall::alb {

std::string seal_state(const CookieSeal& seal, const LoginState& state) {
  return seal.seal('L', pack({state.nonce, state.provider, state.host, state.target, std::to_string(state.began)}));
}

std::optional<LoginState> unseal_state(const CookieSeal& seal, std::string_view sealed) {
  const auto packed = seal.unseal('L', sealed);
  const auto texts = packed ? unpack(*packed, 5) : std::nullopt;
  if (!texts) return std::nullopt;
  LoginState state{.nonce = texts->at(0), .provider = texts->at(1), .host = texts->at(2), .target = texts->at(3)};
  std::from_chars(texts->at(4).data(), texts->at(4).data() + texts->at(4).size(), state.began);
  return state;
}

std::string make_nonce() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string nonce;
  while (nonce.size() < 16) {
    unsigned char byte = 0;
    RAND_bytes(&byte, 1);
    if (byte < 4 * kAlphabet.size()) nonce += kAlphabet[byte % kAlphabet.size()];  // the rest would favour some
  }
  return nonce;
}

std::string nonce_cookie(std::string_view nonce) { return fmt::format("{}={}; Path=/; Secure; HttpOnly", kNonceCookie, nonce); }

bool is_same_nonce(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string callback_address(std::string_view host) { return fmt::format("https://{}{}", host, kCallbackPath); }

std::string authorization_address(const model::AuthenticateOidc& provider, const LoginState& state, const std::string& sealed_state) {
  std::string address = provider.authorization_endpoint;
  const auto add = [&](std::string_view name, std::string_view value) {
    address += fmt::format("{}{}={}", address.find('?') == std::string::npos ? '?' : '&', percent_encode(name), percent_encode(value));
  };
  add("client_id", provider.client_id);
  add("redirect_uri", callback_address(state.host));
  add("response_type", "code");
  add("scope", provider.scope);
  add("state", sealed_state);
  for (const auto& [name, value] : provider.extra_params) add(name, value);
  return address;
}

Callback read_callback(std::string_view query) {
  Callback callback;
  for (const std::string& pair : split(query, '&')) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view name = std::string_view(pair).substr(0, equals);
    std::string* member = name == "code" ? &callback.code : name == "state" ? &callback.state : name == "error" ? &callback.error : nullptr;
    if (member != nullptr) *member = percent_decode(std::string_view(pair).substr(equals + 1), name != "state");
  }
  return callback;
}

}  // namespace landfall::alb
