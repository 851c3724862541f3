// Reads any bytes as what a registry answers (a manifest, an index, an image's configuration) and as the name of an image.
// A reference that is accepted must be read alike when it is written down again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fargate/manifest.h"
#include "fargate/reference.h"

using namespace landfall::fargate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = parse_manifest(text)) (void)choose_platform(*manifest, "amd64");
  (void)parse_image_config(text);
  if (const auto reference = parse_reference(text)) {
    const auto again = parse_reference(reference->name());
    const bool is_same = again && again->host == reference->host && again->repository == reference->repository && again->selector() == reference->selector();
    if (!is_same) abort();
    (void)reference->base_url();
  }
  return 0;
}
