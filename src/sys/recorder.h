#pragma once

#include <optional>
#include <set>

#include "sys/kernel.h"

namespace landfall::sys {

/// A kernel in memory: namespaces, devices in pairs, routes, rule sets, as far as Kernel can see them. Writes every
/// changing call down and can fail the n-th one. No packets.
class Recorder final : public Kernel {
 public:
  std::vector<std::string> calls;          ///< changing calls: "create_namespace x", "x: add route …"
  std::optional<Error> fail_next{};        ///< the next changing call returns it, once
  int fail_at = -1;                        ///< the changing call with this number (from 0) fails with "Recorder.Failed"
  std::map<std::string, NetworkState> spaces{{"", {.links = {{.name = "lo", .is_up = true}}}}};
  std::map<std::string, std::string> rulesets;            ///< by namespace: the last table definition, and what changed it since
  std::map<std::string, std::string> sysctls{{"/net/ipv4/ip_forward", "0"}};  ///< by "namespace/name"
  std::map<std::string, std::map<std::string, PacketCounter>> counters;       ///< by namespace

  Result<std::vector<NamespaceName>> namespaces() override;
  Result<void> create_namespace(const std::string& name) override;
  Result<void> delete_namespace(const std::string& name) override;
  Result<NetworkState> read_network(const std::string& space) override;
  Result<void> change_network(const std::string& space, const std::vector<NetworkChange>& changes) override;
  Result<void> load_ruleset(const std::string& space, const std::string& commands) override;
  Result<std::string> list_table(const std::string& space, const std::string& table) override;
  Result<std::map<std::string, PacketCounter>> read_counters(const std::string& space, const std::string& table) override;
  Result<std::string> read_sysctl(const std::string& space, const std::string& name) override;
  Result<void> write_sysctls(const std::string& space, const std::map<std::string, std::string>& values) override;

  /// Takes a device away, with its other end and all that hung on them; as when somebody ran `ip link del`.
  void lose_link(const std::string& space, const std::string& device);

 private:
  using End = std::pair<std::string, std::string>;  ///< namespace, device
  Result<void> called(std::string call);
  Result<NetworkState*> state_of(const std::string& space);
  Result<void> change(const std::string& space, const NetworkChange& change);
  void lose_end(const End& end);

  std::map<End, End> peers_;
};

}  // namespace landfall::sys
