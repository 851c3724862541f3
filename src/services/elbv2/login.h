#pragma once

#include "http/message.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {

/// AuthenticateOidcConfig between the wire and records. `before`: actions that this list replaces, whose secret
/// UseExistingClientSecret means.
Result<model::AuthenticateOidc> read_login(const shapes::AuthenticateOidcActionConfig& given, const std::vector<model::Action>& before);
/// Without the secret.
shapes::AuthenticateOidcActionConfig render_login(const model::AuthenticateOidc& login);

/// Makes the region's key that signs claims, if an action needs one and there is none yet.
Result<void> ensure_claims_key(const Deps& deps, Transaction& tx, const std::string& region, const std::vector<model::Action>& actions);

/// GET https://public-keys.auth.elb.REGION.amazonaws.com/KEY-ID answers the key as PEM (ALB user guide, Authenticate users:
/// Signature verification). Anybody may read it.
bool asks_for_claims_key(const http::Request& request);
http::Response claims_key(const store::Store& store, const http::Request& request);

}  // namespace landfall::services::elbv2
