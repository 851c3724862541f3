#pragma once

#include <netinet/in.h>

#include "alb/config.h"
#include "base/error.h"
#include "base/file.h"

namespace landfall::alb {

/// Where a connection to a target is to come from.
struct FlowSource {
  const NodeConfig* node = nullptr;
  in_addr client{};
  int client_port = 0;
};

/// Starts connecting to `to` with the client's own address and port, over the node's device: the target sees the client, and its
/// answers come back to the node (vpc/ routes them so). Needs CAP_NET_RAW.
/// Errors: the address is taken, by a connection of the same client to the same target over another node or listener.
Result<Fd> connect_as_client(const sockaddr_in& to, const FlowSource& source);

}  // namespace landfall::alb
