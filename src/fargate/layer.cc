#include "fargate/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace landfall::fargate {
namespace {

constexpr size_t kMaxPath = 4096;
constexpr int kMaxDepth = 256;

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

/// openat2 with the root folder as "/": ".." and symbolic links cannot lead out.
Fd open_inside(int root, const std::string& path, int flags) {
  const open_how how{.flags = static_cast<uint64_t>(flags | O_CLOEXEC), .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return Fd(static_cast<int>(syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how)));
}

/// "./a//b/" -> {"a", "b"}; ".." is refused: no tool writes it, and what it would mean differs between them.
Result<std::vector<std::string>> parts_of(const char* path) {
  if (path == nullptr) return fail("Layer.Malformed", "an entry of the layer has no name", Blame::remote);
  std::vector<std::string> parts;
  if (std::string_view(path).size() > kMaxPath) return fail("Layer.Malformed", "an entry of the layer has a name over 4096 bytes", Blame::remote);
  for (const std::string& part : split(path, '/')) {
    if (part == "..") return fail("Layer.Malformed", fmt::format("the layer's entry '{}' leads upwards", path), Blame::remote);
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  if (parts.size() > kMaxDepth) return fail("Layer.Malformed", "an entry of the layer is over 256 folders deep", Blame::remote);
  return parts;
}

class Unpacker {
 public:
  Unpacker(archive* from, int root, const LayerBounds& bounds) : from_(from), root_(root), bounds_(bounds) {}

  Result<void> run() {
    archive_entry* entry = nullptr;
    int64_t entries = 0;
    for (int got = archive_read_next_header(from_, &entry); got != ARCHIVE_EOF; got = archive_read_next_header(from_, &entry)) {
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return malformed();
      if (++entries > bounds_.entries) return fail("Layer.TooLarge", fmt::format("the layer has over {} entries", bounds_.entries), Blame::remote);
      TRY(take(entry));
    }
    // Times of folders last: what is put into them would change them.
    for (auto at = folder_times_.rbegin(); at != folder_times_.rend(); ++at) {
      const Fd folder = open_inside(root_, at->first, O_RDONLY | O_DIRECTORY);
      const timespec times[2] = {at->second, at->second};
      if (folder) futimens(folder.get(), times);
    }
    return {};
  }

 private:
  std::unexpected<Error> malformed() const {
    const char* why = archive_error_string(from_);
    return fail("Layer.Malformed", fmt::format("the layer is not a readable archive: {}", why ? why : "unknown error"), Blame::remote);
  }

  /// The folder that holds the entry, made where the layer leaves it out.
  Result<Fd> parent_of(const std::vector<std::string>& parts) {
    const std::vector<std::string> folders(parts.begin(), parts.end() - 1);
    const std::string path = join(folders, "/");
    if (Fd found = open_inside(root_, path, O_RDONLY | O_DIRECTORY)) return found;
    if (errno != ENOENT) return fail(errno_error("opening " + path + " of a layer", errno));
    std::string at;
    for (const std::string& folder : folders) {
      const Fd above = open_inside(root_, at, O_RDONLY | O_DIRECTORY);
      if (!above) return fail(errno_error("opening " + at + " of a layer", errno));
      if (mkdirat(above.get(), folder.c_str(), 0755) != 0 && errno != EEXIST) return fail(errno_error("making " + folder + " of a layer", errno));
      at += (at.empty() ? "" : "/") + folder;
    }
    Fd made = open_inside(root_, path, O_RDONLY | O_DIRECTORY);
    if (!made) return fail(errno_error("opening " + path + " of a layer", errno));
    return made;
  }

  Result<void> take(archive_entry* entry) {
    const std::vector<std::string> parts = TRY(parts_of(archive_entry_pathname(entry)));
    if (parts.empty()) return {};  // "./", the root itself
    const Fd parent = TRY(parent_of(parts));
    const std::string& name = parts.back();
    if (name == ".wh..wh..opq") {
      if (fsetxattr(parent.get(), "trusted.overlay.opaque", "y", 1, 0) != 0) return fail(errno_error("marking an opaque folder of a layer", errno));
      return {};
    }
    if (name.starts_with(".wh..wh.")) return {};  // aufs's own files
    if (name.starts_with(".wh.")) return white_out(parent.get(), name.substr(4));
    if (const char* target = archive_entry_hardlink(entry)) return link_to(target, parent.get(), name);
    return make(entry, parts, parent.get(), name);
  }

  Result<void> white_out(int parent, const std::string& name) {
    if (name.empty() || name == "." || name == "..") return fail("Layer.Malformed", "a whiteout of the layer names no file", Blame::remote);
    if (mknodat(parent, name.c_str(), S_IFCHR | 0600, makedev(0, 0)) != 0 && errno != EEXIST) return fail(errno_error("making a whiteout", errno));
    return {};
  }

  Result<void> link_to(const char* target, int parent, const std::string& name) {
    const std::vector<std::string> parts = TRY(parts_of(target));
    if (parts.empty()) return fail("Layer.Malformed", "a hard link of the layer names no file", Blame::remote);
    const Fd folder = open_inside(root_, join(std::vector<std::string>(parts.begin(), parts.end() - 1), "/"), O_RDONLY | O_DIRECTORY);
    unlinkat(parent, name.c_str(), 0);
    if (!folder || linkat(folder.get(), parts.back().c_str(), parent, name.c_str(), 0) != 0) return fail(errno_error(fmt::format("linking {} to {} in a layer", name, target), errno));
    return {};
  }

  Result<void> make(archive_entry* entry, const std::vector<std::string>& parts, int parent, const std::string& name) {
    const mode_t type = archive_entry_filetype(entry), bits = archive_entry_perm(entry) & 07777;
    struct stat there {};
    const bool exists = fstatat(parent, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && !(type == AE_IFDIR && S_ISDIR(there.st_mode)) && unlinkat(parent, name.c_str(), S_ISDIR(there.st_mode) ? AT_REMOVEDIR : 0) != 0) {
      return fail(errno_error("replacing " + name + " in a layer", errno));
    }
    const auto uid = static_cast<uid_t>(archive_entry_uid(entry)), gid = static_cast<gid_t>(archive_entry_gid(entry));
    const timespec time{.tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry)};
    if (type == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      if (target == nullptr || symlinkat(target, parent, name.c_str()) != 0) return fail(errno_error("making symbolic link " + name + " of a layer", errno));
      if (fchownat(parent, name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0) return fail(errno_error("giving " + name + " of a layer to its owner", errno));
      const timespec times[2] = {time, time};
      utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
      return {};
    }
    Fd made;
    if (type == AE_IFDIR) {
      if (mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno_error("making folder " + name + " of a layer", errno));
      made = Fd(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    } else if (type == AE_IFREG) {
      made = Fd(openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    } else if (type == AE_IFIFO) {
      if (mkfifoat(parent, name.c_str(), 0600) != 0) return fail(errno_error("making pipe " + name + " of a layer", errno));
      made = Fd(openat(parent, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    } else {
      return {};  // a device: the runtime makes /dev itself
    }
    if (!made) return fail(errno_error("making " + name + " of a layer", errno));
    if (type == AE_IFREG) TRY(fill(made.get()));
    if (fchown(made.get(), uid, gid) != 0 || fchmod(made.get(), bits) != 0) return fail(errno_error("giving " + name + " of a layer to its owner", errno));
    TRY(attributes(entry, made.get()));
    const timespec times[2] = {time, time};
    if (type == AE_IFDIR) folder_times_.emplace_back(join(parts, "/"), time);
    else futimens(made.get(), times);
    return {};
  }

  Result<void> fill(int file) {
    const void* piece = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      const int got = archive_read_data_block(from_, &piece, &size, &offset);
      if (got == ARCHIVE_EOF) return {};
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return malformed();
      written_ += static_cast<int64_t>(size);
      if (written_ > bounds_.bytes || offset > bounds_.bytes) return fail("Layer.TooLarge", fmt::format("the layer unpacks to over {} bytes", bounds_.bytes), Blame::remote);
      for (size_t done = 0; done < size;) {
        const ssize_t went = pwrite(file, static_cast<const char*>(piece) + done, size - done, offset + static_cast<off_t>(done));
        if (went < 0) return fail(errno_error("writing a file of a layer", errno));
        done += static_cast<size_t>(went);
      }
    }
  }

  Result<void> attributes(archive_entry* entry, int file) {
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
      // What steers overlayfs is ours to say, not the image's.
      if (std::string_view(name).starts_with("trusted.overlay.")) continue;
      if (fsetxattr(file, name, value, size, 0) != 0 && errno != ENOTSUP && errno != EPERM) return fail(errno_error(fmt::format("setting attribute {} of a layer's file", name), errno));
    }
    return {};
  }

  archive* from_;
  int root_;
  const LayerBounds& bounds_;
  int64_t written_ = 0;
  std::vector<std::pair<std::string, timespec>> folder_times_;
};

}  // namespace

Result<void> unpack_layer(const std::filesystem::path& blob, const std::filesystem::path& folder, const LayerBounds& bounds) {
  const std::unique_ptr<archive, FreeArchive> from(archive_read_new());
  archive_read_support_filter_gzip(from.get());
  archive_read_support_filter_zstd(from.get());
  archive_read_support_format_tar(from.get());
  archive_read_support_format_empty(from.get());
  if (archive_read_open_filename(from.get(), blob.c_str(), 1 << 17) != ARCHIVE_OK) {
    const char* why = archive_error_string(from.get());
    return fail("Layer.Malformed", fmt::format("the layer cannot be read: {}", why ? why : "unknown error"), Blame::remote);
  }
  const Fd root(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail(errno_error("opening " + folder.string(), errno));
  return Unpacker(from.get(), root.get(), bounds).run();
}

Result<std::string> read_in_root(const std::filesystem::path& root, const std::string& path) {
  const Fd folder(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(errno_error("opening " + root.string(), errno));
  const Fd file = open_inside(folder.get(), path, O_RDONLY | O_NONBLOCK);
  struct stat what {};
  if (!file || fstat(file.get(), &what) != 0) return fail(errno_error("opening " + path + " of the image", errno));
  if (!S_ISREG(what.st_mode)) return fail("Image.NotAFile", fmt::format("{} of the image is not a file", path), Blame::remote);
  std::string text(1 << 20, '\0');
  const ssize_t got = read(file.get(), text.data(), text.size());
  if (got < 0) return fail(errno_error("reading " + path + " of the image", errno));
  text.resize(static_cast<size_t>(got));
  return text;
}

}  // namespace landfall::fargate
