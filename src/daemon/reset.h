#pragma once

#include <filesystem>

namespace landfall::daemon {

/// Takes records, objects, images pushed and logs of a data directory away; keys, identity, the root certificate and
/// pulled layers stay. Nobody may have them open.
void erase_records(const std::filesystem::path& data_dir);

/// Becomes this same program with the same arguments: same process id, everything built anew. Returns only on failure.
void start_over();

}  // namespace landfall::daemon
