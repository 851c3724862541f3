#include "alb/user_session.h"

#include <charconv>

#include <fmt/format.h>

#include "alb/packed.h"
#include "alb/stickiness.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr size_t kPiece = 3900, kMaxPieces = 4;  // a browser keeps 4096 bytes of a cookie with its name and attributes

int64_t number_in(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string cookie(const std::string& name, size_t piece, std::string_view value, int64_t ends) {
  return fmt::format("{}-{}={}; Expires={}; Path=/; Secure; HttpOnly", name, piece, value, http_date({ends * 1000}));
}

}  // namespace

std::string provider_mark(const model::AuthenticateOidc& provider) {
  return to_hex(sha256(pack({provider.issuer, provider.client_id, provider.token_endpoint, provider.user_info_endpoint, provider.scope}))).substr(0, 32);
}

std::optional<std::vector<std::string>> session_cookies(const CookieSeal& seal, const std::string& name, const UserSession& session, size_t had) {
  const std::string sealed = seal.seal('S', pack({session.provider, session.subject, session.claims, session.access_token, session.refresh_token, std::to_string(session.ends), std::to_string(session.access_ends)}));
  const size_t count = (sealed.size() + kPiece - 1) / kPiece;
  if (count > kMaxPieces) return std::nullopt;
  std::vector<std::string> cookies;
  for (size_t i = 0; i < count; ++i) cookies.push_back(cookie(name, i, std::string_view(sealed).substr(i * kPiece, kPiece), session.ends));
  for (size_t i = count; i < had; ++i) cookies.push_back(cookie(name, i, "", 0));
  return cookies;
}

ReadSession read_session(const CookieSeal& seal, const std::vector<http::h1::Field>& fields, const model::AuthenticateOidc& provider, int64_t now) {
  ReadSession read;
  std::string sealed;
  for (; read.pieces < kMaxPieces; ++read.pieces) {
    const auto piece = find_cookie(fields, fmt::format("{}-{}", provider.session_cookie_name, read.pieces));
    if (!piece) break;
    sealed += *piece;
  }
  if (read.pieces == 0) return read;
  const auto packed = seal.unseal('S', sealed);
  const auto texts = packed ? unpack(*packed, 7) : std::nullopt;
  read.is_broken = !texts;
  if (!texts) return read;
  const auto& text = *texts;
  UserSession session{.provider = text[0], .subject = text[1], .claims = text[2], .access_token = text[3], .refresh_token = text[4], .ends = number_in(text[5]), .access_ends = number_in(text[6])};
  if (session.provider == provider_mark(provider) && now < session.ends) read.session = std::move(session);
  return read;
}

}  // namespace landfall::alb
