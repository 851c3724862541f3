#include "sys/overlay.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace landfall::sys {
namespace {

constexpr size_t kMaxOptions = 4095;  // mount(2): one page

}  // namespace

Result<void> mount_overlay(const Overlay& overlay) {
  for (const auto* folder : {&overlay.upper, &overlay.work, &overlay.target}) TRY(make_directories(*folder));
  std::vector<std::string> lower(overlay.layers.rbegin(), overlay.layers.rend());
  const std::string options = fmt::format("lowerdir={},upperdir={},workdir={}", join(lower, ":"), overlay.upper.string(), overlay.work.string());
  if (options.size() > kMaxOptions) return fail("Mount.TooManyLayers", fmt::format("{} layers do not fit in the options of one mount", lower.size()));
  Result<void> done;
  // Names relative to the layers' folder keep the options short; a working directory of its own needs a thread of its own.
  std::thread([&] {
    if (unshare(CLONE_FS) != 0 || chdir(overlay.layers_folder.c_str()) != 0) {
      done = fail(errno_error("going to " + overlay.layers_folder.string(), errno));
    } else if (mount("overlay", overlay.target.c_str(), "overlay", 0, options.c_str()) != 0) {
      done = fail(errno_error("mounting an overlay on " + overlay.target.string(), errno));
    }
  }).join();
  return done;
}

Result<void> unmount(const std::filesystem::path& target) {
  while (umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  if (errno != EINVAL && errno != ENOENT) return fail(errno_error("unmounting " + target.string(), errno));
  return {};
}

std::vector<std::filesystem::path> mounts_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  const auto text = read_file("/proc/self/mountinfo");
  for (const std::string& line : split(text ? *text : "", '\n')) {
    const std::vector<std::string> fields = split(line, ' ');
    if (fields.size() < 5) continue;
    const std::string path = replace_all(fields[4], "\\040", " ");
    if (path == folder || path.starts_with(folder.string() + "/")) found.emplace_back(path);
  }
  std::ranges::sort(found, std::greater<>{});
  return found;
}

}  // namespace landfall::sys
