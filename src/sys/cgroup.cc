#include "sys/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace landfall::sys {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPeriodUs = 100'000;

/// Files of a control group take one write, in place.
Result<void> write_value(const fs::path& path, const std::string& value) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || write(fd.get(), value.data(), value.size()) < 0) return fail(errno_error(fmt::format("writing {} to {}", value, path.string()), errno));
  return {};
}

/// Version 1: the roots of all hierarchies ("cpu,cpuacct" and links to it count once); version 2: the one root.
std::vector<fs::path> hierarchies(const Cgroups& cgroups) {
  if (cgroups.is_unified) return {cgroups.root};
  std::set<fs::path> roots;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(cgroups.root, error)) {
    if (!entry.is_directory()) continue;  // "unified" of a hybrid machine too: runc makes its groups there as well
    roots.insert(fs::canonical(entry.path(), error));
  }
  return {roots.begin(), roots.end()};
}

std::vector<int> processes_in(const fs::path& group) {
  std::vector<int> pids;
  std::error_code error;
  const auto own = read_file(group / "cgroup.procs");
  for (const std::string& line : split(own ? *own : "", '\n')) {
    if (!line.empty()) pids.push_back(std::atoi(line.c_str()));
  }
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (!entry.is_directory()) continue;
    const std::vector<int> below = processes_in(entry.path());
    pids.insert(pids.end(), below.begin(), below.end());
  }
  return pids;
}

Result<void> remove_tree(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (entry.is_directory()) TRY(remove_tree(entry.path()));
  }
  // A killed process leaves its group a moment after the kill; EBUSY until then.
  for (int tries = 0; rmdir(group.c_str()) != 0; ++tries) {
    if (errno == ENOENT) return {};
    if (errno != EBUSY || tries == 200) return fail(errno_error("removing control group " + group.string(), errno));
    for (const int pid : processes_in(group)) kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {};
}

std::optional<int64_t> number_in(const fs::path& file) {
  const auto text = read_file(file);
  return text ? std::optional<int64_t>(std::atoll(text->c_str())) : std::nullopt;
}

std::optional<int64_t> field_of(const fs::path& file, std::string_view name) {
  const auto text = read_file(file);
  if (!text) return std::nullopt;
  for (const std::string& line : split(*text, '\n')) {
    if (line.starts_with(std::string(name) + " ")) return std::atoll(line.c_str() + name.size() + 1);
  }
  return std::nullopt;
}

/// Version 2: each group on the way hands its controllers down.
void hand_down(const Cgroups& cgroups, const std::string& group) {
  fs::path at = cgroups.root;
  for (const std::string& part : split(group, '/')) {
    for (const char* controller : {"+memory", "+cpu", "+pids"}) (void)write_value(at / "cgroup.subtree_control", controller);
    at /= part;
    std::error_code error;
    fs::create_directory(at, error);
  }
  for (const char* controller : {"+memory", "+cpu", "+pids"}) (void)write_value(at / "cgroup.subtree_control", controller);
}

}  // namespace

std::vector<std::string> Cgroups::missing() const {
  std::vector<std::string> names;
  if (!has_memory) names.push_back("memory");
  if (!has_cpu) names.push_back("cpu");
  if (!has_pids) names.push_back("pids");
  return names;
}

Cgroups find_cgroups(const fs::path& root) {
  Cgroups found{.root = root};
  if (const auto controllers = read_file(root / "cgroup.controllers")) {
    const std::vector<std::string> names = split(trim(*controllers), ' ');
    const auto has = [&](const char* name) { return std::ranges::find(names, name) != names.end(); };
    found.is_unified = true;
    found.has_memory = has("memory");
    found.has_cpu = has("cpu");
    found.has_pids = has("pids");
    return found;
  }
  found.has_memory = fs::exists(root / "memory/memory.limit_in_bytes") || fs::exists(root / "memory/cgroup.procs");
  found.has_cpu = fs::exists(root / "cpu/cgroup.procs");
  found.has_pids = fs::exists(root / "pids/cgroup.procs");
  return found;
}

Result<void> make_cgroup(const Cgroups& cgroups, const std::string& group, const CgroupLimits& limits) {
  if (cgroups.is_unified) {
    hand_down(cgroups, group);
    const fs::path at = cgroups.root / group;
    if (!fs::exists(at)) return fail("Cgroup.NotMade", fmt::format("control group {} cannot be made", at.string()), Blame::host);
    if (limits.memory_bytes != 0 && cgroups.has_memory) {
      TRY(write_value(at / "memory.max", std::to_string(limits.memory_bytes)));
      (void)write_value(at / "memory.swap.max", "0");
    }
    if (limits.cpu_quota_us != 0 && cgroups.has_cpu) TRY(write_value(at / "cpu.max", fmt::format("{} {}", limits.cpu_quota_us, kPeriodUs)));
    if (limits.pids != 0 && cgroups.has_pids) TRY(write_value(at / "pids.max", std::to_string(limits.pids)));
    return {};
  }
  if (cgroups.has_memory) {
    const fs::path at = cgroups.root / "memory" / group;
    TRY(make_directories(at));
    if (limits.memory_bytes != 0) {
      TRY(write_value(at / "memory.limit_in_bytes", std::to_string(limits.memory_bytes)));
      (void)write_value(at / "memory.memsw.limit_in_bytes", std::to_string(limits.memory_bytes));
    }
  }
  if (cgroups.has_cpu) {
    const fs::path at = cgroups.root / "cpu" / group;
    TRY(make_directories(at));
    if (limits.cpu_quota_us != 0 && fs::exists(at / "cpu.cfs_quota_us")) {
      TRY(write_value(at / "cpu.cfs_period_us", std::to_string(kPeriodUs)));
      TRY(write_value(at / "cpu.cfs_quota_us", std::to_string(limits.cpu_quota_us)));
    }
  }
  if (cgroups.has_pids) {
    TRY(make_directories(cgroups.root / "pids" / group));
    if (limits.pids != 0) TRY(write_value(cgroups.root / "pids" / group / "pids.max", std::to_string(limits.pids)));
  }
  return {};
}

Result<void> remove_cgroup(const Cgroups& cgroups, const std::string& group) {
  for (const fs::path& root : hierarchies(cgroups)) {
    const fs::path at = root / group;
    if (!fs::exists(at)) continue;
    for (const int pid : processes_in(at)) kill(pid, SIGKILL);
    TRY(remove_tree(at));
  }
  return {};
}

std::optional<int64_t> oom_kills(const Cgroups& cgroups, const std::string& group) {
  if (cgroups.is_unified) return field_of(cgroups.root / group / "memory.events", "oom_kill");
  return field_of(cgroups.root / "memory" / group / "memory.oom_control", "oom_kill");
}

std::optional<CgroupUsage> usage_of(const Cgroups& cgroups, const std::string& group) {
  const fs::path memory = cgroups.is_unified ? cgroups.root / group : cgroups.root / "memory" / group;
  std::optional<int64_t> cpu_us, bytes;
  if (cgroups.is_unified) {
    cpu_us = field_of(cgroups.root / group / "cpu.stat", "usage_usec");
    bytes = number_in(memory / "memory.current");
  } else {
    const auto ns = number_in(cgroups.root / "cpuacct" / group / "cpuacct.usage");
    if (ns) cpu_us = *ns / 1000;
    bytes = number_in(memory / "memory.usage_in_bytes");
  }
  if (!cpu_us || !bytes) return std::nullopt;
  const int64_t cache = field_of(memory / "memory.stat", cgroups.is_unified ? "inactive_file" : "total_inactive_file").value_or(0);
  return CgroupUsage{.cpu_us = *cpu_us, .memory_bytes = std::max<int64_t>(0, *bytes - cache)};
}

std::vector<std::string> groups_below(const Cgroups& cgroups, const std::string& group) {
  std::set<std::string> names;
  for (const fs::path& root : hierarchies(cgroups)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root / group, error)) {
      if (entry.is_directory()) names.insert(entry.path().filename());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace landfall::sys
