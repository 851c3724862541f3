#include "sys/netns.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace landfall::sys {
namespace {

constexpr const char* kFolder = "/run/netns";

std::string path_of(const std::string& name) { return std::string(kFolder) + "/" + name; }

/// Making a name is: look, make the file, mount. Two threads of one daemon may want the same one.
std::mutex& naming() {
  static std::mutex mutex;
  return mutex;
}

bool is_namespace(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

Result<void> loopback_up() {
  const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("opening a socket in a new network namespace", errno));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  if (ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) return fail(errno_error("bringing lo up", errno));
  return {};
}

Result<void> on_fresh_thread(const std::function<Result<void>()>& body) {
  std::optional<Result<void>> result;
  std::thread([&] { result = body(); }).join();
  return std::move(*result);
}

}  // namespace

Result<void> create_netns(const std::string& name) {
  const std::lock_guard lock(naming());
  const std::string path = path_of(name);
  if (is_namespace(path)) return {};
  TRY(make_directories(kFolder, 0755));
  const Fd file(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!file) return fail(errno_error("making " + path, errno));
  return on_fresh_thread([&]() -> Result<void> {
    if (unshare(CLONE_NEWNET) != 0) return fail(errno_error("unsharing the network namespace", errno));
    TRY(loopback_up());
    if (mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
      return fail(errno_error("mounting a network namespace on " + path, errno));
    }
    return {};
  });
}

Result<void> delete_netns(const std::string& name) {
  const std::lock_guard lock(naming());
  const std::string path = path_of(name);
  while (is_namespace(path)) {
    if (umount2(path.c_str(), MNT_DETACH) != 0) return fail(errno_error("unmounting " + path, errno));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail(errno_error("removing " + path, errno));
  return {};
}

Result<std::vector<NamespaceName>> list_netns() {
  std::vector<NamespaceName> names;
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) {
    if (errno == ENOENT) return names;
    return fail(errno_error(std::string("reading ") + kFolder, errno));
  }
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    names.push_back({.name = entry->d_name, .is_alive = is_namespace(path_of(entry->d_name))});
  }
  closedir(folder);
  return names;
}

Result<Fd> open_netns(const std::string& name) {
  const std::string path = name.empty() ? "/proc/self/ns/net" : path_of(name);
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno != ENOENT) return fail(errno_error("opening " + path, errno));
  if (!fd || (!name.empty() && !is_namespace(path))) {
    return fail("Netns.NotFound", fmt::format("there is no network namespace {}", name), Blame::host);
  }
  return fd;
}

uint64_t netns_identity(const std::string& name) {
  const auto fd = open_netns(name);
  struct stat found{};
  return fd && fstat(fd->get(), &found) == 0 ? found.st_ino : 0;
}

Result<void> run_in(const std::string& name, const std::function<Result<void>()>& body) {
  if (name.empty()) return body();
  const Fd space = TRY(open_netns(name));
  return on_fresh_thread([&]() -> Result<void> {
    if (setns(space.get(), CLONE_NEWNET) != 0) return fail(errno_error("entering network namespace " + name, errno));
    return body();
  });
}

Result<Fd> socket_in(const std::string& name, int domain, int type, int protocol) {
  Fd made;
  TRY(run_in(name, [&]() -> Result<void> {
    made.reset(socket(domain, type | SOCK_CLOEXEC, protocol));
    if (!made) return fail(errno_error(fmt::format("opening a socket in network namespace '{}'", name), errno));
    return {};
  }));
  return made;
}

}  // namespace landfall::sys
