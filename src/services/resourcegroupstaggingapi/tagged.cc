#include "services/resourcegroupstaggingapi/tagged.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/certificate.h"
#include "model/container_service.h"
#include "model/discovery.h"
#include "model/egress_only_gateway.h"
#include "model/launch_template.h"
#include "model/load_balancing.h"
#include "model/scaling.h"
#include "model/secret.h"
#include "model/storage.h"
#include "model/subnet_reservation.h"
#include "model/zone.h"
#include "store/table.h"

namespace landfall::services::resourcegroupstaggingapi {
namespace {

using aws::CallContext;

/// Calls `visit<Record>(arn_of)` for each kind of record with tags of its own.
template <class Visit>
void each_kind(const Visit& visit) {
  const auto own = [](const auto& record) {
    if constexpr (requires { record.arn(); }) return record.arn();
    else return record.arn;
  };
  const auto ec2 = [](const char* kind) {
    return [kind](const auto& record) { return fmt::format("arn:aws:ec2:{}:{}:{}/{}", record.region, record.account, kind, record.id); };
  };
  const auto route53 = [](const char* kind) {
    return [kind](const auto& record) { return fmt::format("arn:aws:route53:::{}/{}", kind, record.id); };
  };
  visit.template operator()<model::Vpc>(ec2("vpc"));
  visit.template operator()<model::Subnet>(ec2("subnet"));
  visit.template operator()<model::SubnetReservation>(ec2("subnet-cidr-reservation"));
  visit.template operator()<model::RouteTable>(ec2("route-table"));
  visit.template operator()<model::InternetGateway>(ec2("internet-gateway"));
  visit.template operator()<model::EgressOnlyGateway>(ec2("egress-only-internet-gateway"));
  visit.template operator()<model::NatGateway>(ec2("natgateway"));
  visit.template operator()<model::Address>(ec2("elastic-ip"));
  visit.template operator()<model::SecurityGroup>(ec2("security-group"));
  visit.template operator()<model::NetworkAcl>(ec2("network-acl"));
  visit.template operator()<model::NetworkInterface>(ec2("network-interface"));
  visit.template operator()<model::DhcpOptions>(ec2("dhcp-options"));
  visit.template operator()<model::PrefixList>(ec2("prefix-list"));
  visit.template operator()<model::KeyPair>(ec2("key-pair"));
  visit.template operator()<model::VpcEndpoint>(ec2("vpc-endpoint"));
  visit.template operator()<model::LaunchTemplate>(ec2("launch-template"));
  visit.template operator()<model::Cluster>(own);
  visit.template operator()<model::Service>(own);
  visit.template operator()<model::Task>(own);
  visit.template operator()<model::TaskDefinition>(own);
  visit.template operator()<model::CapacityProvider>(own);
  visit.template operator()<model::LoadBalancer>(own);
  visit.template operator()<model::Listener>(own);
  visit.template operator()<model::Rule>(own);
  visit.template operator()<model::TargetGroup>(own);
  visit.template operator()<model::TrustStore>(own);
  visit.template operator()<model::Certificate>(own);
  visit.template operator()<model::Repository>(own);
  visit.template operator()<model::LogGroup>(own);
  visit.template operator()<model::Secret>(own);
  visit.template operator()<model::Parameter>(own);
  visit.template operator()<model::Alarm>(own);
  visit.template operator()<model::ScalableTarget>(own);
  visit.template operator()<model::Namespace>(own);
  visit.template operator()<model::DiscoveryService>(own);
  visit.template operator()<model::DynamoTable>([](const model::DynamoTable& table) { return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", table.region, table.account, table.name); });
  visit.template operator()<model::Bucket>([](const model::Bucket& bucket) { return "arn:aws:s3:::" + bucket.name; });
  visit.template operator()<model::HostedZone>(route53("hostedzone"));
  visit.template operator()<model::DnsHealthCheck>(route53("healthcheck"));
}

template <class Record>
bool is_of(const Record& record, const CallContext& context) {
  std::string region = "us-east-1";
  if constexpr (requires { record.region; }) region = record.region;
  return record.account == context.account && region == context.region;
}

}  // namespace

std::vector<Tagged> tagged_resources(const store::Store& store, const CallContext& context) {
  std::vector<Tagged> found;
  each_kind([&]<class Record>(const auto& arn_of) {
    for (Record& record : store::all<Record>(store)) {
      if (is_of(record, context) && !record.tags.empty()) found.push_back({.arn = arn_of(record), .tags = std::move(record.tags)});
    }
  });
  std::ranges::sort(found, {}, &Tagged::arn);
  return found;
}

Result<bool> change_tags(store::Transaction& tx, const CallContext& context, const std::string& arn, const std::function<Result<void>(model::Tags&)>& change) {
  bool is_found = false;
  Result<void> changed;
  each_kind([&]<class Record>(const auto& arn_of) {
    if (is_found) return;
    for (Record& record : store::all<Record>(tx)) {
      if (!is_of(record, context) || arn_of(record) != arn) continue;
      is_found = true;
      changed = change(record.tags);
      if (changed) store::put(tx, record);
      return;
    }
  });
  TRY(std::move(changed));
  return is_found;
}

}  // namespace landfall::services::resourcegroupstaggingapi
