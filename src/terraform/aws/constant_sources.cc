#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// Data sources whose answers AWS publishes: nobody is asked.
namespace landfall::terraform::aws_types {
namespace {

using Table = std::map<std::string, std::string>;

/// The zones that aliases of load balancers point to, by region.
/// Source  AWS general reference, Elastic Load Balancing endpoints.
const Table& application_zones() {
  static const Table zones{{"us-east-1", "Z35SXDOTRQ7X7K"}, {"us-east-2", "Z3AADJGX6KTTL2"}, {"us-west-1", "Z368ELLRRE2KJ0"}, {"us-west-2", "Z1H1FL5HABSF5"}, {"eu-west-1", "Z32O12XQLNTSW2"}, {"eu-west-2", "ZHURV8PSTC4K8"},
                           {"eu-west-3", "Z3Q77PNBQS71R4"}, {"eu-central-1", "Z215JYRZR1TBD5"}, {"eu-north-1", "Z23TAZ6LKFMNIO"}, {"ap-southeast-1", "Z1LMS91P8CMLE5"}, {"ap-southeast-2", "Z1GM3OXH4ZPM65"},
                           {"ap-northeast-1", "Z14GRHDCWA56QT"}, {"ap-northeast-2", "ZWKZPGTI48KDX"}, {"ap-south-1", "ZP97RAFLXTNZK"}, {"sa-east-1", "Z2P70J7HTTTPLU"}, {"ca-central-1", "ZQSVJUPU6J1EY"}};
  return zones;
}
const Table& network_zones() {
  static const Table zones{{"us-east-1", "Z26RNL4JYFTOTI"}, {"us-east-2", "ZLMOA37VPKANP"}, {"us-west-1", "Z24FKFUX50B4VW"}, {"us-west-2", "Z18D5FSROUN65G"}, {"eu-west-1", "Z2IFOLAFXWLO4F"}, {"eu-west-2", "ZD4D7Y8KGAS4G"},
                           {"eu-west-3", "Z1CMS0P5QUZ6D5"}, {"eu-central-1", "Z3F0SRJ5LGBH90"}, {"eu-north-1", "Z1UDT6IFJ4EJM"}, {"ap-southeast-1", "ZKVM4W9LS7TM"}, {"ap-southeast-2", "ZCT6FZBF4DROD"},
                           {"ap-northeast-1", "Z31USIVHYNEOWT"}, {"ap-northeast-2", "ZIBE1TIR4HY56"}, {"ap-south-1", "ZVDDRBQ08TROA"}, {"sa-east-1", "ZTK26PT1VY4CU"}, {"ca-central-1", "Z2EPGBW3API2WT"}};
  return zones;
}

std::string region_of(const Cloud& cloud, const Record& state) { return state.text("region").empty() ? cloud.region : state.text("region"); }

Result<void> set_from(const Table& table, const std::string& region, Record& state) {
  const auto found = table.find(region);
  if (found == table.end()) return fail("NotFound", fmt::format("unsupported AWS Region: {}", region));
  state.set("id", found->second);
  return {};
}

Result<void> read_balancer_zone(const Cloud& cloud, Record& state) { return set_from(state.text("load_balancer_type") == "network" ? network_zones() : application_zones(), region_of(cloud, state), state); }
Result<void> read_classic_zone(const Cloud& cloud, Record& state) { return set_from(application_zones(), region_of(cloud, state), state); }

/// "com.amazonaws.us-west-2.ecs" and "ecs.us-west-2.amazonaws.com" are one service.
Result<void> read_service(const Cloud& cloud, Record& state) {
  std::string region = region_of(cloud, state), service = state.text("service_id");
  const auto take = [&](const std::string& name, bool is_reversed) {
    const auto parts = split(name, '.');
    if (parts.size() < 4) return;
    service = is_reversed ? parts[3] : parts[0];
    region = is_reversed ? parts[2] : parts[1];
  };
  if (!state.text("reverse_dns_name").empty()) take(state.text("reverse_dns_name"), true);
  if (!state.text("dns_name").empty()) take(state.text("dns_name"), false);
  if (service.empty()) return fail("Config.Missing", "one of `dns_name,reverse_dns_name,service_id` must be specified");
  const std::string reversed = fmt::format("com.amazonaws.{}.{}", region, service);
  state.set("id", reversed);
  state.set("reverse_dns_name", reversed);
  state.set("reverse_dns_prefix", "com.amazonaws");
  state.set("dns_name", fmt::format("{}.{}.amazonaws.com", service, region));
  state.set("service_id", service);
  state.set("region", region);
  state.set("partition", "aws");
  state.set("supported", true);
  return {};
}

Result<void> read_service_principal(const Cloud& cloud, Record& state) {
  const std::string region = region_of(cloud, state), service = state.text("service_name");
  state.set("id", fmt::format("{}.{}.amazonaws.com", service, region));
  state.set("name", service + ".amazonaws.com");
  state.set("suffix", "amazonaws.com");
  state.set("region", region);
  return {};
}

/// The account that Cost and Usage reports come from.
Result<void> read_billing(const Cloud&, Record& state) {
  state.set("id", "386209384616");
  state.set("arn", "arn:aws:iam::386209384616:root");
  return {};
}

/// Of the account that CloudFront's standard logs come from.
Result<void> read_log_delivery(const Cloud&, Record& state) {
  state.set("id", "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0");
  return {};
}

}  // namespace

void add_constant_sources(Provider& provider) {
  add_source(provider, "aws_lb_hosted_zone_id", {.attributes = {text("id").read_only(), text("load_balancer_type").defaults("application").checked(one_of({"application", "network"})), text("region")}}, read_balancer_zone);
  add_source(provider, "aws_elb_hosted_zone_id", {.attributes = {text("id").read_only(), text("region")}}, read_classic_zone);
  add_source(provider, "aws_service", {.attributes = {text("id").read_only(), text("dns_name").computed(), text("partition").read_only(), text("region").computed(), text("reverse_dns_name").computed(), text("reverse_dns_prefix").computed(),
                                                      text("service_id").computed(), flag("supported").read_only()}}, read_service);
  add_source(provider, "aws_service_principal", {.attributes = {text("id").read_only(), text("name").read_only(), text("region").computed(), text("service_name").required(), text("suffix").read_only()}}, read_service_principal);
  add_source(provider, "aws_billing_service_account", {.attributes = {text("id").read_only(), text("arn").read_only()}}, read_billing);
  add_source(provider, "aws_cloudfront_log_delivery_canonical_user_id", {.attributes = {text("id").read_only(), text("region")}}, read_log_delivery);
}

}  // namespace landfall::terraform::aws_types
