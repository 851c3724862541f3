#include "sys/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::sys {
namespace {

using Steady = std::chrono::steady_clock;

struct Pipe {
  Fd out, in;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error("opening a pipe", errno));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

/// All descriptors but these. The watcher outlives a daemon that is killed: it may hold neither its locks nor its sockets.
void close_others(std::array<int, 4> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (static_cast<unsigned>(fd) > next) syscall(SYS_close_range, next, static_cast<unsigned>(fd) - 1, 0);
    next = static_cast<unsigned>(fd) + 1;
  }
  syscall(SYS_close_range, next, ~0u, 0);
}

/// The program's parent: waits for it, which the daemon cannot, and tells its status.
[[noreturn]] void watch_over(const char* program, char* const* words, char* const* environment, const char* folder, int in, int out, int err, int told) {
  close_others({in, out, err, told});
  signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setsid();
  const pid_t child = vfork();  // nothing below changes memory
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    syscall(SYS_close_range, 3, ~0u, 0);
    if (chdir(folder) != 0) _exit(127);
    execvpe(program, words, environment);
    _exit(127);
  }
  // The program's own ends only: the reader must see the end when the program and its children closed theirs.
  close(in);
  close(out);
  close(err);
  int status = 127 << 8;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  [[maybe_unused]] const ssize_t written = write(told, &code, sizeof code);
  _exit(0);
}

void take(Fd& from, std::string& into, size_t bound, bool& is_cut) {
  std::array<char, 16384> piece;
  const ssize_t got = read(from.get(), piece.data(), piece.size());
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) return from.reset();
  const size_t room = bound - std::min(bound, into.size());
  into.append(piece.data(), std::min(room, static_cast<size_t>(got)));
  is_cut = is_cut || static_cast<size_t>(got) > room;
}

/// Collects until the program ended; what its background children still hold open is not waited for.
void collect(Outcome& outcome, const Command& command, Fd out, Fd err, Fd told, pid_t watcher) {
  const auto deadline = Steady::now() + command.timeout;
  bool has_ended = false;
  while (!has_ended || out || err) {
    std::array<pollfd, 3> polled{pollfd{told.get(), POLLIN, 0}, pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
    if (has_ended) polled[0].fd = -1;
    const bool is_waiting = !has_ended || (command.until_line && out);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    const int ready = poll(polled.data(), polled.size(), !is_waiting ? 0 : static_cast<int>(std::max<long long>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      if (has_ended && !is_waiting) return;
      outcome.is_timed_out = true;
      outcome.exit_code = 128 + SIGKILL;
      kill(-watcher, SIGKILL);
      return;
    }
    if (polled[1].revents != 0) take(out, outcome.out, command.output_bound, outcome.is_cut);
    if (command.until_line && outcome.out.find('\n') != std::string::npos) return;
    if (polled[2].revents != 0) take(err, outcome.err, command.output_bound, outcome.is_cut);
    if (polled[0].revents != 0 && polled[1].revents == 0 && polled[2].revents == 0) {
      if (read(told.get(), &outcome.exit_code, sizeof outcome.exit_code) != sizeof outcome.exit_code) outcome.exit_code = 128 + SIGKILL;
      has_ended = true;
    }
  }
}

}  // namespace

Result<Outcome> run_process(const Command& command) {
  Pipe in = TRY(open_pipe()), out = TRY(open_pipe()), err = TRY(open_pipe()), told = TRY(open_pipe());
  if (write(in.in.get(), command.input.data(), std::min<size_t>(command.input.size(), 65536)) < 0) return fail(errno_error("giving input to " + command.words[0], errno));
  in.in.reset();
  const std::vector<std::string> environment = command.environment.empty() ? std::vector<std::string>{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"} : command.environment;
  const std::vector<char*> words = pointers(command.words), variables = pointers(environment);
  const pid_t watcher = fork();
  if (watcher < 0) return fail("Process.NotStarted", fmt::format("{} cannot be started: {}", command.words[0], std::strerror(errno)), Blame::host);
  if (watcher == 0) watch_over(words[0], words.data(), variables.data(), command.folder.c_str(), in.out.get(), out.in.get(), err.in.get(), told.in.get());
  in.out.reset();
  out.in.reset();
  err.in.reset();
  told.in.reset();
  Outcome outcome;
  collect(outcome, command, std::move(out.out), std::move(err.out), std::move(told.out), watcher);
  return outcome;
}

Result<Fd> open_process(int pid) {
  Fd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return fail("Process.Gone", fmt::format("there is no process {}", pid), Blame::host);
  return fd;
}

void kill_and_wait(int pid) {
  const auto process = open_process(pid);
  if (!process || kill(pid, SIGKILL) != 0) return;
  pollfd ended{process->get(), POLLIN, 0};
  poll(&ended, 1, 1000);
}

std::vector<int> find_processes(const std::vector<std::string>& words) {
  std::vector<int> found;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return found;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const auto text = read_file(std::string("/proc/") + entry->d_name + "/cmdline");
    if (!text) continue;
    const std::vector<std::string> arguments = split(*text, '\0');
    if (std::ranges::all_of(words, [&](const std::string& word) { return std::ranges::find(arguments, word) != arguments.end(); })) found.push_back(std::atoi(entry->d_name));
  }
  closedir(folder);
  return found;
}

}  // namespace landfall::sys
