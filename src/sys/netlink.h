#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "sys/network_state.h"

struct nlmsghdr;

namespace landfall::sys {

/// Number in the protocol field of the routes and rules that are ours ("L"); what has another one is not touched.
constexpr int kRouteProtocol = 76;

/// A routing socket (rtnetlink) inside one network namespace.
class Netlink {
 public:
  static Result<Netlink> open(const std::string& space);

  Result<NetworkState> read();
  Result<void> apply(const NetworkChange& change);

 private:
  explicit Netlink(Fd fd) : fd_(std::move(fd)) {}

  Result<void> perform(const AddVeth& change);
  Result<void> perform(const DeleteLink& change);
  Result<void> perform(const SetLinkUp& change);
  Result<void> perform(const InterfaceAddress& entry, bool is_add);
  Result<void> perform(const RouteEntry& entry, bool is_add);
  Result<void> perform(const RoutingRule& entry, bool is_add);
  Result<void> perform(const Neighbour& entry, bool is_add);
  template <class T>
  Result<void> perform(const Add<T>& change) { return perform(change.entry, true); }
  template <class T>
  Result<void> perform(const Delete<T>& change) { return perform(change.entry, false); }

  Result<void> ask(nlmsghdr* message);                                                  ///< sends and waits for the acknowledgement
  Result<void> dump(int type, const std::function<void(const nlmsghdr*)>& each);  ///< IPv4
  Result<void> read_links(NetworkState& state);
  Result<int> index_of(const std::string& device);
  std::string name_of(int index) const;

  Fd fd_;
  uint32_t sequence_ = 0;
  std::map<std::string, int> index_;
  std::map<int, std::string> name_;
};

}  // namespace landfall::sys
