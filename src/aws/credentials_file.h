#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace landfall::aws {

/// The administrator's key of a data directory: `credentials.json`, mode 0600. The daemon makes it, the CLI reads it.
struct AdminKey {
  std::string access_key, secret_key;
};

Result<void> write_admin_key(const std::filesystem::path& data_dir, const AdminKey& key);
Result<AdminKey> read_admin_key(const std::filesystem::path& data_dir);
bool has_admin_key(const std::filesystem::path& data_dir);

}  // namespace landfall::aws
