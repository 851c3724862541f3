#include "daemon/web_identity.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "alb/jwt.h"
#include "alb/web_call.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "model/identity.h"
#include "services/sts/sts.h"
#include "store/table.h"

namespace landfall::daemon {
namespace {

namespace shapes = aws::sts;
using services::sts::WebIdentity;

constexpr size_t kMost = 150 * 1024;              // bytes of a document
constexpr std::chrono::seconds kLimit{5};         // for one call
constexpr Duration kFresh = std::chrono::minutes(5);
constexpr size_t kMostProviders = 100;            // IAM quotas, OpenID Connect providers

std::unexpected<Error> bad_token(std::string what) { return fail("InvalidIdentityToken", std::move(what)); }

/// The first name server of the machine: providers stand on the internet.
std::string name_server() {
  for (const std::string& line : split(read_file("/etc/resolv.conf").value_or(""), '\n')) {
    if (line.starts_with("nameserver ")) return std::string(trim(line.substr(11)));
  }
  return "127.0.0.1";
}

/// Key sets by issuer, asked for anew after five minutes and when a token names a key that is not there.
class Providers {
 public:
  explicit Providers(std::string data_dir) : data_dir_(std::move(data_dir)) {}

  Result<alb::KeyList> keys(const std::string& issuer, WallTime now, bool is_anew) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = known_.find(issuer);
      if (!is_anew && found != known_.end() && now - found->second.at < kFresh) return found->second.keys;
    }
    auto keys = TRY(fetch(issuer));
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMostProviders) known_.clear();
    known_[issuer] = {.at = now, .keys = keys};
    return keys;
  }

 private:
  struct Known {
    WallTime at;
    alb::KeyList keys;
  };

  /// Source  OpenID Connect Discovery 1.0, 4
  Result<alb::KeyList> fetch(const std::string& issuer) const {
    const alb::Outside outside(name_server(), read_file(data_dir_ + "/ca/root.pem").value_or(""));  // none without a daemon's authority
    const auto get = [&](const std::string& url) -> Result<std::string> {
      const alb::WebAnswer answer = TRY(outside.call({.url = url}, kMost, kLimit));
      if (answer.status != 200) return fail("Web.Status", fmt::format("{} answered {}", url, answer.status));
      return answer.body;
    };
    const auto document = TRY(parse_json(TRY(get(issuer + (issuer.ends_with("/") ? "" : "/") + ".well-known/openid-configuration")), "the provider's configuration"));
    const json::object* configuration = document.if_object();
    if (configuration == nullptr || string_member(*configuration, "issuer") != issuer) return fail("Web.Malformed", "the provider's configuration is of another issuer");
    return alb::parse_key_set(TRY(get(std::string(string_member(*configuration, "jwks_uri")))));
  }

  std::string data_dir_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

/// The claims of a token, not yet believed.
Result<json::object> claims_of(const std::string& token) {
  const std::vector<std::string> parts = split(token, '.');
  const auto text = parts.size() == 3 ? alb::decode_url64(parts[1]) : std::nullopt;
  auto value = text ? parse_json(*text, "the claims") : Result<json::value>(fail("Token", "no token"));
  if (!value || !value->is_object()) return bad_token("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  return std::move(value->get_object());
}

WebIdentity identity_of(const json::object& claims, const model::IdentityProvider& provider) {
  WebIdentity identity{.provider_arn = provider.arn, .issuer = std::string(string_member(claims, "iss")), .subject = std::string(string_member(claims, "sub")), .party = std::string(string_member(claims, "azp")), .audience = strings_member(claims, "aud")};
  if (identity.audience.empty()) identity.audience.emplace_back(string_member(claims, "aud"));
  return identity;
}

/// Signature, issuer and times.
Result<void> check_token(Providers& providers, const std::string& token, const json::object& claims, WallTime now) {
  const std::string issuer(string_member(claims, "iss"));
  for (const bool is_anew : {false, true}) {
    const auto keys = providers.keys(issuer, now, is_anew);
    if (!keys) {
      log_warn("keys of an identity provider not fetched", {{"issuer", issuer}, {"error", keys.error().message()}});
      return bad_token("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements");
    }
    bool knows_key = false;
    const std::string_view why = alb::refusal_of(token, *keys, {.jwks_endpoint = {}, .issuer = issuer, .claims = {}}, now.ms / 1000, knows_key);
    if (!knows_key && !is_anew) continue;
    const auto expires = number_member(claims, "exp");
    if (!why.empty() && why.find("Claim") != std::string_view::npos && expires && *expires <= static_cast<double>(now.ms) / 1000) {
      return fail("ExpiredTokenException", fmt::format("Token expired: current date/time {} must be before the expiration date/time {}", now.ms / 1000, static_cast<int64_t>(*expires)));
    }
    if (!why.empty()) return bad_token(fmt::format("The web identity token could not be validated: {}", why));
    return {};
  }
  return {};
}

Result<shapes::AssumeRoleWithWebIdentityResponse> assume(const services::Deps& deps, Providers& providers, const aws::CallContext& context, const shapes::AssumeRoleWithWebIdentityRequest& request) {
  if (request.provider_id) return fail("ValidationError", "Landfall does not support ProviderId yet: it knows OpenID Connect providers alone, whose tokens name their issuer");
  const json::object claims = TRY(claims_of(*request.web_identity_token));
  const std::string issuer(string_member(claims, "iss"));
  const std::vector<std::string> role = split(*request.role_arn, ':');
  if (!issuer.starts_with("https://")) return bad_token("Issuer must be a valid URL");
  const auto provider = store::find<model::IdentityProvider>(deps.store, fmt::format("arn:aws:iam::{}:oidc-provider/{}", role.size() > 4 ? role[4] : "", issuer.substr(8)));
  if (!provider) return bad_token("No OpenIDConnect provider found in your account for " + issuer);
  const WebIdentity identity = identity_of(claims, *provider);
  const bool is_meant = std::ranges::any_of(identity.audience, [&](const std::string& one) { return std::ranges::count(provider->client_ids, one) > 0; });
  if (!is_meant) return bad_token("Incorrect token audience");
  TRY(check_token(providers, *request.web_identity_token, claims, deps.clock.wall()));
  return services::sts::assume_with_web_identity(deps, context, request, identity);
}

}  // namespace

void register_web_identity(aws::Registry& registry, const services::Deps& deps) {
  const auto providers = std::make_shared<Providers>(deps.data_dir);
  registry.add<shapes::AssumeRoleWithWebIdentityRequest, shapes::AssumeRoleWithWebIdentityResponse>("sts", "AssumeRoleWithWebIdentity", {"*"},
                                                                                                   [&deps, providers](const aws::CallContext& c, const auto& r) { return assume(deps, *providers, c, r); });
}

}  // namespace landfall::daemon
