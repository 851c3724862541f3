#pragma once

#include <optional>
#include <string_view>

#include "aws/credentials_file.h"
#include "aws/endpoint.h"
#include "store/store.h"

namespace landfall::daemon {

/// Makes sure that the administrator's key is stored for the account; writes it only if it changed.
Result<void> store_admin_key(store::Store& store, const aws::AdminKey& key, const std::string& account);

/// Looks a signing key up among the stored ones.
std::optional<aws::KeyOwner> find_key(const store::Store& store, std::string_view access_key);

}  // namespace landfall::daemon
