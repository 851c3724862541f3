/* A page that tells which task answered. A small HTTP/1.1 server without dependencies: one static program that is a
 * whole container image (tools/make-image).
 *
 *   /              the page: site, task, zone, address; as JSON with "Accept: application/json"
 *   /health        200
 *   /exit?code=N   answers, then ends with exit code N
 *   /eat?mb=N      takes N MiB of memory and keeps them
 *   /slow?ms=N     answers after N milliseconds
 *   /log?text=T    writes T to standard output
 *
 * Environment: PORT (80), NAME (a name for the page), ECS_CONTAINER_METADATA_URI_V4 (set by ECS). To behave as programs in
 * trouble do:
 *   LISTEN=127.0.0.1         listens on that address only
 *   START_DELAY=N            listens N seconds after its start only
 *   NEEDS=NAME               ends with 1 unless the environment has NAME
 *   EAT=N                    takes N MiB at once
 *   ANSWER=/a=404,/b=503     answers requests below these paths with these codes
 *   LATENCY=N                answers after N milliseconds
 *   HTTPS_ONLY=1             redirects what did not come by HTTPS (X-Forwarded-Proto)
 *   HOST=example.test        answers 400 to other hosts; names below it are allowed
 *
 * `web -healthcheck` asks /health of the server in the same container and ends with 0 or 1; `web -print TEXT` and
 * `web -fail N` end at once. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char task_id[64] = "?", zone[64] = "?";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int port(void) {
  const char* text = getenv("PORT");
  const int number = text ? atoi(text) : 80;
  return number > 0 && number < 65536 ? number : 80;
}

static void limit_silence(int fd, int seconds) {
  const struct timeval limit = {.tv_sec = seconds};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* The body and head of GET http://ip:port/path into `into`; bytes, or -1. */
static int get(const char* ip, int number, const char* path, char* into, size_t size) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(number)};
  if (inet_pton(AF_INET, ip, &to.sin_addr) != 1) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  limit_silence(fd, 1);
  int got = -1;
  char request[512];
  const int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, ip);
  if (length < (int)sizeof request && connect(fd, (struct sockaddr*)&to, sizeof to) == 0 && send(fd, request, length, MSG_NOSIGNAL) == length) {
    ssize_t n;
    for (got = 0; got < (int)size - 1 && (n = recv(fd, into + got, size - 1 - got, 0)) > 0;) got += n;
    into[got] = 0;
  }
  close(fd);
  return got;
}

/* The text value of "name":"value" in JSON that we trust. */
static void member(const char* json, const char* name, char* into, size_t size) {
  char mark[64];
  snprintf(mark, sizeof mark, "\"%s\":\"", name);
  const char* at = strstr(json, mark);
  if (!at) return;
  at += strlen(mark);
  const size_t length = strcspn(at, "\"");
  snprintf(into, size, "%.*s", (int)(length < size ? length : size - 1), at);
}

/* Task and zone from the metadata endpoint; asked again while it has not answered. */
static void learn(void) {
  pthread_mutex_lock(&lock);
  const char* uri = getenv("ECS_CONTAINER_METADATA_URI_V4");
  char ip[64], path[256], answer[16384], arn[256] = "";
  if (task_id[0] == '?' && uri && sscanf(uri, "http://%63[0-9.]%255s", ip, path) == 2) {
    strncat(path, "/task", sizeof path - strlen(path) - 1);
    if (get(ip, 80, path, answer, sizeof answer) > 0) {
      member(answer, "TaskARN", arn, sizeof arn);
      member(answer, "AvailabilityZone", zone, sizeof zone);
      const char* slash = strrchr(arn, '/');
      if (slash) snprintf(task_id, sizeof task_id, "%.63s", slash + 1);
    }
  }
  pthread_mutex_unlock(&lock);
}

static int number_of(const char* target, const char* name) {
  const char* at = strstr(target, name);
  return at ? atoi(at + strlen(name)) : 0;
}

static void answer_with(int fd, const char* status, const char* type, const char* body, int keep) {
  char head[1024];
  const size_t length = strlen(body);
  const int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n", status, type, length, keep ? "keep-alive" : "close");
  send(fd, head, n, MSG_NOSIGNAL | MSG_MORE);
  for (size_t sent = 0; sent < length;) {
    const ssize_t went = send(fd, body + sent, length - sent, MSG_NOSIGNAL);
    if (went <= 0) return;
    sent += went;
  }
}

static void answer(int fd, const char* type, const char* body, int keep) { answer_with(fd, "200 OK", type, body, keep); }

/* The code that ANSWER has for the target, or 0: "/a=404,/b=503". */
static int ordered_code(const char* target) {
  for (const char* at = getenv("ANSWER"); at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    const char* equals = strchr(at, '=');
    if (equals && strncmp(target, at, equals - at) == 0) return atoi(equals + 1);
  }
  return 0;
}

/* Whether the request may not go on; it is answered then. */
static int is_refused(int fd, const char* head, const char* target, const char* host, int keep) {
  const char* allowed = getenv("HOST");
  const size_t name = strcspn(host, ":"), wanted = allowed ? strlen(allowed) : 0;
  if (allowed && !(name >= wanted && strncmp(host + name - wanted, allowed, wanted) == 0)) return answer_with(fd, "400 Bad Request", "text/plain", "this host is not allowed\n", keep), 1;
  char status[512];
  if (getenv("HTTPS_ONLY") && !strcasestr(head, "\r\nx-forwarded-proto: https")) {
    snprintf(status, sizeof status, "301 Moved Permanently\r\nLocation: https://%.100s%.200s", host, target);
    return answer_with(fd, status, "text/plain", "", keep), 1;
  }
  const int code = ordered_code(target);
  if (!code) return 0;
  snprintf(status, sizeof status, "%d As Ordered", code);
  return answer_with(fd, status, "text/plain", "as ordered\n", keep), 1;
}

static void page(int fd, const char* host, int as_json, int keep) {
  learn();
  struct sockaddr_in self = {0};
  socklen_t size = sizeof self;
  getsockname(fd, (struct sockaddr*)&self, &size);
  char address[INET_ADDRSTRLEN] = "?", body[2048];
  inet_ntop(AF_INET, &self.sin_addr, address, sizeof address);
  const char* site = getenv("NAME") ? getenv("NAME") : "web";
  const char* form = as_json ? "{\"site\":\"%s\",\"task\":\"%s\",\"zone\":\"%s\",\"address\":\"%s\",\"host\":\"%s\"}\n"
                             : "<!doctype html><title>%1$s</title><h1>%1$s</h1>\n<p>task %2$s</p>\n<p>zone %3$s</p>\n<p>address %4$s</p>\n<p>host %5$s</p>\n";
  snprintf(body, sizeof body, form, site, task_id, zone, address, host);
  answer(fd, as_json ? "application/json" : "text/html; charset=utf-8", body, keep);
}

/* Answers one request; 0 when the connection is to be closed. */
static int serve_one(int fd, char* head) {
  char target[1024], host[256] = "";
  if (sscanf(head, "%*15s %1023s", target) != 1) return 0;
  const char* line = strcasestr(head, "\r\nhost:");
  if (line) sscanf(line + 7, " %255[A-Za-z0-9.:-]", host);
  const int keep = strcasestr(head, "\r\nconnection: close") == NULL;
  if (getenv("LATENCY")) usleep((useconds_t)atoi(getenv("LATENCY")) * 1000);
  if (is_refused(fd, head, target, host, keep)) return keep;
  if (strncmp(target, "/health", 7) == 0) {
    answer(fd, "text/plain", "ok\n", keep);
  } else if (strncmp(target, "/exit", 5) == 0) {
    answer(fd, "text/plain", "goodbye\n", 0);
    printf("exit asked for\n");
    fflush(stdout);
    _exit(number_of(target, "code="));
  } else if (strncmp(target, "/eat", 4) == 0) {
    const size_t bytes = (size_t)number_of(target, "mb=") << 20;
    char* memory = malloc(bytes ? bytes : 1);
    if (memory) memset(memory, 1, bytes);
    answer(fd, "text/plain", memory && (!bytes || memory[bytes - 1]) ? "eaten\n" : "refused\n", keep);
  } else if (strncmp(target, "/log", 4) == 0) {
    const char* text = strstr(target, "text=");
    printf("%s\n", text ? text + 5 : "");
    fflush(stdout);
    answer(fd, "text/plain", "logged\n", keep);
  } else {
    if (strncmp(target, "/slow", 5) == 0) usleep((useconds_t)number_of(target, "ms=") * 1000);
    page(fd, host, strcasestr(head, "application/json") != NULL, keep);
  }
  return keep;
}

static void* serve(void* argument) {
  const int fd = (int)(long)argument, on = 1;
  char buffer[8192];
  size_t have = 0;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  limit_silence(fd, 75);
  for (int open = 1; open && have < sizeof buffer - 1;) {
    const ssize_t n = recv(fd, buffer + have, sizeof buffer - 1 - have, 0);
    if (n <= 0) break;
    have += n;
    buffer[have] = 0;
    char* end;
    while (open && (end = strstr(buffer, "\r\n\r\n")) != NULL) {
      end[2] = 0;
      open = serve_one(fd, buffer);
      have -= end + 4 - buffer;
      memmove(buffer, end + 4, have + 1);
    }
  }
  shutdown(fd, SHUT_WR);
  close(fd);
  return NULL;
}

static void goodbye(int number) {
  (void)number;
  _exit(0);
}

int main(int count, char** words) {
  char reply[256];
  if (count > 1 && strcmp(words[1], "-healthcheck") == 0) return get("127.0.0.1", port(), "/health", reply, sizeof reply) > 0 && strstr(reply, " 200 ") ? 0 : 1;
  if (count > 2 && strcmp(words[1], "-print") == 0) return puts(words[2]) < 0;
  if (count > 2 && strcmp(words[1], "-fail") == 0) {
    fprintf(stderr, "failing as asked\n");
    return atoi(words[2]);
  }
  signal(SIGTERM, goodbye);
  signal(SIGPIPE, SIG_IGN);
  if (getenv("NEEDS") && !getenv(getenv("NEEDS"))) {
    fprintf(stderr, "%s is not set\n", getenv("NEEDS"));
    return 1;
  }
  if (getenv("EAT")) {
    const size_t bytes = (size_t)atoi(getenv("EAT")) << 20;
    char* memory = malloc(bytes);
    if (memory) memset(memory, 1, bytes);
  }
  if (getenv("START_DELAY")) sleep((unsigned)atoi(getenv("START_DELAY")));
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port())};
  if (getenv("LISTEN")) inet_pton(AF_INET, getenv("LISTEN"), &here.sin_addr);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (const struct sockaddr*)&here, sizeof here) != 0 || listen(listener, 128) != 0) {
    perror("listening");
    return 1;
  }
  printf("listening on port %d\n", port());
  fflush(stdout);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  for (;;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    pthread_t thread;
    if (fd >= 0 && pthread_create(&thread, &small, serve, (void*)(long)fd) != 0) close(fd);
  }
}
