#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"

/// Other programs. Works in a process that ignores SIGCHLD (whose children nobody can wait for).
namespace landfall::sys {

struct Command {
  std::vector<std::string> words;              ///< words[0] is found through PATH
  std::vector<std::string> environment{};      ///< "NAME=value", in place of the caller's
  std::string folder = "/";                    ///< working directory
  std::string input{};                         ///< given on standard input; at most 64 KiB
  size_t output_bound = 1 << 20;               ///< of each stream; what is over it is dropped and said so
  std::chrono::milliseconds timeout{30'000};   ///< then its process group is killed
  bool until_line = false;     ///< done at the first line of output: for programs that go on in the background
};

struct Outcome {
  int exit_code = 0;           ///< 128 + signal if one ended it
  std::string out, err;
  bool is_timed_out = false;
  bool is_cut = false;         ///< one of the streams was over the bound
};

/// Runs a program to its end, in a session of its own, with no signal blocked and no descriptor of ours. What it
/// leaves running in the background goes on. Errors: "Process.NotStarted".
Result<Outcome> run_process(const Command& command);

/// A descriptor that becomes readable when the process ends. Errors: "Process.Gone".
Result<Fd> open_process(int pid);

/// SIGKILL, and waits (a second at most) until the process is gone.
void kill_and_wait(int pid);

/// Processes whose command line holds all of `words` as arguments of their own. /proc, so a moment in time.
std::vector<int> find_processes(const std::vector<std::string>& words);

}  // namespace landfall::sys
