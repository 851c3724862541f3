#pragma once

#include <string>

#include "services/elbv2/support.h"

/// Bundles of certificates and revocation lists as trust stores take them (ALB user guide, Mutual authentication with TLS).
namespace landfall::services::elbv2 {

/// Where a caller says that bytes lie.
struct S3Place {
  std::optional<std::string> bucket, key, version;
};

/// The bytes of that object of the caller's. `missing` if there is none; never read beyond 1 MiB: `invalid`.
Result<std::string> bytes_at(const Deps& deps, const Transaction& tx, const CallContext& context, const S3Place& place, const Error& missing, const Error& invalid);

/// How many certificates of authorities the PEM holds; 0 if one of its blocks does not parse or is no authority's.
int count_authorities(const std::string& pem);
/// How many certificates the PEM's revocation lists name; empty if it holds no list or a block does not parse.
std::optional<int64_t> count_revoked(const std::string& pem);

}  // namespace landfall::services::elbv2
