#pragma once

#include <string>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::daemon {

/// What comes to the endpoint without a signature, before it: browsers' questions (CORS), websites of buckets, forms, and
/// guests whom a bucket lets in, whose requests go on signed with a key that only this daemon knows.
class OpenDoor {
 public:
  /// All outlive this.
  OpenDoor(const services::Deps& deps, const aws::Endpoint& endpoint, std::string guest_secret, aws::Endpoint::FindKey find_key)
      : deps_(deps), endpoint_(endpoint), guest_secret_(std::move(guest_secret)), find_key_(std::move(find_key)) {}

  http::Response handle(http::Request request) const;

 private:
  http::Response answer(http::Request request) const;
  std::string requester(const http::Request& request) const;

  const services::Deps& deps_;
  const aws::Endpoint& endpoint_;
  std::string guest_secret_;
  aws::Endpoint::FindKey find_key_;
};

}  // namespace landfall::daemon
