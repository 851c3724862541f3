#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace landfall::services::ecr {

/// The secret that registry passwords are made of; <data_dir>/registry/token-secret, made at first use (0600). It is a
/// password itself: the daemon's own, which tasks pull with.
Result<std::string> registry_secret(const std::string& data_dir);

/// The password of GetAuthorizationToken: names the access key that asked for it, until when, sealed with the secret.
std::string registry_password(std::string_view secret, std::string_view access_key, WallTime expires_at);

/// What opens the one layer until then, and nothing else (GetDownloadUrlForLayer).
std::string layer_password(std::string_view secret, std::string_view digest, WallTime expires_at);
bool opens_layer(std::string_view secret, std::string_view password, std::string_view digest, WallTime now);

/// Whose password it is: an access key, "" for the daemon's own; none if it is wrong or too old.
std::optional<std::string> holder_of_password(std::string_view secret, std::string_view password, WallTime now);

}  // namespace landfall::services::ecr
