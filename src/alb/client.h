#pragma once

#include "alb/connection.h"
#include "alb/exchange.h"
#include "alb/kept.h"
#include "alb/slab.h"
#include "alb/transport.h"

namespace landfall::alb {

class Lane;

/// A client's connection of HTTP/1: one request at a time, in order.
///
/// handshake → head → body → (answer) → head …   | tunnel | closing → lingering → closed
class Client final : public Connection, public Front {
 public:
  Client(Lane& lane, Transport transport, const FrontFacts& facts);
  ~Client() override;
  static void* operator new(size_t, Slab& slab) { return slab.take(); }
  static void operator delete(void* client) { Slab::give(client); }
  static void operator delete(void* client, Slab&) { Slab::give(client); }
  void start() override;
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now) override;

  void deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) override;
  bool stays_open() const override;
  void answer(const Answer& answer) override;
  void cut() override;
  void on_room() override;
  bool is_blocked() const override { return !out_.empty() || !transport_.is_flushed(); }

 private:
  enum class State : uint8_t { handshake, open, closing, lingering, closed };

  bool shake_hands();
  void serve();
  size_t take(std::string_view bytes);
  size_t take_body(std::string_view bytes);
  size_t begin_request(std::string_view bytes);
  void at_client_end();
  void send(std::string_view bytes);
  void flush();
  void end_exchange(bool keeps);
  void begin_close();
  void close();

  Lane& lane_;
  Transport transport_;
  FrontFacts facts_;
  State state_ = State::open;
  bool serving_ = false, request_done_ = true, keep_alive_ = true, is_head_ = false, isolates_ = false, is_oldest_ = false;
  Front::Kind kind_ = Front::Kind::http11;
  http::h1::Framing framing_ = http::h1::Framing::none;
  uint32_t seen_ = 0;              ///< bytes of `in_` that hold no whole head
  Exchange* exchange_ = nullptr;   ///< the request on its way
  Kept in_, out_;                  ///< what cannot be used, or sent, yet
  uint64_t left_ = 0;              ///< of the body
  http::h1::ChunkReader chunks_;
  TimePoint last_activity_, born_;
};

}  // namespace landfall::alb
