#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "dns/answer.h"
#include "store/store.h"

namespace landfall::dns {

/// How the resolver gets at the kernel; handed in by the daemon.
struct Sockets {
  /// A UDP or TCP (SOCK_DGRAM, SOCK_STREAM) IPv4 socket that lives in a named network namespace; "" is the host.
  std::function<Result<Fd>(const std::string& network_namespace, int type)> open;
  /// Tells a namespace from an earlier one of its name; 0: there is none.
  std::function<uint64_t(const std::string& network_namespace)> identity;
};

/// One thread that answers DNS: in each VPC at base+2 and 169.254.169.253 (port 53, UDP and TCP), and for the host on
/// `host_address`:`host_port`. Sockets follow the VPC records; a VPC with enableDnsSupport off is not answered.
/// Names that are not ours go to the host's own resolver (first nameserver of /etc/resolv.conf), 2 s at most, each on
/// a bounded number of helper threads so that a dead outside never delays our own names.
class Resolver {
 public:
  /// `chance` draws among weights; only the resolver's thread asks it.
  Resolver(store::Store& store, Sockets sockets, Chance chance, std::string host_address, int host_port);
  ~Resolver();
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace landfall::dns
