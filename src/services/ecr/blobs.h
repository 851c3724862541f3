#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/deps.h"

/// The bytes of the registry: blobs lie in <data_dir>/registry/blobs/sha256/, named by digest, verified before they get their
/// name; unfinished ones in registry/uploads/. All repositories share them.
namespace landfall::services::ecr {

bool is_digest(std::string_view text);    ///< "sha256:" and 64 digits
bool is_upload_id(std::string_view text);

std::filesystem::path blob_path(const Deps& deps, std::string_view digest);
std::filesystem::path upload_path(const Deps& deps, const std::string& id);

/// A fresh upload, empty; its id.
Result<std::string> begin_upload(const Deps& deps);
Result<void> append_to_upload(const Deps& deps, const std::string& id, std::string_view bytes);
/// The upload gets the name of its digest only if that is its digest; else it is gone. Errors: "DIGEST_INVALID".
Result<void> finish_upload(const Deps& deps, const std::string& id, const std::string& digest);

}  // namespace landfall::services::ecr
