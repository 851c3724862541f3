#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "fargate/manifest.h"
#include "model/container_service.h"

namespace landfall::fargate {

/// Who a process runs as.
struct ProcessUser {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> additional_gids;
  std::string home = "/";
};

/// "", "uid", "uid:gid", "name", "name:group" and mixes, by the image's /etc/passwd and /etc/group.
/// Errors: "User.Unknown" in runc's words.
Result<ProcessUser> resolve_user(const std::string& user, const std::string& passwd, const std::string& group);

/// Entry point and command as Docker joins them: an entryPoint given without command drops the image's CMD.
std::vector<std::string> words_of(const model::ContainerDefinition& definition, const ImageConfig& image);

struct BindMount {
  std::string source, target;
  bool read_only = false;
};

/// All that the runtime needs to know of one container.
struct ContainerSpec {
  std::vector<std::string> words;
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string working_directory = "/";
  ProcessUser user;
  std::string hostname;
  std::string rootfs;
  std::string network_namespace_path;
  std::string cgroup_path;               ///< "/landfall-1a2b/task/container"
  int64_t memory_bytes = 0, memory_reservation_bytes = 0;
  int64_t cpu_shares = 2;
  std::vector<BindMount> binds;
  std::vector<std::string> drop_capabilities, add_capabilities;
  std::vector<model::Ulimit> ulimits;
  std::vector<model::NameValue> system_controls;
  bool has_terminal = false;
  bool is_readonly = false;
  int64_t open_files = 65535;            ///< Fargate's default for nofile; see most_open_files()
};

/// Fargate's default for open files, or this process's hard limit where it may not raise it (no CAP_SYS_RESOURCE).
int64_t most_open_files();

/// config.json of a bundle, with Docker's defaults: capabilities, seccomp, masked and read-only paths, no_new_privs.
/// Source  OCI runtime specification 1.0.2; Docker's default profile.
std::string runtime_spec(const ContainerSpec& spec);

/// Capabilities of Docker's default profile, less `drop`, plus `add` ("ALL" counts for each).
std::vector<std::string> capabilities_of(const std::vector<std::string>& drop, const std::vector<std::string>& add);

/// System calls that Docker's default profile allows every container, and those with a capability.
const std::vector<std::string>& allowed_system_calls();
std::vector<std::string> system_calls_of(const std::vector<std::string>& capabilities);

}  // namespace landfall::fargate
