#pragma once

#include <string_view>

#include "alb/kept.h"
#include "alb/transport.h"

namespace landfall::alb {

/// One side of a flow: reads, writes, and how it ends. What the peer does not take yet waits here, and then nothing is read from
/// the other side, so one piece at most.
class FlowEnd {
 public:
  explicit FlowEnd(Transport transport) : transport_(std::move(transport)) {}

  Transport& transport() { return transport_; }
  /// To be told of every event.
  void take(uint32_t events);
  /// As Transport::read. closed: the peer sends no more (has_ended), or was_reset.
  Io read(char* into, size_t room, size_t& got);
  /// False: the connection is broken.
  bool send(std::string_view bytes);
  /// Goes on with what waits. False: the connection is broken.
  bool flush();
  bool takes_more() const { return !has_waiting() && !is_finished_; }
  bool has_waiting() const { return !waiting_.empty() || !transport_.is_flushed(); }
  /// Tells the peer that nothing follows. Only when nothing waits.
  void finish();
  /// The peer will be told that the connection is gone, once this is destroyed.
  void reset();

  bool has_ended() const { return has_ended_; }      ///< the peer sends no more
  bool is_finished() const { return is_finished_; }  ///< nor do we
  bool was_reset() const { return was_reset_; }      ///< by the peer

 private:
  Transport transport_;
  Kept waiting_;
  bool has_ended_ = false, is_finished_ = false, was_reset_ = false;
};

}  // namespace landfall::alb
