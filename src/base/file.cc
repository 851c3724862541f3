#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

namespace landfall {
namespace {

Result<void> write_all(int fd, std::string_view content, const std::string& name) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error("writing " + name, errno));
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("reading " + path.string(), errno));
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("reading " + path.string(), errno));
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
  }
}

namespace {

/// `flags` are those of renameat2: with RENAME_NOREPLACE a file that is there stays.
Result<void> put_in_place(const std::filesystem::path& path, std::string_view content, int mode, unsigned flags) {
  std::string temporary = path.string() + ".XXXXXX";
  const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail(errno_error("writing " + path.string(), errno));
  Result<void> done = write_all(fd.get(), content, path.string());
  if (done && ::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) {
    done = fail(errno_error("setting the mode of " + path.string(), errno));
  }
  if (done && ::fsync(fd.get()) != 0) done = fail(errno_error("syncing " + path.string(), errno));
  if (!done || ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), flags) != 0) {
    const int failure = errno;
    ::unlink(temporary.c_str());
    if (!done) return done;
    if (flags != RENAME_NOREPLACE || failure != EEXIST) return fail(errno_error("replacing " + path.string(), failure));
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, int mode) { return put_in_place(path, content, mode, 0); }

Result<void> write_file_once(const std::filesystem::path& path, std::string_view content, int mode) { return put_in_place(path, content, mode, RENAME_NOREPLACE); }

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(errno_error("syncing " + folder.string(), errno));
  return {};
}

Result<void> write_file(const std::filesystem::path& path, std::string_view content, int mode) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (!fd) return fail(errno_error("writing " + path.string(), errno));
  return write_all(fd.get(), content, path.string());
}

Result<void> make_directories(const std::filesystem::path& path, int mode) {
  if (path.empty() || ::access(path.c_str(), F_OK) == 0) return {};
  TRY(make_directories(path.parent_path(), mode));
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) {
    return fail(errno_error("making the folder " + path.string(), errno));
  }
  return {};
}

}  // namespace landfall
