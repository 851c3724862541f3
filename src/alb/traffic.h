#pragma once

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "model/usage.h"

namespace landfall::alb {

class Worker;

/// What the worker has carried, in all and by node, under CloudWatch's names (ALB and NLB user guides, CloudWatch metrics). By the
/// control thread.
model::Traffic traffic_of(const Worker& worker);

/// `traffic.json` beside the configuration: written by the worker once a second while something changes, read by the daemon.
std::filesystem::path traffic_file(const std::filesystem::path& folder);

/// Tells the file; writes only what differs from the last time.
class TrafficLog {
 public:
  explicit TrafficLog(std::filesystem::path folder) : file_(traffic_file(folder)) {}
  Result<void> write(const Worker& worker);

 private:
  std::filesystem::path file_;
  std::string last_;
};

/// None: the worker has not told yet.
std::optional<model::Traffic> read_traffic(const std::filesystem::path& folder);

}  // namespace landfall::alb
