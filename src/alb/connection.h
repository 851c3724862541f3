#pragma once

#include "alb/loop.h"

namespace landfall::alb {

/// A client's connection, of whatever protocol. A lane owns it from accept to close.
class Connection : public Handler {
 public:
  virtual void start() = 0;
  virtual void on_tick(TimePoint now) = 0;
  size_t slot = 0;       ///< in the lane's list
  size_t node_slot = 0;  ///< of the node that it came to
};

}  // namespace landfall::alb
