#include "alb/worker_lock.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace landfall::alb {
namespace {

struct Folder {
  std::filesystem::path path = [] {
    std::string made = "/tmp/landfall-worker.XXXXXX";
    REQUIRE(mkdtemp(made.data()) != nullptr);
    return std::filesystem::path(made);
  }();
  ~Folder() { std::filesystem::remove_all(path); }
};

/// A worker that does nothing, as the daemon starts one.
pid_t start_worker(const std::filesystem::path& folder) {
  const auto lock = take_worker_lock(folder);
  REQUIRE(lock);
  const pid_t child = fork();
  if (child != 0) return child;
  become_worker(*lock);
  for (;;) pause();
}

}  // namespace

TEST_CASE("a folder has one worker, and tells which, until that ends") {
  signal(SIGCHLD, SIG_IGN);  // as in the daemon
  const Folder folder;
  CHECK_FALSE(has_worker(folder.path));
  const pid_t worker = start_worker(folder.path);

  CHECK(has_worker(folder.path));
  CHECK(take_worker_lock(folder.path).error().code == "Worker.Lives");
  while (worker_pid(folder.path) == 0) usleep(100);  // it writes its number itself
  CHECK(worker_pid(folder.path) == worker);

  CHECK(end_worker(folder.path));
  CHECK_FALSE(has_worker(folder.path));
  CHECK(kill(worker, 0) != 0);
  CHECK(take_worker_lock(folder.path));
  signal(SIGCHLD, SIG_DFL);
}

TEST_CASE("a folder without worker has none to end") {
  const Folder folder;

  CHECK(end_worker(folder.path));

  CHECK(worker_pid(folder.path) == 0);
}

}  // namespace landfall::alb
