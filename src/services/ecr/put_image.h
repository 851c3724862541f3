#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/deps.h"

namespace landfall::services::ecr {

bool is_tag(std::string_view text);  ///< distribution spec: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}

constexpr size_t kMaxManifest = 4 << 20;  // distribution spec: 4 MiB

/// A manifest as it comes from a push or PutImage.
struct NewImage {
  std::string repository_key;       ///< Repository::key
  std::string bytes, media_type;    ///< media_type "": as the manifest says
  std::optional<std::string> tag, digest;
  bool refuses_what_is_there = false;  ///< PutImage: the same digest under the same tag is an error
};

/// Takes a manifest only when everything it names is there, in one transaction with its tag, and replicates it as the
/// registry is set to. A tag moves unless it is immutable. Returns the digest.
/// Errors in ECR's words: "InvalidParameterException", "ImageDigestDoesNotMatchException", "LayersNotFoundException",
/// "ReferencedImagesNotFoundException", "ImageAlreadyExistsException", "ImageTagAlreadyExistsException", "RepositoryNotFoundException".
Result<std::string> put_image(const Deps& deps, const NewImage& image);

}  // namespace landfall::services::ecr
