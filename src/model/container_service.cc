#include "model/container_service.h"

namespace landfall::model {

std::string next_provider(const std::vector<CapacityShare>& shares, const std::map<std::string, int>& counts) {
  const auto count = [&](const CapacityShare& share) {
    const auto found = counts.find(share.provider);
    return found == counts.end() ? 0 : found->second;
  };
  const CapacityShare* best = nullptr;
  for (const CapacityShare& share : shares) {
    if (count(share) < share.base) return share.provider;
    if (share.weight == 0 && shares.size() > 1) continue;
    const auto load = [&](const CapacityShare& s) { return static_cast<double>(count(s) - s.base) / (s.weight == 0 ? 1 : s.weight); };
    if (best == nullptr || load(share) < load(*best)) best = &share;
  }
  return best == nullptr ? "" : best->provider;
}

std::string Service::stem(std::string_view kind) const {
  const std::string cluster = cluster_arn.substr(cluster_arn.rfind('/') + 1);
  return "arn:aws:ecs:" + region + ":" + account + ":" + std::string(kind) + "/" + cluster + "/" + name + "/";
}

}  // namespace landfall::model
