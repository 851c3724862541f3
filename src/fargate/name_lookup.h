#pragma once

#include <chrono>
#include <string>

#include "base/ip.h"

namespace landfall::fargate {

/// Asks the VPC's resolver (169.254.169.253) for a name's IPv4 address, from the calling thread's network namespace; an
/// address in digits is itself, "localhost" is 127.0.0.1. Errors: "Lookup.NoSuchHost", "Lookup.Timeout" in Go's words.
Result<Ipv4> look_up(const std::string& name, std::chrono::milliseconds timeout);

/// One question of type A, and its answer. Pure. The answer's errors as above.
std::string question_for(const std::string& name, uint16_t id);
Result<Ipv4> address_in(std::string_view answer, const std::string& name, uint16_t id);

}  // namespace landfall::fargate
