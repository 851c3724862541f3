#include "fargate/spec.h"

#include <sys/resource.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::fargate {
namespace {

const std::vector<std::string> kCapabilities{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"};

bool is_number(const std::string& text) { return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos; }

/// The line of a colon-separated file whose field `at` is `value`.
std::vector<std::string> line_with(const std::string& file, size_t at, const std::string& value, size_t fields) {
  for (const std::string& line : split(file, '\n')) {
    std::vector<std::string> parts = split(line, ':');
    if (parts.size() >= fields && parts[at] == value) return parts;
  }
  return {};
}

json::array array_of(const std::vector<std::string>& words) {
  json::array list;
  for (const std::string& word : words) list.emplace_back(word);
  return list;
}

json::object mount(std::string_view target, std::string_view type, std::string_view source, std::vector<std::string> options) {
  return {{"destination", target}, {"type", type}, {"source", source}, {"options", array_of(options)}};
}

json::array mounts_of(const ContainerSpec& spec) {
  json::array mounts{mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}), mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
                     mount("/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
                     mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}), mount("/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}),
                     mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}), mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=67108864"})};
  for (const BindMount& bind : spec.binds) mounts.push_back(mount(bind.target, "bind", bind.source, {"rbind", "rprivate", bind.read_only ? "ro" : "rw"}));
  return mounts;
}

json::object process_of(const ContainerSpec& spec) {
  json::array additional;
  for (const uint32_t gid : spec.user.additional_gids) additional.push_back(gid);
  std::vector<std::string> capabilities = capabilities_of(spec.drop_capabilities, spec.add_capabilities);
  const bool is_root = spec.user.uid == 0;
  json::object caps{{"bounding", array_of(capabilities)}};
  // Another user than root starts with none, as in Docker.
  if (is_root) caps["effective"] = caps["permitted"] = array_of(capabilities);
  json::array limits;
  bool has_files = false;
  for (const model::Ulimit& limit : spec.ulimits) {
    has_files = has_files || limit.name == "nofile";
    limits.push_back(json::object{{"type", "RLIMIT_" + upper(limit.name)}, {"soft", limit.soft}, {"hard", limit.hard}});
  }
  if (!has_files) limits.push_back(json::object{{"type", "RLIMIT_NOFILE"}, {"soft", spec.open_files}, {"hard", spec.open_files}});
  return {{"terminal", spec.has_terminal}, {"user", json::object{{"uid", spec.user.uid}, {"gid", spec.user.gid}, {"additionalGids", additional}}}, {"args", array_of(spec.words)},
          {"env", array_of(spec.environment)}, {"cwd", spec.working_directory}, {"capabilities", caps}, {"rlimits", limits}, {"noNewPrivileges", true}, {"oomScoreAdj", 0}};
}

json::object seccomp_of(const ContainerSpec& spec) {
  std::vector<std::string> names = allowed_system_calls();
  const std::vector<std::string> capabilities = capabilities_of(spec.drop_capabilities, spec.add_capabilities);
  std::ranges::copy(system_calls_of(capabilities), std::back_inserter(names));
  json::array calls{json::object{{"names", array_of(names)}, {"action", "SCMP_ACT_ALLOW"}}};
  // personality(2) for the few that are harmless: Linux, and with ADDR_NO_RANDOMIZE or the 32-bit bits.
  for (const uint64_t value : {0x0ull, 0x8ull, 0x20000ull, 0x20008ull, 0xffffffffull}) {
    calls.push_back(json::object{{"names", json::array{"personality"}}, {"action", "SCMP_ACT_ALLOW"}, {"args", json::array{json::object{{"index", 0}, {"value", value}, {"op", "SCMP_CMP_EQ"}}}}});
  }
  // No new namespaces; clone3 hides its flags behind a pointer, so it "does not exist" and C libraries use clone.
  const bool may_unshare = std::ranges::find(capabilities, "CAP_SYS_ADMIN") != capabilities.end();
  if (!may_unshare) {
    calls.push_back(json::object{{"names", json::array{"clone"}}, {"action", "SCMP_ACT_ALLOW"}, {"args", json::array{json::object{{"index", 0}, {"value", 2114060288}, {"valueTwo", 0}, {"op", "SCMP_CMP_MASKED_EQ"}}}}});
    calls.push_back(json::object{{"names", json::array{"clone3"}}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", 38}});
  }
  // AF_VSOCK would reach the host of a virtual machine.
  calls.push_back(json::object{{"names", json::array{"socket"}}, {"action", "SCMP_ACT_ALLOW"}, {"args", json::array{json::object{{"index", 0}, {"value", 40}, {"op", "SCMP_CMP_NE"}}}}});
  const json::array architectures = host_architecture() == "arm64" ? json::array{"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"} : json::array{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
  return {{"defaultAction", "SCMP_ACT_ERRNO"}, {"defaultErrnoRet", 1}, {"architectures", architectures}, {"syscalls", calls}};
}

json::object linux_of(const ContainerSpec& spec) {
  json::object memory;
  if (spec.memory_bytes != 0) memory["limit"] = memory["swap"] = spec.memory_bytes;
  if (spec.memory_reservation_bytes != 0) memory["reservation"] = spec.memory_reservation_bytes;
  const auto device = [](const char* type, int major, int minor, const char* access) { return json::object{{"allow", true}, {"type", type}, {"major", major}, {"minor", minor}, {"access", access}}; };
  const json::array devices{json::object{{"allow", false}, {"access", "rwm"}}, device("c", 1, 5, "rwm"), device("c", 1, 3, "rwm"), device("c", 1, 9, "rwm"), device("c", 1, 8, "rwm"), device("c", 5, 0, "rwm"), device("c", 5, 1, "rwm")};
  json::object sysctl;
  for (const model::NameValue& control : spec.system_controls) sysctl[control.name] = control.value;
  json::object linux_part{{"cgroupsPath", spec.cgroup_path}, {"resources", json::object{{"devices", devices}, {"memory", memory}, {"cpu", json::object{{"shares", spec.cpu_shares}}}}},
          {"namespaces", json::array{json::object{{"type", "pid"}}, json::object{{"type", "ipc"}}, json::object{{"type", "uts"}}, json::object{{"type", "mount"}}, json::object{{"type", "network"}, {"path", spec.network_namespace_path}}}},
          {"seccomp", seccomp_of(spec)},
          {"maskedPaths", json::array{"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"}},
          {"readonlyPaths", json::array{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}};
  if (!sysctl.empty()) linux_part["sysctl"] = sysctl;
  return linux_part;
}

}  // namespace

Result<ProcessUser> resolve_user(const std::string& user, const std::string& passwd, const std::string& group) {
  ProcessUser found;
  const size_t colon = user.find(':');
  const std::string name = user.empty() ? "0" : user.substr(0, colon), group_name = colon == std::string::npos ? "" : user.substr(colon + 1);
  auto line = line_with(passwd, 0, name, 6);
  if (line.empty() && is_number(name)) line = line_with(passwd, 2, name, 6);
  if (line.empty() && !is_number(name)) return fail("User.Unknown", fmt::format("unable to find user {}: no matching entries in passwd file", name));
  found.uid = static_cast<uint32_t>(std::atoll(line.empty() ? name.c_str() : line[2].c_str()));
  if (!line.empty()) {
    found.gid = static_cast<uint32_t>(std::atoll(line[3].c_str()));
    found.home = line[5].empty() ? "/" : line[5];
  }
  if (!group_name.empty()) {
    const auto entry = line_with(group, 0, group_name, 3);
    if (entry.empty() && !is_number(group_name)) return fail("User.Unknown", fmt::format("unable to find group {}: no matching entries in group file", group_name));
    found.gid = static_cast<uint32_t>(std::atoll(entry.empty() ? group_name.c_str() : entry[2].c_str()));
    return found;
  }
  for (const std::string& text : split(group, '\n')) {
    const std::vector<std::string> parts = split(text, ':');
    if (parts.size() < 4 || line.empty()) continue;
    const std::vector<std::string> members = split(parts[3], ',');
    if (std::ranges::find(members, line[0]) != members.end()) found.additional_gids.push_back(static_cast<uint32_t>(std::atoll(parts[2].c_str())));
  }
  return found;
}

std::vector<std::string> words_of(const model::ContainerDefinition& definition, const ImageConfig& image) {
  const auto& command = definition.command;
  const bool has_entry = definition.entry_point && !definition.entry_point->empty();
  std::vector<std::string> words = has_entry ? *definition.entry_point : image.entrypoint;
  if (command && !command->empty()) words.insert(words.end(), command->begin(), command->end());
  else if (!has_entry) words.insert(words.end(), image.command.begin(), image.command.end());
  return words;
}

std::vector<std::string> capabilities_of(const std::vector<std::string>& drop, const std::vector<std::string>& add) {
  const auto named = [](const std::vector<std::string>& list, const std::string& capability) {
    return std::ranges::any_of(list, [&](const std::string& name) { return name == "ALL" || upper(name) == capability || "CAP_" + upper(name) == capability; });
  };
  std::vector<std::string> kept;
  for (const std::string& capability : kCapabilities) {
    if (!named(drop, capability)) kept.push_back(capability);
  }
  for (const std::string& name : add) {
    const std::string capability = name.starts_with("CAP_") ? name : "CAP_" + upper(name);
    if (name != "ALL" && std::ranges::find(kept, capability) == kept.end()) kept.push_back(capability);
  }
  return kept;
}

int64_t most_open_files() {
  constexpr int64_t kFargate = 65535;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || static_cast<int64_t>(limit.rlim_max) >= kFargate || limit.rlim_max == RLIM_INFINITY) return kFargate;
  const rlimit raised{.rlim_cur = limit.rlim_cur, .rlim_max = static_cast<rlim_t>(kFargate)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    setrlimit(RLIMIT_NOFILE, &limit);
    return kFargate;
  }
  return static_cast<int64_t>(limit.rlim_max);
}

std::string runtime_spec(const ContainerSpec& spec) {
  return json::serialize(json::object{{"ociVersion", "1.0.2"}, {"process", process_of(spec)}, {"root", json::object{{"path", spec.rootfs}, {"readonly", spec.is_readonly}}},
                                      {"hostname", spec.hostname}, {"mounts", mounts_of(spec)}, {"linux", linux_of(spec)}});
}

}  // namespace landfall::fargate
