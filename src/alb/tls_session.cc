#include "alb/tls_session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "alb/socket_io.h"
#include "alb/tls.h"

namespace landfall::alb {

/// What a library reads from and writes to: memory of the thread.
struct TlsPipe {
  static constexpr size_t kInput = 160 * 1024;
  std::unique_ptr<char[]> input{new char[kInput]};
  std::vector<char> output;
  TlsSession* owner = nullptr;  ///< whose records are in `output`

  static TlsPipe& mine() {
    static thread_local TlsPipe pipe;
    return pipe;
  }

  /// Another session's records that were not flushed yet wait with it.
  void lend(TlsSession* session) {
    if (owner == session) return;
    if (owner != nullptr) owner->unsent_.append({output.data(), output.size()});
    output.clear();
    owner = session;
  }
};

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context) : library_(&context->first_library()), context_(std::move(context)) {
  if (library_ != &openssl_library()) choice_ = Choice::open;
  ssl_ = library_->open(context_->first(*library_), *this, true);
}

TlsSession::TlsSession(ssl_ctx_st* context) : library_(&openssl_library()) { ssl_ = library_->open(context, *this, false); }

TlsSession::~TlsSession() {
  TlsPipe& pipe = TlsPipe::mine();
  library_->free(ssl_);
  if (pipe.owner == this) {
    pipe.owner = nullptr;
    pipe.output.clear();
  }
}

size_t TlsSession::pull(char* into, size_t room) {
  const size_t take = std::min(input_.size(), room);
  if (take == 0) return 0;
  std::memcpy(into, input_.data(), take);
  if (choice_ == Choice::open) hello_.append(input_.substr(0, take));
  input_.remove_prefix(take);
  return take;
}

void TlsSession::push(std::string_view bytes) {
  TlsPipe& pipe = TlsPipe::mine();
  pipe.lend(this);
  pipe.output.insert(pipe.output.end(), bytes.begin(), bytes.end());
}

void TlsSession::decide(bool stays) {
  if (choice_ != Choice::open) return;
  choice_ = stays ? Choice::made : Choice::other;
  if (stays) hello_.clear();
}

/// The client's first bytes are read again by OpenSSL; what the other library would have said is not said.
void TlsSession::change_library() {
  library_->free(ssl_);
  if (TlsPipe& pipe = TlsPipe::mine(); pipe.owner == this) pipe.output.clear();
  choice_ = Choice::made;
  library_ = &openssl_library();
  ssl_ = library_->open(context_->first(*library_), *this, true);
  hello_.append(input_);
  saved_input_ = std::move(hello_);
  input_ = saved_input_.view();
}

/// More records from the socket; false if there are none now.
bool TlsSession::refill(int fd, bool& at_end, bool& drained, bool ended) {
  if (drained) return false;
  char* room = TlsPipe::mine().input.get();
  const ssize_t got = receive(fd, room, TlsPipe::kInput, 0);
  if (got <= 0) {
    at_end = got == 0 || (errno != EAGAIN && errno != EINTR);
    drained = true;
    return false;
  }
  drained = static_cast<size_t>(got) < TlsPipe::kInput && !ended;
  input_ = {room, static_cast<size_t>(got)};
  return true;
}

/// A library takes partial records into its own buffer; what is left here are records that nobody had room for.
void TlsSession::save_input() {
  Kept left;
  left.append(input_);
  saved_input_ = std::move(left);
  input_ = {};
}

Io TlsSession::handshake(int fd) {
  bool at_end = false, drained = false;
  input_ = saved_input_.view();
  for (;;) {
    const TlsStep step = library_->handshake(ssl_);
    if (step == TlsStep::done) {
      save_input();
      return Io::ok;
    }
    if (step == TlsStep::other_library) {
      change_library();
      continue;
    }
    if (step == TlsStep::wants_input && refill(fd, at_end, drained, false)) continue;
    save_input();
    const bool waits = step == TlsStep::wants_input && !at_end;
    if (flush(fd) == Io::closed) return Io::closed;
    return waits ? Io::again : Io::closed;
  }
}

Io TlsSession::read(int fd, char* into, size_t room, bool ended, size_t& got) {
  bool at_end = false, drained = false;
  input_ = saved_input_.view();
  for (;;) {
    const TlsStep step = library_->read(ssl_, into + got, room - got, got);
    if (step == TlsStep::done) {
      if (got < room) continue;
      save_input();
      return Io::ok;
    }
    if (step == TlsStep::wants_input && refill(fd, at_end, drained, ended)) continue;
    save_input();
    if (got > 0) return Io::ok;
    return step == TlsStep::wants_input && !at_end ? Io::again : Io::closed;
  }
}

Io TlsSession::write(int fd, std::string_view bytes, size_t& taken) {
  if (!unsent_.empty()) {
    if (const Io done = flush(fd); done != Io::ok) return done;
  }
  while (taken < bytes.size()) {
    if (library_->write(ssl_, bytes.substr(taken), taken) != TlsStep::done) return Io::closed;
  }
  const Io sent = flush(fd);
  return sent == Io::again ? Io::ok : sent;  // all of it is taken; what waits is ours to send
}

Io TlsSession::flush(int fd) {
  TlsPipe& pipe = TlsPipe::mine();
  std::string_view fresh;
  if (pipe.owner == this) fresh = {pipe.output.data(), pipe.output.size()};
  if (!unsent_.empty() && !fresh.empty()) {
    unsent_.append(fresh);
    pipe.output.clear();
    fresh = {};
  }
  const bool was_kept = !unsent_.empty();
  std::string_view left = was_kept ? unsent_.view() : fresh;
  Io outcome = Io::ok;
  while (!left.empty() && outcome == Io::ok) {
    const ssize_t sent = transmit(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent <= 0) outcome = sent < 0 && (errno == EAGAIN || errno == EINTR) ? Io::again : Io::closed;
    else left.remove_prefix(static_cast<size_t>(sent));
  }
  if (was_kept) unsent_.drop_front(unsent_.size() - left.size());
  else unsent_.append(left);
  if (pipe.owner == this) {
    pipe.output.clear();
    pipe.owner = nullptr;
  }
  return outcome;
}

void TlsSession::shut(int fd) {
  library_->shut(ssl_);
  (void)flush(fd);
}

}  // namespace landfall::alb
