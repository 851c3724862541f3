#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "fargate/manifest.h"
#include "fargate/reference.h"

namespace landfall::fargate {

struct PullOptions {
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds transfer_timeout{600'000};
  int tries = 4;                               ///< of what a later try may change: no connection, 5xx, 429
  std::chrono::milliseconds pause{100};        ///< before the second try; twice as long before each next one
};

/// Registries of ECR, which Landfall itself is, and how they are trusted. Its authority counts for their names only;
/// every other registry is judged by the system's roots.
struct EcrAccess {
  std::filesystem::path ca_file;
  std::filesystem::path secret_file;  ///< the password of user AWS
  std::string host, address;          ///< the one that images of other registries were given to, and where it answers
};

/// A connection that did not come about: for the reason that `why` gives.
struct Unreachable {
  std::string host, ip;  ///< ip is empty if the name could not be looked up
  int port = 443;
};

/// A task's wish for one image. Everything goes through `network_namespace`.
struct PullRequest {
  std::string image;
  std::string architecture;             ///< "amd64", "arm64"
  std::string network_namespace;
  bool has_execution_role = false;      ///< without it ECR gives no password
  bool is_given = false;                ///< another registry's image that was given to this daemon
  std::function<bool()> is_cancelled;
  std::function<void(const std::string&)> tell;   ///< what is being waited for, for people
  std::function<void(const Unreachable&)> tell_unreachable;  ///< after each try that met no answer
};

struct PulledImage {
  std::string digest;                ///< of the manifest that the reference named (an index's, for an index)
  ImageConfig config;
  std::vector<std::string> layers;   ///< names below Images::layers_folder(), lowest first
};

/// A pull's failure: `error.what` is the text of AWS ("CannotPullContainerError: …").
struct PullFailure {
  Error error;
  std::optional<Unreachable> unreachable;
  bool is_not_found = false;  ///< the registry answered that there is no such image
};

/// Images on disk, by digest: <folder>/blobs/sha256/<hex> and <folder>/layers/<32 hex>. Thread-safe; what a crash left half done
/// is removed by the next start.
class Images {
 public:
  Images(std::filesystem::path folder, EcrAccess ecr, IdSource& ids, PullOptions options);

  /// Blocks. The manifest is asked for each time, through the namespace; blobs and layers only if they are not here yet.
  std::expected<PulledImage, PullFailure> pull(const PullRequest& request);
  std::filesystem::path layers_folder() const { return folder_ / "layers"; }

 private:
  friend class Pull;
  std::shared_ptr<std::mutex> lock_of(const std::string& digest);

  std::filesystem::path folder_;
  EcrAccess ecr_;
  IdSource& ids_;
  PullOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<std::mutex>> locks_;
};

/// "<account>.dkr.ecr.<region>.amazonaws.com".
bool is_ecr_host(const std::string& host);

}  // namespace landfall::fargate
