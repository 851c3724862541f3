#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// AWS Cloud Map: namespaces, services and their instances.
namespace landfall::model {

struct Namespace {
  std::string account, region, id, name, arn, type, description;  ///< type: DNS_PRIVATE, DNS_PUBLIC or HTTP
  std::string vpc_id, hosted_zone_id;                             ///< of DNS_PRIVATE; DNS_PUBLIC has a zone alone
  std::string creator_request_id;
  int64_t soa_ttl = 15;
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, id, name, arn, type, description, vpc_id, hosted_zone_id, creator_request_id, soa_ttl, created_at, tags)
  static constexpr std::string_view kTable = "namespace";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct DnsRecordKind {
  std::string type;  ///< A, AAAA, CNAME, SRV
  int64_t ttl = 60;
  FIELDS(type, ttl)
};

struct DiscoveryService {
  std::string account, region, id, name, arn, namespace_id, description, creator_request_id;
  std::string routing_policy = "MULTIVALUE";
  std::vector<DnsRecordKind> records;  ///< empty: found by API only
  int failure_threshold = 0;           ///< custom health check; 0: none
  std::map<std::string, std::string> attributes;
  int64_t revision = 1;                ///< rises with each change of its instances
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, id, name, arn, namespace_id, description, creator_request_id, routing_policy, records, failure_threshold, attributes, revision, created_at, tags)
  static constexpr std::string_view kTable = "discovery_service";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct DiscoveryInstance {
  std::string account, region, service_id, id, creator_request_id;
  std::map<std::string, std::string> attributes;
  bool is_healthy = true;
  WallTime created_at;
  FIELDS(account, region, service_id, id, creator_request_id, attributes, is_healthy, created_at)
  static constexpr std::string_view kTable = "discovery_instance";
  std::string key() const { return account + "/" + region + "/" + service_id + "#" + id; }
};

/// What an asynchronous call came to.
struct DiscoveryOperation {
  std::string account, region, id, type, status = "SUCCESS", error_code, error_message;
  std::map<std::string, std::string> targets;
  WallTime created_at, updated_at;
  FIELDS(account, region, id, type, status, error_code, error_message, targets, created_at, updated_at)
  static constexpr std::string_view kTable = "discovery_operation";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
