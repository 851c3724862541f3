#pragma once

#include <memory>

#include "alb/connection.h"
#include "alb/forward.h"
#include "alb/transport.h"

namespace landfall::alb {

class Lane;

/// A client's connection that has agreed on HTTP/2 in its handshake. Each stream becomes a request of its own; all frames
/// of a loop's turn leave in one piece.
std::unique_ptr<Connection> make_http2(Lane& lane, Transport transport, const FrontFacts& facts);

}  // namespace landfall::alb
