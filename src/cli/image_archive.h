#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::cli {

/// One blob of an image on disk. `path`: inside the folder or archive.
struct ImageBlob {
  std::string path;
  std::string digest;  ///< "sha256:…" as announced; empty: only the content tells (layers of a `docker save` archive)
};

/// A manifest and what it needs, in the order to push.
struct ImageManifest {
  std::string media_type, content, digest;
  std::vector<ImageBlob> blobs;
};

/// An image on disk: an OCI image layout as a folder or as a tar file (plain or compressed), or what `docker save` wrote.
/// Nothing is unpacked to disk.
class ImageArchive {
 public:
  /// Errors: "Image.NotReadable", "Image.NotAnImage" say what was looked for.
  static Result<ImageArchive> open(const std::filesystem::path& path);

  /// Every manifest that the image consists of, children of an index before it; the last one is the image itself.
  /// Several images in one layout are refused: one is pushed at a time. Errors: "Image.Malformed" names the part.
  Result<std::vector<ImageManifest>> manifests() const;

  /// The bytes of a file inside, in pieces. Errors: "Image.Incomplete" names a file that is not there; those of `take`.
  Result<void> read(const std::string& inside, const std::function<Result<void>(std::string_view)>& take) const;

 private:
  explicit ImageArchive(std::filesystem::path path) : path_(std::move(path)) {}
  Result<std::string> text(const std::string& inside) const;
  Result<void> add(const std::string& digest, const std::string& media_type, std::vector<ImageManifest>& into, int depth) const;
  Result<std::vector<ImageManifest>> docker_manifests() const;

  std::filesystem::path path_;
  bool is_folder_ = false, is_docker_ = false;
};

}  // namespace landfall::cli
