#include "alb/worker_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

namespace landfall::alb {
namespace {

constexpr auto kEndLimit = std::chrono::seconds(2);
constexpr auto kEndPause = std::chrono::milliseconds(2);

std::filesystem::path file_of(const std::filesystem::path& folder) { return folder / "worker.pid"; }

}  // namespace

Result<Fd> take_worker_lock(const std::filesystem::path& folder) {
  const std::string file = file_of(folder);
  Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(errno_error("opening " + file, errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return fail("Worker.Lives", fmt::format("{} is held by process {}", file, worker_pid(folder)));
  return fail(errno_error("locking " + file, errno));
}

Fd inherited_worker_lock(const std::filesystem::path& folder) {
  struct stat wanted{}, found{};
  if (::stat(file_of(folder).c_str(), &wanted) != 0) return {};
  for (int fd = 3; fd < 256; ++fd) {
    if (::fstat(fd, &found) != 0 || found.st_ino != wanted.st_ino || found.st_dev != wanted.st_dev) continue;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return Fd(fd);
  }
  return {};
}

bool has_worker(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(file_of(folder))) return false;
  const auto lock = take_worker_lock(folder);
  return !lock && lock.error().code == "Worker.Lives";
}

int worker_pid(const std::filesystem::path& folder) {
  const auto text = read_file(file_of(folder));
  return text ? std::atoi(text->c_str()) : 0;
}

bool runs_this_program(int pid) {
  struct stat mine{}, its{};
  if (::stat("/proc/self/exe", &mine) != 0 || ::stat(fmt::format("/proc/{}/exe", pid).c_str(), &its) != 0) return true;
  return mine.st_dev == its.st_dev && mine.st_ino == its.st_ino;
}

void become_worker(const Fd& lock) {
  char text[16];
  size_t at = sizeof text;
  text[--at] = '\n';
  for (pid_t pid = ::getpid(); pid > 0; pid /= 10) text[--at] = static_cast<char>('0' + pid % 10);
  const size_t size = sizeof text - at;
  // Over the old number: the file is never empty for those who read it meanwhile.
  if (::pwrite(lock.get(), text + at, size, 0) == static_cast<ssize_t>(size)) (void)!::ftruncate(lock.get(), static_cast<off_t>(size));
  ::fcntl(lock.get(), F_SETFD, 0);
}

bool end_worker(const std::filesystem::path& folder) {
  const auto deadline = std::chrono::steady_clock::now() + kEndLimit;
  while (has_worker(folder)) {
    // The number is that of the lock's holder: a new one writes it microseconds after it was forked.
    if (const int pid = worker_pid(folder); pid > 0) ::kill(pid, SIGKILL);
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kEndPause);
  }
  return true;
}

}  // namespace landfall::alb
