// Unpacks any bytes as an image's layer. Nothing beside the folder may come to be, and what lies beside it stays as it was.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fargate/layer.h"

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSecret = "stays as it is";

struct Scratch {
  fs::path place;
  Scratch() {
    std::string name = fs::is_directory("/dev/shm") ? "/dev/shm/landfall-fuzz.XXXXXX" : "/tmp/landfall-fuzz.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) abort();
    place = fs::path(name);
    std::ofstream(place / "secret") << kSecret;
  }
  ~Scratch() { fs::remove_all(place); }

  bool is_untouched() const {
    std::ifstream secret(place / "secret");
    const std::string now{std::istreambuf_iterator<char>(secret), {}};
    return now == kSecret && std::distance(fs::directory_iterator(place), fs::directory_iterator()) == 3;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Scratch scratch;
  const fs::path blob = scratch.place / "blob", root = scratch.place / "root";
  std::ofstream(blob, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  fs::create_directory(root);
  (void)landfall::fargate::unpack_layer(blob, root, {.bytes = 1 << 20, .entries = 64});
  for (const char* name : {"etc/passwd", "a", "link"}) (void)landfall::fargate::read_in_root(root, name);
  if (!scratch.is_untouched()) abort();
  fs::remove_all(root);
  return 0;
}
