#include "services/ecr/put_image.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "services/ecr/blobs.h"
#include "services/ecr/replicate.h"
#include "services/ecr/scanning.h"
#include "services/ecr/support.h"

namespace landfall::services::ecr {

bool is_tag(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= 128 && text[0] != '.' && text[0] != '-' && std::ranges::all_of(text, fits);
}

namespace {

/// Digests that a manifest needs: config and layers of an image, manifests of an index.
std::vector<std::pair<std::string, bool>> needs_of(const json::object& manifest) {
  std::vector<std::pair<std::string, bool>> needs;
  if (const json::object* config = object_member(manifest, "config")) needs.emplace_back(string_member(*config, "digest"), false);
  for (const char* list : {"layers", "manifests"}) {
    const json::array* array = array_member(manifest, list);
    if (array == nullptr) continue;
    for (const json::value& entry : *array) {
      if (entry.is_object()) needs.emplace_back(string_member(entry.get_object(), "digest"), std::string_view(list) == "manifests");
    }
  }
  return needs;
}

int64_t size_of_layers(const json::object& manifest) {
  int64_t total = 0;
  if (const json::array* layers = array_member(manifest, "layers")) {
    for (const json::value& layer : *layers) {
      const json::value* size = layer.is_object() ? layer.get_object().if_contains("size") : nullptr;
      if (size != nullptr && size->is_int64()) total += size->get_int64();
    }
  }
  return total;
}

/// What the manifest names is there.
Result<void> check_needs(const Deps& deps, const std::string& repository_key, const json::object& manifest) {
  const auto repository = store::find<Repository>(deps.store, repository_key);
  const std::string where = fmt::format("in the repository with name '{}' in registry with id '{}'", repository ? repository->name : "", repository ? repository->account : "");
  std::vector<std::string> layers, manifests;
  for (const auto& [needed, is_manifest] : needs_of(manifest)) {
    const bool there = is_manifest ? store::find<Manifest>(deps.store, repository_key + "/" + needed).has_value() : is_digest(needed) && std::filesystem::exists(blob_path(deps, needed));
    if (!there) (is_manifest ? manifests : layers).push_back(needed);
  }
  if (!layers.empty()) return fail("LayersNotFoundException", fmt::format("Layers with digests '[{}]' required for pushing image into repository with name '{}' in the registry with id '{}' do not exist", join(layers, ", "), repository ? repository->name : "", repository ? repository->account : ""));
  if (!manifests.empty()) return fail("ReferencedImagesNotFoundException", fmt::format("Images with digests '[{}]' required for pushing image do not exist {}", join(manifests, ", "), where));
  return {};
}

Result<void> move_tag(const Transaction& tx, Repository& repository, const NewImage& image, const std::string& digest) {
  const auto tag = repository.image_tags.find(*image.tag);
  const bool is_there = tag != repository.image_tags.end();
  if (is_there && tag->second == digest && image.refuses_what_is_there) {
    return fail("ImageAlreadyExistsException", fmt::format("Image with digest '{}' and tag '{}' already exists in the repository with name '{}' in registry with id '{}'", digest, *image.tag, repository.name, repository.account));
  }
  if (is_there && tag->second != digest && !is_mutable(tx, repository, *image.tag)) {
    return fail("ImageTagAlreadyExistsException", fmt::format("The image tag '{}' already exists in the '{}' repository and cannot be overwritten because the tag is immutable.", *image.tag, repository.name));
  }
  repository.image_tags[*image.tag] = digest;
  return {};
}

}  // namespace

Result<std::string> put_image(const Deps& deps, const NewImage& image) {
  const auto value = parse_json(image.bytes, "the manifest");
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return invalid_member("ImageManifest", "Invalid JSON syntax");
  const std::string digest = "sha256:" + to_hex(sha256(image.bytes));
  if (image.digest && *image.digest != digest) return fail("ImageDigestDoesNotMatchException", fmt::format("Provided digest '{}' does not match the digest of the image manifest '{}'", *image.digest, digest));
  const std::string type(image.media_type.empty() ? string_member(*object, "mediaType") : image.media_type);
  if (type.empty()) return invalid_member("ImageManifest", "Image manifest media type is missing");
  TRY(check_needs(deps, image.repository_key, *object));
  TRY(make_directories(blob_path(deps, digest).parent_path(), 0700));
  TRY(write_file_atomic(blob_path(deps, digest), image.bytes, 0600));
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    auto repository = store::find<Repository>(tx, image.repository_key);
    if (!repository) return fail("RepositoryNotFoundException", "the repository is gone");
    Manifest manifest{.repository_key = image.repository_key, .digest = digest, .media_type = type, .size = static_cast<int64_t>(image.bytes.size()), .image_size = size_of_layers(*object), .pushed_at = deps.clock.wall()};
    const auto before = store::find<Manifest>(tx, manifest.key());
    const bool is_there = before.has_value();
    if (is_there) manifest.scanned_at = before->scanned_at;
    else if (object->contains("config") && scans_on_push(tx, *repository)) manifest.scanned_at = deps.clock.wall();
    if (!image.tag && is_there && image.refuses_what_is_there) {
      return fail("ImageAlreadyExistsException", fmt::format("Image with digest '{}' already exists in the repository with name '{}' in registry with id '{}'", digest, repository->name, repository->account));
    }
    if (image.tag) TRY(move_tag(tx, *repository, image, digest));
    store::put(tx, *repository);
    store::put(tx, manifest);
    replicate(deps, tx, *repository, manifest, image.tag);
    return {};
  }));
  return digest;
}

}  // namespace landfall::services::ecr
