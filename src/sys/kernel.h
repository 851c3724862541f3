#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "sys/network_state.h"

namespace landfall::sys {

/// A name under /run/netns. Not alive: a file without a namespace behind it, left by a crash or a reboot.
struct NamespaceName {
  std::string name;
  bool is_alive = true;
};

struct PacketCounter {
  uint64_t packets = 0, bytes = 0;
};

/// Everything the network controller asks of Linux. `space` is the name of a network namespace; "" is the host's own.
/// Every call is idempotent as far as the kernel lets it be: adding what exists and deleting what is gone succeed.
/// Errors: "Host.<ERRNO>" with what was tried; "Netns.NotFound"; "Nft.Rejected" with nft's own words.
class Kernel {
 public:
  virtual ~Kernel() = default;

  virtual Result<std::vector<NamespaceName>> namespaces() = 0;
  virtual Result<void> create_namespace(const std::string& name) = 0;
  virtual Result<void> delete_namespace(const std::string& name) = 0;

  virtual Result<NetworkState> read_network(const std::string& space) = 0;
  /// In order; stops at the first failure.
  virtual Result<void> change_network(const std::string& space, const std::vector<NetworkChange>& changes) = 0;

  /// Commands in nft's language, applied as one transaction: all or nothing.
  virtual Result<void> load_ruleset(const std::string& space, const std::string& commands) = 0;
  /// "ip landfall" as nft prints it, without counters; "" if there is no such table.
  virtual Result<std::string> list_table(const std::string& space, const std::string& table) = 0;
  /// The named counters of a table; none if there is no such table.
  virtual Result<std::map<std::string, PacketCounter>> read_counters(const std::string& space, const std::string& table) = 0;

  /// `name` below /proc/sys: "net/ipv4/ip_forward". Without the trailing line feed.
  virtual Result<std::string> read_sysctl(const std::string& space, const std::string& name) = 0;
  virtual Result<void> write_sysctls(const std::string& space, const std::map<std::string, std::string>& values) = 0;
};

}  // namespace landfall::sys
