#pragma once

#include <string>
#include <string_view>

#include "base/record.h"

namespace landfall::model {

/// How this daemon was started; one record, written at each start.
struct Settings {
  std::string instance;          ///< 4 hex digits that tell daemons on one host apart; part of every kernel name
  std::string account = "000000000000";
  std::string region = "us-west-2";
  std::string data_dir;
  int port = 4566;
  std::string public_pool;       ///< CIDR of the "internet": its first address is the AWS endpoint's inside VPCs
  std::string endpoint_address;  ///< first usable address of public_pool, on the host's loopback device
  std::string transit_pool;      ///< CIDR of host <-> VPC links
  int tracking_period = 60;      ///< seconds: what target tracking's alarms look at; 60 as on AWS, or 10, 20, 30
  FIELDS(instance, account, region, data_dir, port, public_pool, endpoint_address, transit_pool, tracking_period)

  static constexpr std::string_view kTable = "settings";
  static constexpr std::string_view kKey = "host";
  std::string key() const { return std::string(kKey); }

  /// Names of network namespaces (under /run/netns): at most 15 + instance characters, stable over restarts.
  std::string namespace_name(std::string_view kind, std::string_view id) const;  ///< ("task", id) -> "lf1a2b-task-0f3c…"
};

}  // namespace landfall::model
