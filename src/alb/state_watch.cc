#include "alb/state_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace landfall::alb {

StateWatch::StateWatch() : changes_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), end_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void StateWatch::follow(const std::filesystem::path& folder) { inotify_add_watch(changes_.get(), folder.c_str(), IN_MOVED_TO | IN_ONLYDIR); }

bool StateWatch::wait() {
  for (;;) {
    pollfd ready[] = {{.fd = changes_.get(), .events = POLLIN}, {.fd = end_.get(), .events = POLLIN}};
    (void)poll(ready, 2, -1);
    if (ready[1].revents != 0) return false;
    alignas(inotify_event) char buffer[4096];
    bool touched = false;
    for (ssize_t got = 0; (got = read(changes_.get(), buffer, sizeof buffer)) > 0;) {
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        touched = touched || (event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && std::string_view(event->name) == "state.json");
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    if (touched) return true;
  }
}

void StateWatch::end() {
  const uint64_t one = 1;
  (void)!write(end_.get(), &one, sizeof one);
}

}  // namespace landfall::alb
