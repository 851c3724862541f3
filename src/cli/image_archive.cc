#include "cli/image_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::cli {
namespace {

constexpr size_t kPiece = 1 << 20;
constexpr size_t kMostText = 4 << 20;  // distribution spec: a manifest has at most 4 MiB
constexpr int kMostDepth = 4;          // an index of indexes of indexes is no image that anybody made
constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

std::string digest_of(std::string_view bytes) { return "sha256:" + to_hex(sha256(bytes)); }

std::string inside_of(const std::string& digest) {
  const size_t colon = digest.find(':');
  return colon == std::string::npos ? digest : "blobs/" + digest.substr(0, colon) + "/" + digest.substr(colon + 1);
}

bool is_plain_name(std::string_view inside) { return !inside.empty() && inside[0] != '/' && inside.find("..") == std::string_view::npos; }

Result<void> read_from_folder(const std::filesystem::path& path, const std::string& inside, const std::function<Result<void>(std::string_view)>& take) {
  const Fd file(::open((path / inside).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail("Image.Incomplete", fmt::format("{} has no readable file {}", path.string(), inside));
  std::string piece(kPiece, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0) return fail(errno_error("reading " + (path / inside).string(), errno));
    if (got == 0) return {};
    TRY(take({piece.data(), static_cast<size_t>(got)}));
  }
}

std::string_view without_dot(std::string_view name) { return name.starts_with("./") ? name.substr(2) : name; }

Result<void> read_from_archive(const std::filesystem::path& path, const std::string& inside, const std::function<Result<void>(std::string_view)>& take) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kPiece) != ARCHIVE_OK) return fail("Image.NotReadable", fmt::format("{} cannot be read as a tar file: {}", path.string(), archive_error_string(reader.get())));
  archive_entry* entry = nullptr;
  int code = ARCHIVE_OK;
  while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || without_dot(name) != inside) continue;
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    while ((code = archive_read_data_block(reader.get(), &data, &size, &offset)) == ARCHIVE_OK) TRY(take({static_cast<const char*>(data), size}));
    if (code == ARCHIVE_EOF) return {};
    break;
  }
  if (code != ARCHIVE_EOF) return fail("Image.NotReadable", fmt::format("{} cannot be read: {}", path.string(), archive_error_string(reader.get()) ? archive_error_string(reader.get()) : "broken tar file"));
  return fail("Image.Incomplete", fmt::format("{} holds no file {}", path.string(), inside));
}

Result<json::object> object_of(const std::string& text, const std::string& what) {
  json::value value = TRY(parse_json(text, what));
  if (!value.is_object()) return fail("Image.Malformed", what + " is not a JSON object");
  return std::move(value.get_object());
}

}  // namespace

Result<ImageArchive> ImageArchive::open(const std::filesystem::path& path) {
  std::error_code error;
  ImageArchive archive(path);
  archive.is_folder_ = std::filesystem::is_directory(path, error);
  if (!std::filesystem::exists(path, error)) return fail("Image.NotReadable", fmt::format("{} does not exist; wanted is a folder or tar file with an OCI image layout, or what `docker save` wrote", path.string()));
  const auto has = [&](const char* inside) { return archive.read(inside, [](std::string_view) -> Result<void> { return {}; }); };
  const auto layout = has("index.json");
  if (layout) return archive;
  if (layout.error().code == "Image.NotReadable") return fail(layout.error());
  archive.is_docker_ = has("manifest.json").has_value();
  if (!archive.is_docker_) return fail("Image.NotAnImage", fmt::format("{} holds neither index.json (an OCI image layout) nor manifest.json (docker save)", path.string()));
  return archive;
}

Result<void> ImageArchive::read(const std::string& inside, const std::function<Result<void>(std::string_view)>& take) const {
  if (!is_plain_name(inside)) return fail("Image.Malformed", fmt::format("{} names the file '{}', which is outside of it", path_.string(), inside));
  return is_folder_ ? read_from_folder(path_, inside, take) : read_from_archive(path_, inside, take);
}

Result<std::string> ImageArchive::text(const std::string& inside) const {
  std::string whole;
  TRY(read(inside, [&](std::string_view piece) -> Result<void> {
    whole += piece;
    if (whole.size() > kMostText) return fail("Image.Malformed", fmt::format("{} in {} is over {} bytes", inside, path_.string(), kMostText));
    return {};
  }));
  return whole;
}

Result<std::vector<ImageManifest>> ImageArchive::manifests() const {
  if (is_docker_) return docker_manifests();
  const json::object index = TRY(object_of(TRY(text("index.json")), path_.string() + "/index.json"));
  const json::array* entries = array_member(index, "manifests");
  if (entries == nullptr || entries->empty()) return fail("Image.Malformed", fmt::format("{}/index.json lists no image", path_.string()));
  if (entries->size() > 1) return fail("Image.Several", fmt::format("{} holds {} images; one is pushed at a time", path_.string(), entries->size()));
  std::vector<ImageManifest> all;
  const json::object* only = entries->at(0).if_object();
  if (only == nullptr) return fail("Image.Malformed", fmt::format("{}/index.json lists something that is no descriptor", path_.string()));
  TRY(add(std::string(string_member(*only, "digest")), std::string(string_member(*only, "mediaType")), all, 0));
  return all;
}

Result<void> ImageArchive::add(const std::string& digest, const std::string& media_type, std::vector<ImageManifest>& into, int depth) const {
  if (depth > kMostDepth) return fail("Image.Malformed", fmt::format("{} nests indexes more than {} deep", path_.string(), kMostDepth));
  auto its_content = TRY(text(inside_of(digest)));
  ImageManifest manifest{.media_type = media_type, .content = std::move(its_content), .digest = digest};
  if (digest_of(manifest.content) != digest) return fail("Image.Malformed", fmt::format("{} in {} has the digest {}", inside_of(digest), path_.string(), digest_of(manifest.content)));
  const json::object object = TRY(object_of(manifest.content, inside_of(digest)));
  const json::array* children = array_member(object, "manifests");
  if (manifest.media_type.empty()) manifest.media_type = children != nullptr ? kOciIndex : kOciManifest;
  const auto digest_at = [&](const json::value& descriptor) { return descriptor.is_object() ? std::string(string_member(descriptor.get_object(), "digest")) : ""; };
  if (children != nullptr) {
    for (const json::value& child : *children) TRY(add(digest_at(child), child.is_object() ? std::string(string_member(child.get_object(), "mediaType")) : "", into, depth + 1));
  } else {
    const json::value* config = object.if_contains("config");
    const json::array* layers = array_member(object, "layers");
    if (config == nullptr || layers == nullptr) return fail("Image.Malformed", fmt::format("{} in {} has no config or no layers", inside_of(digest), path_.string()));
    for (const json::value& layer : *layers) manifest.blobs.push_back({inside_of(digest_at(layer)), digest_at(layer)});
    manifest.blobs.push_back({inside_of(digest_at(*config)), digest_at(*config)});
  }
  into.push_back(std::move(manifest));
  return {};
}

/// `docker save` before it wrote OCI layouts: plain tar layers, a configuration, and no digests.
Result<std::vector<ImageManifest>> ImageArchive::docker_manifests() const {
  const json::value value = TRY(parse_json(TRY(text("manifest.json")), path_.string() + "/manifest.json"));
  const json::array* images = value.if_array();
  if (images == nullptr || images->empty() || !images->at(0).is_object()) return fail("Image.Malformed", fmt::format("{}/manifest.json lists no image", path_.string()));
  if (images->size() > 1) return fail("Image.Several", fmt::format("{} holds {} images; one is pushed at a time", path_.string(), images->size()));
  const json::object& image = images->at(0).get_object();
  const auto descriptor = [&](const std::string& inside, const char* type) -> Result<json::object> {
    std::string whole;
    int64_t size = 0;
    Sha256 hash;
    TRY(read(inside, [&](std::string_view piece) -> Result<void> {
      hash.add(piece);
      size += static_cast<int64_t>(piece.size());
      return {};
    }));
    return json::object{{"mediaType", type}, {"size", size}, {"digest", "sha256:" + to_hex(hash.finish())}};
  };
  ImageManifest manifest{.media_type = kDockerManifest};
  json::array layers;
  if (const json::array* names = array_member(image, "Layers")) {
    for (const json::value& name : *names) {
      if (!name.is_string()) return fail("Image.Malformed", fmt::format("{}/manifest.json has a layer that is no file name", path_.string()));
      const std::string inside(name.get_string());
      json::object layer = TRY(descriptor(inside, "application/vnd.docker.image.rootfs.diff.tar"));
      manifest.blobs.push_back({inside, std::string(string_member(layer, "digest"))});
      layers.push_back(std::move(layer));
    }
  }
  const std::string config(string_member(image, "Config"));
  const json::object described = TRY(descriptor(config, "application/vnd.docker.container.image.v1+json"));
  manifest.blobs.push_back({config, std::string(string_member(described, "digest"))});
  manifest.content = json::serialize(json::object{{"schemaVersion", 2}, {"mediaType", kDockerManifest}, {"config", described}, {"layers", layers}});
  manifest.digest = digest_of(manifest.content);
  return std::vector<ImageManifest>{std::move(manifest)};
}

}  // namespace landfall::cli
