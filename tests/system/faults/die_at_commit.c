/* Preloaded into the daemon: counts commits of the store, and kills the process at one of them.
   DIE_AT=K        SIGKILL around the K-th commit
   DIE_BEFORE=1    before its bytes are synced instead of after
   COMMITS=FILE    one byte is appended for each commit */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_store(int fd) {
  static const char end[] = "/store.db-wal";
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  return size > (ssize_t)sizeof end && memcmp(path + size - (sizeof end - 1), end, sizeof end - 1) == 0;
}

static int commit(int fd, const char* name) {
  static atomic_int count;
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (!is_store(fd)) return real(fd);
  const char *at = getenv("DIE_AT"), *counted = getenv("COMMITS");
  const int is_it = at != NULL && atomic_fetch_add(&count, 1) + 1 == atoi(at);
  if (is_it && getenv("DIE_BEFORE") != NULL) kill(getpid(), SIGKILL);
  const int done = real(fd);
  if (is_it) kill(getpid(), SIGKILL);
  if (counted != NULL) {
    const int file = open(counted, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (write(file, "c", 1) != 1) abort();
    close(file);
  }
  return done;
}

int fdatasync(int fd) { return commit(fd, "fdatasync"); }
int fsync(int fd) { return commit(fd, "fsync"); }
