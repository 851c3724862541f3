#pragma once

#include "sys/kernel.h"

namespace landfall::sys {

/// The kernel we run on. Needs root. Thread-safe: holds no state.
class Linux final : public Kernel {
 public:
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
};

}  // namespace landfall::sys
