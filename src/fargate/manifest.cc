#include "fargate/manifest.h"

#include <sys/utsname.h>

#include <fmt/format.h>

#include "base/json.h"
#include "fargate/reference.h"

namespace landfall::fargate {
namespace {

constexpr size_t kMaxLayers = 127;               // Docker's bound
constexpr size_t kMaxIndex = 256;
constexpr int64_t kMaxBlob = 20ll << 30;         // a task's ephemeral storage
constexpr int64_t kMaxConfig = 4 << 20;

std::unexpected<Error> invalid(std::string_view what) { return fail("Image.InvalidManifest", fmt::format("the image's manifest is invalid: {}", what), Blame::remote); }

Result<Descriptor> descriptor_of(const json::object& object, std::string_view where, int64_t bound) {
  Descriptor found{.media_type = std::string(string_member(object, "mediaType")), .digest = std::string(string_member(object, "digest"))};
  if (!is_digest(found.digest)) return invalid(fmt::format("the digest of {} is '{}'; wanted sha256: and 64 hex digits", where, found.digest.substr(0, 100)));
  const json::value* size = object.if_contains("size");
  if (size == nullptr || !size->is_int64() || size->get_int64() < 0) return invalid(fmt::format("the size of {} is missing or not a number", where));
  found.size = size->get_int64();
  if (found.size > bound) return invalid(fmt::format("{} has {} bytes; at most {} are allowed", where, found.size, bound));
  return found;
}

}  // namespace

std::string accepted_manifests() {
  return "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
         "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*";
}

Result<Manifest> parse_manifest(std::string_view text) {
  const json::value value = TRY(parse_json(text, "the image's manifest"));
  const json::object* object = value.if_object();
  if (object == nullptr) return invalid("it is not a JSON object");
  const json::value* version = object->if_contains("schemaVersion");
  if (version == nullptr || !version->is_int64() || version->get_int64() != 2) return invalid("schemaVersion is not 2");
  Manifest manifest;
  if (const json::array* entries = array_member(*object, "manifests")) {
    if (entries->size() > kMaxIndex) return invalid(fmt::format("its index has {} entries; at most {} are allowed", entries->size(), kMaxIndex));
    for (const json::value& entry : *entries) {
      const json::object* at = entry.if_object();
      if (at == nullptr) return invalid("an entry of its index is not an object");
      const json::object* platform = object_member(*at, "platform");
      manifest.index.push_back({.manifest = TRY(descriptor_of(*at, "an entry of the index", kMaxConfig)), .os = platform ? std::string(string_member(*platform, "os")) : "",
                                .architecture = platform ? std::string(string_member(*platform, "architecture")) : ""});
    }
    if (manifest.index.empty()) return invalid("its index is empty");
    return manifest;
  }
  const json::object* config = object_member(*object, "config");
  if (config == nullptr) return invalid("it has neither config nor manifests");
  manifest.config = TRY(descriptor_of(*config, "the config", kMaxConfig));
  const json::array* layers = array_member(*object, "layers");
  if (layers == nullptr) return invalid("it has no layers");
  if (layers->size() > kMaxLayers) return invalid(fmt::format("it has {} layers; at most {} are allowed", layers->size(), kMaxLayers));
  for (const json::value& layer : *layers) {
    if (!layer.is_object()) return invalid("a layer is not an object");
    manifest.layers.push_back(TRY(descriptor_of(layer.get_object(), "a layer", kMaxBlob)));
  }
  return manifest;
}

Result<Descriptor> choose_platform(const Manifest& manifest, const std::string& architecture) {
  for (const PlatformManifest& entry : manifest.index) {
    if (entry.os == "linux" && entry.architecture == architecture) return entry.manifest;
  }
  return fail("Image.NoPlatform", fmt::format("image Manifest does not contain descriptor matching platform 'linux/{}'", architecture), Blame::remote);
}

Result<ImageConfig> parse_image_config(std::string_view text) {
  const json::value value = TRY(parse_json(text, "the image's config"));
  const json::object* object = value.if_object();
  if (object == nullptr) return fail("Image.InvalidConfig", "the image's config is not a JSON object", Blame::remote);
  ImageConfig config{.os = std::string(string_member(*object, "os")), .architecture = std::string(string_member(*object, "architecture"))};
  const json::object* process = object_member(*object, "config");
  if (process == nullptr) return config;
  config.entrypoint = strings_member(*process, "Entrypoint");
  config.command = strings_member(*process, "Cmd");
  config.environment = strings_member(*process, "Env");
  config.user = string_member(*process, "User");
  config.working_directory = string_member(*process, "WorkingDir");
  config.stop_signal = string_member(*process, "StopSignal");
  if (const json::object* volumes = object_member(*process, "Volumes")) {
    for (const auto& volume : *volumes) config.volumes.emplace_back(volume.key());
  }
  return config;
}

std::string host_architecture() {
  utsname name{};
  uname(&name);
  const std::string machine = name.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

}  // namespace landfall::fargate
