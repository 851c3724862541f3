#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// Route 53. Global: no region.
namespace landfall::model {

struct ZoneVpc {
  std::string region, vpc_id;
  FIELDS(region, vpc_id)
};

struct HostedZone {
  std::string account, id;  ///< "Z…" without /hostedzone/
  std::string name;         ///< lower case, trailing dot
  std::string caller_reference, comment;
  bool is_private = false;
  std::vector<ZoneVpc> vpcs;
  std::vector<std::string> name_servers;
  Tags tags;
  FIELDS(account, id, name, caller_reference, comment, is_private, vpcs, name_servers, tags)
  static constexpr std::string_view kTable = "hosted_zone";
  std::string key() const { return account + "/" + id; }
};

struct AliasTarget {
  std::string hosted_zone_id, dns_name;  ///< dns_name lower case, trailing dot
  bool evaluate_target_health = false;
  FIELDS(hosted_zone_id, dns_name, evaluate_target_health)
};

struct RecordSet {
  std::string zone_id;
  std::string name;  ///< lower case, trailing dot, `\052` for *
  std::string type;
  int64_t ttl = 0;
  std::vector<std::string> values;  ///< as given
  std::optional<AliasTarget> alias;
  FIELDS(zone_id, name, type, ttl, values, alias)
  static constexpr std::string_view kTable = "record_set";
  std::string key() const { return zone_id + "/" + name + "/" + type; }
};

/// INSYNC is answered once the resolver of this host serves the change, which is at commit.
struct ZoneChange {
  std::string account, id;
  WallTime submitted_at;
  std::string comment;
  FIELDS(account, id, submitted_at, comment)
  static constexpr std::string_view kTable = "zone_change";
  std::string key() const { return account + "/" + id; }
};

}  // namespace landfall::model
