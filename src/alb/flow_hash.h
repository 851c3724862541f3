#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "alb/snapshot.h"

namespace landfall::alb {

/// What tells one flow from another (NLB user guide, Routing: the flow hash).
struct FlowKey {
  in_addr client{};
  int client_port = 0;
  const std::string* node = nullptr;  ///< the address that the client has reached
  int listener_port = 0;
};

/// A number for the flow; the same for the same flow, whatever worker asks.
uint64_t hash_of(const FlowKey& key);
/// A number for its client's address alone.
uint64_t hash_of_source(const FlowKey& key);

/// One of the action's groups, by weight. Null: none has a weight.
const Group* group_of(const CompiledAction& action, const FlowKey& key);

/// The beginning of a connection to a target that wants to know where it comes from: version 2, IPv4 over TCP.
/// Source  The PROXY protocol, 2.2; NLB user guide, Proxy protocol.
std::string proxy_header(const FlowKey& key);

}  // namespace landfall::alb
