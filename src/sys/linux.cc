#include "sys/linux.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/text.h"
#include "sys/netlink.h"
#include "sys/netns.h"
#include "sys/nftables.h"

namespace landfall::sys {
namespace {

/// What /proc/sys/net shows depends on the namespace of the thread that opens it.
Result<std::string> read_here(const std::string& name) {
  return std::string(trim(TRY(read_file("/proc/sys/" + name))));
}

Result<void> write_here(const std::string& name, const std::string& value) {
  const std::string path = "/proc/sys/" + name;
  const Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("opening " + path, errno));
  if (write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
    return fail(errno_error(fmt::format("writing {} to {}", value, path), errno));
  }
  return {};
}

}  // namespace

Result<std::vector<NamespaceName>> Linux::namespaces() { return list_netns(); }
Result<void> Linux::create_namespace(const std::string& name) { return create_netns(name); }
Result<void> Linux::delete_namespace(const std::string& name) { return delete_netns(name); }

Result<NetworkState> Linux::read_network(const std::string& space) {
  Netlink netlink = TRY(Netlink::open(space));
  return netlink.read().while_doing(fmt::format("reading the network of '{}'", space));
}

Result<void> Linux::change_network(const std::string& space, const std::vector<NetworkChange>& changes) {
  if (changes.empty()) return {};
  Netlink netlink = TRY(Netlink::open(space));
  for (const NetworkChange& change : changes) {
    TRY(netlink.apply(change).while_doing(fmt::format("changing the network of '{}'", space)));
  }
  return {};
}

Result<void> Linux::load_ruleset(const std::string& space, const std::string& commands) {
  return run_in(space, [&] { return nft_load(commands); }).while_doing(fmt::format("loading rules into '{}'", space));
}

Result<std::string> Linux::list_table(const std::string& space, const std::string& table) {
  std::string text;
  TRY(run_in(space, [&]() -> Result<void> {
    text = TRY(nft_list(table));
    return {};
  }));
  return text;
}

Result<std::map<std::string, PacketCounter>> Linux::read_counters(const std::string& space, const std::string& table) {
  std::map<std::string, PacketCounter> counters;
  TRY(run_in(space, [&]() -> Result<void> {
    counters = TRY(nft_counters(table));
    return {};
  }));
  return counters;
}

Result<std::string> Linux::read_sysctl(const std::string& space, const std::string& name) {
  std::string value;
  TRY(run_in(space, [&]() -> Result<void> {
    value = TRY(read_here(name));
    return {};
  }));
  return value;
}

Result<void> Linux::write_sysctls(const std::string& space, const std::map<std::string, std::string>& values) {
  if (values.empty()) return {};
  return run_in(space, [&]() -> Result<void> {
    for (const auto& [name, value] : values) TRY(write_here(name, value));
    return {};
  });
}

}  // namespace landfall::sys
