#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/message.h"
#include "model/storage.h"
#include "services/deps.h"

namespace landfall::services::ecr {

/// The OCI distribution API (paths under /v2/) over the same repositories: push and pull with Basic AWS:password. Blobs lie
/// in <data_dir>/registry/blobs/sha256/, named by digest, verified before they get their name.
class Distribution {
 public:
  /// Whether the holder of an access key may do the action ("ecr:PutImage") to the repository. Empty: everything is allowed.
  using Authorize = std::function<Result<void>(const std::string& access_key, const std::string& action, const std::string& repository_arn)>;

  Distribution(const Deps& deps, std::string default_account, std::string default_region, Authorize authorize = {})
      : deps_(deps), account_(std::move(default_account)), region_(std::move(default_region)), authorize_(std::move(authorize)) {}
  http::Response handle(const http::Request& request) const;

 private:
  struct Place;
  http::Response admit(const http::Request& request, const Place& place, const std::string& holder) const;
  http::Response open_layer(const http::Request& request, const Place& place, const std::string& token) const;
  std::optional<model::Repository> create_on_push(const Place& place) const;
  http::Response dispatch(const http::Request& request, const Place& place) const;
  http::Response blob(const http::Request& request, const Place& place) const;
  http::Response start_upload(const http::Request& request, const Place& place) const;
  http::Response continue_upload(const http::Request& request, const Place& place) const;
  http::Response manifest(const http::Request& request, const Place& place) const;
  http::Response put_manifest(const http::Request& request, const Place& place) const;
  http::Response tags(const Place& place) const;
  Result<void> append(const http::Request& request, const std::string& upload) const;
  const Deps& deps_;
  std::string account_, region_;
  Authorize authorize_;
};

}  // namespace landfall::services::ecr
