#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"

namespace landfall::fargate {

struct LayerBounds {
  int64_t bytes = 20ll << 30;
  int64_t entries = 2'000'000;
};

/// Unpacks one layer (tar; plain, gzip or zstd) into an empty folder as overlayfs wants it: a whiteout becomes a 0/0
/// character device, an opaque folder the attribute trusted.overlay.opaque. Names are resolved inside the folder, so
/// nothing outside it is written whatever symbolic links and ".." the layer holds; devices are left out.
/// Source  OCI image specification, layer.md; kernel documentation, overlayfs.
/// Errors: "Layer.Malformed", "Layer.TooLarge", errno errors (Host.ENOSPC among them).
Result<void> unpack_layer(const std::filesystem::path& blob, const std::filesystem::path& folder, const LayerBounds& bounds = {});

/// A file below `root`, with symbolic links resolved inside it; at most 1 MiB.
Result<std::string> read_in_root(const std::filesystem::path& root, const std::string& path);

}  // namespace landfall::fargate
