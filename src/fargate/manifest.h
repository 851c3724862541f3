#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::fargate {

struct Descriptor {
  std::string media_type, digest;
  int64_t size = 0;
};

/// An entry of an index: a manifest for one platform.
struct PlatformManifest {
  Descriptor manifest;
  std::string os, architecture;
};

/// What a registry answers for a reference: an image's manifest, or an index of several (`index` not empty).
struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  ///< lowest first
  std::vector<PlatformManifest> index;
};

/// Media types that we accept, for the Accept header.
std::string accepted_manifests();

/// OCI and Docker schema 2 manifests and lists. Errors: "Image.InvalidManifest" names the member.
Result<Manifest> parse_manifest(std::string_view text);

/// Errors: "Image.NoPlatform" in AWS's words.
Result<Descriptor> choose_platform(const Manifest& manifest, const std::string& architecture);

/// What an image says about its process.
struct ImageConfig {
  std::string os, architecture;
  std::vector<std::string> entrypoint, command, environment;
  std::string user, working_directory, stop_signal;
  std::vector<std::string> volumes;
};

Result<ImageConfig> parse_image_config(std::string_view text);

/// This machine in the words of images: "amd64", "arm64".
std::string host_architecture();

}  // namespace landfall::fargate
