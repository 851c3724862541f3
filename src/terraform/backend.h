#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "terraform/provider.h"
#include "terraform/state.h"

namespace landfall::terraform {

/// Who holds a state, as Terraform writes it into locks.
struct LockInfo {
  std::string id, operation, info, who, version, created, path;
  std::string to_json() const;
  std::string describe() const;  ///< the lines that a person reads
};
LockInfo parse_lock(std::string_view text);

/// Whether `found` (JSON; empty: there is none) is the lock with that id. Errors: as of Backend::break_lock.
Result<void> check_lock_id(const std::string& found, const std::string& id, const std::string& place);

/// "pid 123 since 456" of this process, for LockInfo::info; and whether a lock was ours, on this host, and its process is
/// gone: then it may be taken over.
std::string this_process();
bool is_abandoned(const LockInfo& holder, const LockInfo& mine);

/// Where one state lives.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Nothing: there is no state yet. Errors: "State.Malformed", "State.Digest", and what the store said.
  virtual Result<std::optional<State>> read() = 0;
  virtual Result<void> write(const State& state) = 0;
  /// Errors: "State.Locked" says who holds it.
  virtual Result<void> lock(const LockInfo& info) = 0;
  virtual Result<void> unlock() = 0;
  /// Takes away a lock that nobody holds any more. Errors: "Lock.None"; "Lock.Id" tells the id that it has.
  virtual Result<void> break_lock(const std::string& id) = 0;
  virtual std::string place() const = 0;  ///< for people: a path, or s3://bucket/key
};

/// A file. The lock is a file beside it, held by flock too, so that a killed holder frees it.
std::unique_ptr<Backend> open_file_backend(const std::filesystem::path& path);

struct S3Location {
  std::string bucket, key, region, dynamodb_table;
  bool uses_lockfile = false, is_encrypted = false;
};

/// Where the bucket of a state is, if it is anywhere; else the region of `cloud`. S3 takes calls of the bucket's region only.
std::string region_of_state(const Cloud& cloud, const std::string& bucket);

/// An object of the S3 that `cloud` reaches, locked by an item of a DynamoDB table or by a .tflock object.
std::unique_ptr<Backend> open_s3_backend(const Cloud& cloud, S3Location location);

/// Makes the bucket and the lock table if they are not there: for `up`, which brings everything that it needs.
Result<void> prepare_s3(const Cloud& cloud, const S3Location& location);

/// Where a server keeps a state, and how it is spoken to. Without a lock_address nothing is locked.
struct HttpLocation {
  std::string address, update_method = "POST";
  std::string lock_address{}, lock_method = "LOCK", unlock_address{}, unlock_method = "UNLOCK";
  std::string username{}, password{};
  bool skips_verification = false;
  int retries = 2;  ///< after a failure that may pass
  std::chrono::seconds shortest_wait{1}, longest_wait{30};
};

/// Errors: "State.Http" names method, address and status.
std::unique_ptr<Backend> open_http_backend(HttpLocation location);

/// Reads the arguments of an http backend, each by its name ("" where it is not written); what is not written may be in the
/// environment (TF_HTTP_ADDRESS). Errors: "Backend.Config" names the argument.
Result<HttpLocation> http_location(const std::function<std::string(std::string_view)>& argument);

}  // namespace landfall::terraform
