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
  std::string delegation_set_id;  ///< of a reusable delegation set; empty: name servers of its own
  WallTime created_at;
  std::vector<ZoneVpc> authorized_vpcs;  ///< that another account may associate
  Tags tags;
  FIELDS(account, id, name, caller_reference, comment, is_private, vpcs, name_servers, delegation_set_id, created_at, authorized_vpcs, tags)
  static constexpr std::string_view kTable = "hosted_zone";
  std::string key() const { return account + "/" + id; }
};

struct AliasTarget {
  std::string hosted_zone_id, dns_name;  ///< dns_name lower case, trailing dot
  bool evaluate_target_health = false;
  FIELDS(hosted_zone_id, dns_name, evaluate_target_health)
};

/// Whom a record set is for: a continent, or a country ("*": whoever no other is for), or a part of it.
struct GeoLocation {
  std::string continent, country, subdivision;
  FIELDS(continent, country, subdivision)
  bool operator==(const GeoLocation&) const = default;
};

struct RecordSet {
  std::string zone_id;
  std::string name;  ///< lower case, trailing dot, `\052` for *
  std::string type;
  int64_t ttl = 0;
  std::vector<std::string> values;  ///< as given
  std::optional<AliasTarget> alias;
  std::string set_identifier;       ///< tells it from others of its name and type; empty: the only one
  std::optional<int64_t> weight;    ///< at most one of this and the next four: the routing policy
  std::string region;
  std::string failover;             ///< PRIMARY, SECONDARY
  std::optional<GeoLocation> geo;
  bool is_multivalue = false;
  std::string health_check_id;
  FIELDS(zone_id, name, type, ttl, values, alias, set_identifier, weight, region, failover, geo, is_multivalue, health_check_id)
  static constexpr std::string_view kTable = "record_set";
  std::string key() const { return zone_id + "/" + name + "/" + type + (set_identifier.empty() ? "" : "/" + set_identifier); }
};

/// Name servers that several hosted zones share.
struct DelegationSet {
  std::string account, id;  ///< "N…" without /delegationset/
  std::string caller_reference;
  std::vector<std::string> name_servers;
  FIELDS(account, id, caller_reference, name_servers)
  static constexpr std::string_view kTable = "delegation_set";
  std::string key() const { return account + "/" + id; }
};

/// A health check of Route 53, as asked for.
struct DnsHealthCheck {
  std::string account, id, caller_reference;
  int64_t version = 1;
  std::string type;  ///< HTTP, HTTPS, HTTP_STR_MATCH, HTTPS_STR_MATCH, TCP, CALCULATED, CLOUDWATCH_METRIC
  std::string ip, domain, path, search_string;
  int port = 0;
  int request_interval = 30, failure_threshold = 3;
  bool measures_latency = false, is_inverted = false, is_disabled = false, enables_sni = false;
  int health_threshold = 0;  ///< of CALCULATED: how many children must be healthy
  std::vector<std::string> children, regions;
  std::string alarm_region, alarm_name, insufficient_data_status;
  Tags tags;
  FIELDS(account, id, caller_reference, version, type, ip, domain, path, search_string, port, request_interval, failure_threshold, measures_latency,
         is_inverted, is_disabled, enables_sni, health_threshold, children, regions, alarm_region, alarm_name, insufficient_data_status, tags)
  static constexpr std::string_view kTable = "dns_health_check";
  std::string key() const { return account + "/" + id; }
};

/// What was observed of a health check (dns/); none yet: it counts as healthy, as on AWS.
struct DnsHealth {
  std::string account, id;
  bool is_healthy = true;     ///< after inversion
  bool is_endpoint_up = true; ///< before it
  int streak = 0;             ///< looks in a row that contradict is_endpoint_up
  std::string status;         ///< "Success: HTTP Status Code 200, OK"
  WallTime checked_at;
  std::string last_failure;   ///< empty: none yet
  WallTime failed_at;
  FIELDS(account, id, is_healthy, is_endpoint_up, streak, status, checked_at, last_failure, failed_at)
  static constexpr std::string_view kTable = "dns_health";
  std::string key() const { return account + "/" + id; }
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
