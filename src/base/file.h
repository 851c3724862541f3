#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall {

/// Whole file. Errors name the path.
Result<std::string> read_file(const std::filesystem::path& path);

/// Replaces `path` in one step: written beside it, synced, renamed, folder synced. A crash or a full disk leaves
/// the old content. `mode` are the permission bits of the new file.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, int mode = 0644);

/// Makes `path` with this content unless it is there already; of several that do so at once one is the first, and all find
/// the first's content. Else as write_file_atomic.
Result<void> write_file_once(const std::filesystem::path& path, std::string_view content, int mode = 0644);

/// Writes into `path` itself, with the bits of `mode` that the umask leaves; a file that is there keeps its own. For files of
/// a person's, whose links and owners must stay; a crash may leave a half.
Result<void> write_file(const std::filesystem::path& path, std::string_view content, int mode);

/// mkdir -p with the given permission bits for folders that are made.
Result<void> make_directories(const std::filesystem::path& path, int mode = 0755);

/// Makes the names of a folder's files durable.
Result<void> sync_folder(const std::filesystem::path& folder);

/// A file descriptor that closes itself. -1 is empty.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

}  // namespace landfall
