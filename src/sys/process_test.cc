#include "sys/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

using namespace landfall;
using namespace landfall::sys;

TEST_CASE("a program's output, errors and exit code come back") {
  const auto done = run_process({.words = {"/bin/sh", "-c", "read x; echo out $x; echo err >&2; exit 3"}, .input = "given\n"});
  REQUIRE(done);
  CHECK(done->exit_code == 3);
  CHECK(done->out == "out given\n");
  CHECK(done->err == "err\n");
}

TEST_CASE("a program that takes too long is killed") {
  const auto done = run_process({.words = {"/bin/sleep", "60"}, .timeout = std::chrono::milliseconds(50)});
  REQUIRE(done);
  CHECK(done->is_timed_out);
}

TEST_CASE("neither the program nor its watcher holds a descriptor of ours") {
  char path[] = "/tmp/landfall-process.XXXXXX";
  const Fd held(mkstemp(path));
  REQUIRE(held);

  const auto done = run_process({.words = {"/bin/sh", "-c", "ls -l /proc/$PPID/fd /proc/self/fd"}});
  unlink(path);

  REQUIRE(done);
  CHECK(done->out.find("/proc/") != std::string::npos);
  CHECK(done->out.find(path) == std::string::npos);
}
