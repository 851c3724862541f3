#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "store/store.h"
#include "sys/kernel.h"
#include "vpc/reconciler.h"

namespace landfall::vpc {

/// Makes the VPC records true in the kernel of this host, and keeps them true: every 30 s everything is compared and
/// repaired. The references outlive it. step() and remove_everything() belong to one thread at a time; drops() to any.
class Network {
 public:
  Network(store::Store& store, const Clock& clock, sys::Kernel& kernel,
          std::filesystem::path forwarding_memory = "/run/landfall/ip_forward");

  /// Until the store is closed. Leaves the network as it is: tasks go on without us.
  void run();

  /// One pass: what changed in the records since the last one; everything if the period is over. The first one makes
  /// the endpoint's address on the host's loopback device.
  void step();

  /// Takes every kernel object of this daemon's instance away; the host is as it was before. Records stay.
  Result<void> remove_everything();

  Result<std::vector<DropCount>> drops();

 private:
  bool prepare();
  void record_interfaces(model::NetworkView& view, const Plan& plan);
  void record_reasons(const model::NetworkView& view);
  void move_nat_gateways(const model::NetworkView& view, const Plan& plan);
  bool is_plumbed(const VethPlan& veth) const;
  std::string error_of(const VethPlan& veth) const;

  store::Store& store_;
  const Clock& clock_;
  sys::Kernel& kernel_;
  std::filesystem::path forwarding_memory_;

  std::mutex reconciler_mutex_;  ///< guards the pointer; made once, with the settings
  std::shared_ptr<Reconciler> reconciler_;
  store::Revision seen_ = -1;
  std::chrono::steady_clock::time_point next_full_{};
  bool is_first_ = true;
};

}  // namespace landfall::vpc
