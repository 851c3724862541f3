#include "alb/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "alb/tls.h"

namespace landfall::alb {

/// What OpenSSL reads from and writes to: memory of the thread.
struct TlsPipe {
  static constexpr size_t kInput = 160 * 1024;
  std::unique_ptr<char[]> input{new char[kInput]};
  std::vector<char> output;
  TlsSession* owner = nullptr;  ///< whose records are in `output`

  static TlsPipe& mine() {
    static thread_local TlsPipe pipe;
    return pipe;
  }

  static int read(BIO* bio, char* into, int size) {
    auto* session = static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (session->input_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t take = std::min(session->input_.size(), static_cast<size_t>(size));
    std::memcpy(into, session->input_.data(), take);
    session->input_.remove_prefix(take);
    return static_cast<int>(take);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    auto* session = static_cast<TlsSession*>(BIO_get_data(bio));
    TlsPipe& pipe = mine();
    pipe.lend(session);
    pipe.output.insert(pipe.output.end(), bytes, bytes + size);
    return size;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "thread memory");
      BIO_meth_set_read(m, &TlsPipe::read);
      BIO_meth_set_write(m, &TlsPipe::write);
      BIO_meth_set_ctrl(m, &TlsPipe::control);
      return m;
    }();
    return made;
  }

  /// Another session's records that were not flushed yet wait with it.
  void lend(TlsSession* session) {
    if (owner == session) return;
    if (owner != nullptr) owner->unsent_.append({output.data(), output.size()});
    output.clear();
    owner = session;
  }
};

void TlsSession::open(SSL_CTX* context) {
  ssl_ = SSL_new(context);
  BIO* bio = BIO_new(TlsPipe::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {
  open(context_->first());
  SSL_set_accept_state(ssl_);
}

TlsSession::TlsSession(SSL_CTX* context) {
  open(context);
  SSL_set_connect_state(ssl_);
}

TlsSession::~TlsSession() {
  TlsPipe& pipe = TlsPipe::mine();
  SSL_free(ssl_);
  if (pipe.owner == this) {
    pipe.owner = nullptr;
    pipe.output.clear();
  }
}

/// More records from the socket; false if there are none now.
bool TlsSession::refill(int fd, bool& at_end, bool& drained, bool ended) {
  if (drained) return false;
  char* room = TlsPipe::mine().input.get();
  const ssize_t got = ::recv(fd, room, TlsPipe::kInput, 0);
  if (got <= 0) {
    at_end = got == 0 || (errno != EAGAIN && errno != EINTR);
    drained = true;
    return false;
  }
  drained = static_cast<size_t>(got) < TlsPipe::kInput && !ended;
  input_ = {room, static_cast<size_t>(got)};
  return true;
}

/// OpenSSL takes partial records into its own buffer; what is left here are records that nobody had room for.
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
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) {
      save_input();
      return Io::ok;
    }
    const int why = SSL_get_error(ssl_, done);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ && refill(fd, at_end, drained, false)) continue;
    save_input();
    const bool waits = why == SSL_ERROR_WANT_READ && !at_end;
    if (flush(fd) == Io::closed) return Io::closed;
    return waits ? Io::again : Io::closed;
  }
}

Io TlsSession::read(int fd, char* into, size_t room, bool ended, size_t& got) {
  bool at_end = false, drained = false;
  input_ = saved_input_.view();
  for (;;) {
    const int taken = SSL_read(ssl_, into + got, static_cast<int>(room - got));
    if (taken > 0) {
      got += static_cast<size_t>(taken);
      if (got < room) continue;
      save_input();
      return Io::ok;
    }
    const int why = SSL_get_error(ssl_, taken);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ && refill(fd, at_end, drained, ended)) continue;
    save_input();
    if (got > 0) return Io::ok;
    return why == SSL_ERROR_WANT_READ && !at_end ? Io::again : Io::closed;
  }
}

Io TlsSession::write(int fd, std::string_view bytes, size_t& taken) {
  if (!unsent_.empty()) {
    if (const Io done = flush(fd); done != Io::ok) return done;
  }
  while (taken < bytes.size()) {
    const int done = SSL_write(ssl_, bytes.data() + taken, static_cast<int>(bytes.size() - taken));
    if (done <= 0) {
      ERR_clear_error();
      return Io::closed;
    }
    taken += static_cast<size_t>(done);
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
    const ssize_t sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
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
  if (SSL_is_init_finished(ssl_) != 1) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
  (void)flush(fd);
}

std::string_view TlsSession::version() const { return SSL_get_version(ssl_); }
std::string_view TlsSession::cipher() const { return SSL_get_cipher_name(ssl_); }
bool TlsSession::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string_view TlsSession::server_name() const {
  const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

std::string_view TlsSession::certificate() const {
  const auto* arn = static_cast<const char*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl_)));
  return arn == nullptr ? std::string_view() : std::string_view(arn);
}

std::string_view TlsSession::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace landfall::alb
