#pragma once

#include <memory>
#include <string>

#include "alb/forward.h"
#include "alb/loop.h"
#include "alb/target.h"

namespace landfall::alb {

class Worker;

/// A client's connection and the request that is on its way through it: one at a time, in order.
///
/// handshake → reading_head → [connecting → exchanging] → reading_head …   | tunnel | closing
class Client final : public Handler {
 public:
  Client(Worker& worker, Transport transport, int listener_port, std::string local_address);
  ~Client() override;
  void start();
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now);
  void on_target_event(uint32_t events);

 private:
  enum class State { handshake, reading_head, connecting, exchanging, tunnel, closing };

  void advance();
  bool read_client();
  void begin_request();
  void act(const model::Action& action, const model::RequestLine& line);
  void forward(const model::Action& action);
  bool attach_target(bool fresh);
  std::unique_ptr<Upstream> take_kept();
  void release_buffers();
  void pump_request();
  void read_target();
  bool take_response_head();
  void pump_response();
  void finish_response();
  void end_of_target();
  void retry_or_fail();
  void answer(std::string text, const std::string& reason);
  void fail_exchange(int status, const std::string& reason);
  void detach_target(bool reusable);
  void update_interest();
  void close();
  void touch();

  Worker& worker_;
  Transport transport_;
  FrontFacts facts_;
  std::string local_address_;
  State state_ = State::reading_head;
  std::string in_, out_;            ///< from and to the client
  uint32_t interest_ = 0;
  bool client_ready_ = false;       ///< something may be read; level-triggered, so it may be forgotten
  TimePoint last_activity_{}, born_{}, connect_deadline_{};

  // The request on its way.
  std::shared_ptr<const Snapshot> snapshot_;
  http::h1::RequestHead head_;
  std::string method_;
  http::h1::Framing request_framing_ = http::h1::Framing::none;
  uint64_t request_left_ = 0;
  http::h1::ChunkReader request_chunks_;
  bool request_done_ = true, keep_alive_ = true, wants_upgrade_ = false, is_http10_ = false, closes_after_ = false;

  // The target that it goes to.
  std::shared_ptr<Target> target_;
  std::unique_ptr<Upstream> upstream_;
  std::string up_out_, up_in_, sent_head_;
  bool is_reused_ = false, target_ended_ = false, target_ready_ = false;

  // Its response.
  http::h1::ResponseHead response_;
  bool has_response_ = false, response_done_ = false, chunks_it_ = false, target_keeps_ = false;
  http::h1::Framing response_framing_ = http::h1::Framing::none;
  uint64_t response_left_ = 0;
  http::h1::ChunkReader response_chunks_;
};

}  // namespace landfall::alb
