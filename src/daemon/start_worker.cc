#include "daemon/start_worker.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "alb/worker_lock.h"
#include "base/file.h"
#include "sys/netns.h"

namespace landfall::daemon {

Result<int> start_worker(const std::string& network_namespace, const std::filesystem::path& config_file) {
  auto taken = alb::take_worker_lock(config_file.parent_path());
  if (!taken && taken.error().code != "Worker.Lives") return std::unexpected(taken.error());
  const Fd lock = taken ? std::move(*taken) : Fd();  // none: it follows the one that lives
  const Fd space = TRY(sys::open_netns(network_namespace));
  const std::string config = config_file, log = config_file.parent_path() / "worker.log";
  const Fd out(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)), null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!out || !null) return fail(errno_error("opening " + log, errno));
  const char* const words[] = {"landfall", "alb", "--config", config.c_str(), nullptr};
  const pid_t child = fork();
  if (child < 0) return fail(errno_error("starting a load balancer worker", errno));
  if (child > 0) return child;
  // Only calls that are safe after fork in a program with threads. /proc/self/exe is this very program, also when its
  // file was replaced meanwhile.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setsid();
  dup2(null.get(), 0);
  dup2(out.get(), 1);
  dup2(out.get(), 2);
  if (lock) alb::become_worker(lock);
  if (setns(space.get(), CLONE_NEWNET) != 0) _exit(126);
  execv("/proc/self/exe", const_cast<char* const*>(words));
  _exit(127);
}

}  // namespace landfall::daemon
