#pragma once

#include <filesystem>
#include <string>

#include "aws/credentials_file.h"
#include "base/error.h"
#include "base/ids.h"
#include "model/settings.h"

namespace landfall::daemon {

/// What `landfall serve` was asked for; empty members are chosen and then kept in the data directory.
struct ServeOptions {
  std::filesystem::path data_dir = "/var/lib/landfall";
  int port = 4566;
  std::string region = "us-west-2";
  std::string account = "000000000000";
  std::string public_pool;   ///< CIDR /28 or larger; default: a /24 of 198.18.0.0/15 that this host does not use
  int dns_port = 0;          ///< of the host view on 127.0.0.1; 0: 4653
  bool enforces_iam = false; ///< callers may only what their policies allow
};

/// Files that identify a daemon over restarts. Everything lies under the data directory:
///   identity.json   instance, pools            credentials.json  the admin key (0600)
///   store.db logs.db                           ca/ certificates/ root and keys
///   registry/ images/ objects/ tasks/ alb/     what services and agents keep
///   daemon.log daemon.pid                      of the running daemon
Result<model::Settings> open_data_dir(const ServeOptions& options, IdSource& ids);
/// Makes the key at first start.
Result<aws::AdminKey> open_admin_key(const std::filesystem::path& data_dir, IdSource& ids);

}  // namespace landfall::daemon
