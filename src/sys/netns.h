#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "sys/kernel.h"

/// Named network namespaces, as `ip netns` keeps them: bind mounts under /run/netns. "" is the caller's own namespace.
namespace landfall::sys {

/// Succeeds if it exists already. The loopback device of a new one is up.
Result<void> create_netns(const std::string& name);
/// Takes the name away; the namespace itself ends with its last process. Succeeds if there is none.
Result<void> delete_netns(const std::string& name);
Result<std::vector<NamespaceName>> list_netns();
/// Errors: "Netns.NotFound".
Result<Fd> open_netns(const std::string& name);
/// Tells a namespace from an earlier one of its name; 0: there is none.
uint64_t netns_identity(const std::string& name);

/// Runs `body` on a fresh thread inside the namespace and waits for it. The caller's thread never changes its own.
Result<void> run_in(const std::string& name, const std::function<Result<void>()>& body);

/// socket(domain, type | SOCK_CLOEXEC, protocol) inside the namespace; usable from anywhere afterwards.
Result<Fd> socket_in(const std::string& name, int domain, int type, int protocol = 0);

}  // namespace landfall::sys
