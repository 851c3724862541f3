#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

/// Control groups, version 1, hybrid (1 with an empty 2 beside it) and 2. A group is named by its path below every
/// hierarchy's root: "landfall-1a2b/0f3c…".
namespace landfall::sys {

struct CgroupLimits {
  int64_t memory_bytes = 0;   ///< 0: none
  int64_t cpu_quota_us = 0;   ///< CPU time per 100 ms; 0: none
  int64_t pids = 0;           ///< 0: none
};

/// What this machine has. `is_unified`: all controllers are in version 2.
struct Cgroups {
  std::filesystem::path root = "/sys/fs/cgroup";
  bool is_unified = false;
  bool has_memory = false, has_cpu = false, has_pids = false;
  std::vector<std::string> missing() const;  ///< of memory, cpu, pids
};
Cgroups find_cgroups(const std::filesystem::path& root = "/sys/fs/cgroup");

/// Makes the group, or changes its limits. Limits whose controller is missing are left out (see Cgroups::missing).
Result<void> make_cgroup(const Cgroups& cgroups, const std::string& group, const CgroupLimits& limits);
/// Kills what is in the group and below, and removes it. Succeeds if it is not there.
Result<void> remove_cgroup(const Cgroups& cgroups, const std::string& group);
/// Times that the out-of-memory killer took a process of the group or (version 2) of one below; none if unknown.
std::optional<int64_t> oom_kills(const Cgroups& cgroups, const std::string& group);
/// What the processes of a group and of those below it have used; none if this machine does not count it.
struct CgroupUsage {
  int64_t cpu_us = 0;        ///< since the group was made
  int64_t memory_bytes = 0;  ///< now, without file pages that could be dropped at once
};
std::optional<CgroupUsage> usage_of(const Cgroups& cgroups, const std::string& group);
/// Groups directly below one.
std::vector<std::string> groups_below(const Cgroups& cgroups, const std::string& group);

}  // namespace landfall::sys
