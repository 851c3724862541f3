#include "fargate/layer.h"

#include <doctest/doctest.h>
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"

using namespace landfall;
using namespace landfall::fargate;
namespace fs = std::filesystem;

namespace {

/// A folder for one test, with a layer and a place to unpack it.
class Layer {
 public:
  explicit Layer(int filter = ARCHIVE_FILTER_NONE) : writer_(archive_write_new()) {
    archive_write_add_filter(writer_, filter);
    archive_write_set_format_pax(writer_);
    archive_write_open_filename(writer_, blob().c_str());
    fs::create_directory(root());
  }
  ~Layer() {
    archive_write_free(writer_);
    fs::remove_all(folder_);
  }

  Layer& entry(const char* name, int type, const std::string& data = "", const char* target = nullptr, bool is_hard_link = false) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_perm(entry, 0755);
    if (is_hard_link) {
      archive_entry_set_hardlink(entry, target);
    } else {
      archive_entry_set_filetype(entry, static_cast<unsigned>(type));
      if (target != nullptr) archive_entry_set_symlink(entry, target);
      archive_entry_set_size(entry, static_cast<la_int64_t>(data.size()));
    }
    archive_write_header(writer_, entry);
    if (!data.empty()) archive_write_data(writer_, data.data(), data.size());
    archive_entry_free(entry);
    return *this;
  }
  Layer& file(const char* name, const std::string& data) { return entry(name, AE_IFREG, data); }

  Result<void> unpack(const LayerBounds& bounds = {}) {
    archive_write_close(writer_);
    return unpack_layer(blob(), root(), bounds);
  }
  fs::path root() const { return folder_ / "root"; }
  fs::path folder() const { return folder_; }
  fs::path blob() const { return folder_ / "blob"; }

 private:
  static fs::path make() {
    std::string name = (fs::temp_directory_path() / "lf-layer-test.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }
  fs::path folder_ = make();
  archive* writer_;
};

}  // namespace

TEST_CASE("files, folders and links come out; gzip and zstd too") {
  for (const int filter : {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD}) {
    Layer layer(filter);
    layer.entry("etc/", AE_IFDIR).file("etc/a", "text").entry("etc/b", AE_IFLNK, "", "a").entry("etc/c", 0, "", "etc/a", true).file("deep/er/x", "y");
    const auto done = layer.unpack();
    CHECK_MESSAGE(done, (done ? "" : done.error().message()));
    CHECK(read_file(layer.root() / "etc/a").value_or("") == "text");
    CHECK(fs::read_symlink(layer.root() / "etc/b") == "a");
    CHECK(fs::hard_link_count(layer.root() / "etc/a") == 2);
    CHECK(read_file(layer.root() / "deep/er/x").value_or("") == "y");
  }
}

TEST_CASE("whiteouts become what overlayfs reads" * doctest::skip(geteuid() != 0)) {
  Layer layer;
  layer.file("a/.wh.gone", "").file("b/.wh..wh..opq", "").file("b/.wh..wh.plnk", "");
  REQUIRE(layer.unpack());

  struct stat what {};
  REQUIRE(lstat((layer.root() / "a/gone").c_str(), &what) == 0);
  CHECK(S_ISCHR(what.st_mode));
  CHECK(what.st_rdev == makedev(0, 0));
  char value = 0;
  CHECK(getxattr((layer.root() / "b").c_str(), "trusted.overlay.opaque", &value, 1) == 1);
  CHECK(value == 'y');
  CHECK(!fs::exists(layer.root() / "b/.wh..wh.plnk"));
}

TEST_CASE("nothing is written outside the folder") {
  SUBCASE("upwards") {
    Layer layer;
    layer.file("../outside", "x");
    const auto done = layer.unpack();
    REQUIRE(!done);
    CHECK(done.error().what == "the layer's entry '../outside' leads upwards");
    CHECK(!fs::exists(layer.folder() / "outside"));
  }
  SUBCASE("through a symbolic link") {
    Layer layer;
    layer.entry("link", AE_IFLNK, "", layer.folder().c_str()).file("link/outside", "x");
    (void)layer.unpack();
    CHECK(!fs::exists(layer.folder() / "outside"));
  }
  SUBCASE("through a symbolic link that leads upwards") {
    Layer layer;
    layer.entry("link", AE_IFLNK, "", "../..").file("link/outside", "x");
    (void)layer.unpack();
    CHECK(!fs::exists(layer.folder().parent_path() / "outside"));
    CHECK(!fs::exists(layer.folder() / "outside"));
  }
  SUBCASE("by a hard link") {
    Layer layer;
    REQUIRE(write_file_atomic(layer.folder() / "secret", "s"));
    layer.entry("link", 0, "", (layer.folder() / "secret").c_str(), true);
    CHECK(!layer.unpack());
    CHECK(!fs::exists(layer.root() / "link"));
  }
  SUBCASE("by a file over a symbolic link") {
    Layer layer;
    REQUIRE(write_file_atomic(layer.folder() / "secret", "s"));
    layer.entry("link", AE_IFLNK, "", (layer.folder() / "secret").c_str()).file("link", "changed");
    CHECK(layer.unpack());
    CHECK(read_file(layer.folder() / "secret").value_or("") == "s");
    CHECK(read_file(layer.root() / "link").value_or("") == "changed");
  }
  SUBCASE("an absolute name is below the root") {
    Layer layer;
    layer.file("/lf-layer-test-absolute", "x");
    CHECK(layer.unpack());
    CHECK(fs::exists(layer.root() / "lf-layer-test-absolute"));
    CHECK(!fs::exists("/lf-layer-test-absolute"));
  }
}

TEST_CASE("devices are left out and bounds hold") {
  Layer layer;
  layer.entry("dev/sda", AE_IFBLK).file("big", std::string(2000, 'x'));
  const auto done = layer.unpack({.bytes = 1000});
  REQUIRE(!done);
  CHECK(done.error().code == "Layer.TooLarge");
  CHECK(!fs::exists(layer.root() / "dev/sda"));
}

TEST_CASE("what is no archive is refused") {
  Layer layer;
  (void)layer.unpack();
  REQUIRE(write_file_atomic(layer.blob(), std::string(4096, 'z')));
  const auto done = unpack_layer(layer.blob(), layer.root());
  REQUIRE(!done);
  CHECK(done.error().code == "Layer.Malformed");
}

TEST_CASE("a file of the image is read inside it") {
  Layer layer;
  layer.entry("etc/passwd", AE_IFLNK, "", "/../../../../etc/hostname").entry("etc/group", AE_IFLNK, "", "/real").file("real", "r");
  REQUIRE(layer.unpack());
  CHECK(read_in_root(layer.root(), "etc/group").value_or("") == "r");
  CHECK(!read_in_root(layer.root(), "etc/passwd"));
  CHECK(!read_in_root(layer.root(), "etc"));
}
