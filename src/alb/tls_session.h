#pragma once

#include <memory>
#include <string_view>

#include "alb/kept.h"
#include "alb/tls_library.h"

namespace landfall::alb {

enum class Io { ok, again, closed };

/// One connection's TLS, over whole messages: a call to the kernel brings all records that are there, and all records of an
/// answer leave in one. What the library writes gathers in the thread's scratch until flush().
class TlsSession {
 public:
  /// A server's session.
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  /// A client's session, to a target.
  explicit TlsSession(ssl_ctx_st* context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Io handshake(int fd);
  /// `ended`: the peer's end was told, so that a short read does not mean an empty socket.
  Io read(int fd, char* into, size_t room, bool ended, size_t& got);
  Io write(int fd, std::string_view bytes, size_t& taken);
  Io flush(int fd);
  bool is_flushed() const { return unsent_.empty(); }
  void shut(int fd);  ///< tells the peer that nothing follows

  // Once the handshake is done.
  std::string_view alpn() const { return library_->alpn(ssl_); }
  std::string_view version() const { return library_->version(ssl_); }          ///< "TLSv1.3"
  std::string_view cipher() const { return library_->cipher(ssl_); }            ///< OpenSSL's name
  std::string_view key_exchange() const { return library_->key_exchange(ssl_); }  ///< name of the group, as registered: "x25519"; empty: without one
  std::string_view server_name() const { return library_->server_name(ssl_); }  ///< that the client asked for; empty: none
  std::string_view certificate() const { return library_->certificate(ssl_); }  ///< ARN of the one that was shown
  bool is_resumed() const { return library_->is_resumed(ssl_); }
  ssl_st* openssl() const { return library_ == &openssl_library() ? ssl_ : nullptr; }

  // For the library.
  size_t pull(char* into, size_t room);
  void push(std::string_view bytes);
  void decide(bool stays);  ///< whether this library goes on, once it has seen what the client offers
  void note_ecdsa(bool offered) { offers_ecdsa_ = offered; }
  bool offers_ecdsa() const { return offers_ecdsa_; }  ///< a cipher that signs so
  bool wants_other_library() const { return choice_ == Choice::other; }

 private:
  friend struct TlsPipe;
  enum class Choice : char { open, made, other };
  void change_library();
  bool refill(int fd, bool& at_end, bool& drained, bool ended);
  void save_input();
  const TlsLibrary* library_;
  ssl_st* ssl_ = nullptr;
  std::shared_ptr<const TlsContext> context_;
  std::string_view input_;  ///< records not yet read by the library, in the scratch during a call
  Kept saved_input_, unsent_;
  Kept hello_;              ///< what was read while the choice is open
  Choice choice_ = Choice::made;
  bool offers_ecdsa_ = false;
};

}  // namespace landfall::alb
