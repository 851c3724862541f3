/* Process 1 of a container that asks for one (linuxParameters.initProcessEnabled): starts the program, passes signals on
 * to it, takes the exits of orphans, and ends as the program ends. Linked statically and kept in Landfall's own file, so
 * that it runs in any image. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_program(char** words, const sigset_t* before) {
  setpgid(0, 0);
  if (isatty(0)) tcsetpgrp(0, getpgrp());
  sigprocmask(SIG_SETMASK, before, NULL);
  execvp(words[0], words);
  const int error = errno;
  fprintf(stderr, "exec %s failed: %s\n", words[0], strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

/* Waits for everything that ended. The code to end with, or -1 while the program runs. */
static int reap(pid_t program) {
  int code = -1, status = 0;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended == program) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code;
}

int main(int count, char** words) {
  if (count < 3) return 1; /* docker-init -- PROGRAM … */
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t program = fork();
  if (program < 0) return 1;
  if (program == 0) run_program(words + 2, &before);
  for (;;) {
    const int number = sigwaitinfo(&all, NULL);
    if (number == SIGCHLD) {
      const int code = reap(program);
      if (code >= 0) return code;
    } else if (number > 0) {
      kill(program, number);
    }
  }
}
