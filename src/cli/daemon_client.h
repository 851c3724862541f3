#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "aws/credentials_file.h"
#include "base/error.h"
#include "cli/context.h"

namespace landfall::cli {

/// Where the daemon of a data directory listens, from its `daemon.json`.
struct DaemonAddress {
  int port = 0;
  int pid = 0;
  int dns_port = 0;
  std::string region, account;
  std::string url() const;
};

/// Speaks to the daemon's own routes (/_landfall/…) with the administrator's secret.
class DaemonClient {
 public:
  /// Errors: "Daemon.NotRunning" says how to start one.
  static Result<DaemonClient> connect(const std::filesystem::path& data_dir);

  const DaemonAddress& address() const { return address_; }
  const aws::AdminKey& key() const { return key_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }
  std::string ca_file() const { return data_dir_ / "ca" / "root.pem"; }

  Result<std::string> get(const std::string& path_and_query) const;
  Result<std::string> post(const std::string& path, const std::string& body) const;

 private:
  Result<std::string> send(const std::string& method, const std::string& path, const std::string& body) const;
  std::filesystem::path data_dir_;
  DaemonAddress address_;
  aws::AdminKey key_;
};

/// Connects, or starts a daemon for the data directory and waits until it answers. `said` is called with one line when
/// one is started. Errors: what the daemon wrote before it ended.
Result<DaemonClient> ensure_daemon(const ServeArguments& arguments, const std::function<void(const std::string&)>& said);

/// Asks the daemon to end (purge: and to take everything away first) and waits until its process is gone.
Result<void> stop_daemon(const std::filesystem::path& data_dir, bool purge);

}  // namespace landfall::cli
