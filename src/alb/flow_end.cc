#include "alb/flow_end.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace landfall::alb {

void FlowEnd::take(uint32_t events) {
  transport_.take(events);
  if ((events & EPOLLERR) != 0) was_reset_ = true;
}

Io FlowEnd::read(char* into, size_t room, size_t& got) {
  errno = 0;
  const Io done = transport_.read(into, room, got);
  if (done != Io::closed) return done;
  if (errno == ECONNRESET || errno == ETIMEDOUT) was_reset_ = true;  // the event may have been another, and reading forgets the error
  has_ended_ = true;
  return done;
}

bool FlowEnd::send(std::string_view bytes) {
  size_t taken = 0;
  if (transport_.write(bytes, taken) == Io::closed) {
    was_reset_ = true;
    return false;
  }
  waiting_.append(bytes.substr(taken));
  return true;
}

bool FlowEnd::flush() {
  if (!transport_.is_flushed() && transport_.flush() == Io::closed) was_reset_ = true;
  if (!was_reset_ && !waiting_.empty()) {
    size_t taken = 0;
    if (transport_.write(waiting_.view(), taken) == Io::closed) was_reset_ = true;
    waiting_.drop_front(taken);
  }
  return !was_reset_;
}

void FlowEnd::finish() {
  is_finished_ = true;
  if (transport_.tls() != nullptr) transport_.tls()->shut(transport_.fd());
  shutdown(transport_.fd(), SHUT_WR);
}

void FlowEnd::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(transport_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace landfall::alb
