#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "model/aws_service.h"
#include "model/region.h"
#include "services/ec2/support.h"
#include "services/ec2/zones.h"

/// The services that VPC endpoints can be made for.
namespace landfall::services::ec2 {
namespace {

using model::AwsService;

shapes::ServiceDetail render(const AwsService& service, const std::string& region) {
  const auto private_name = [&](std::string_view host) { return fmt::format("{}.{}.amazonaws.com", host, region); };
  const std::string name = service_name(service, region);
  shapes::ServiceDetail out{.acceptance_required = false, .availability_zone_ids = std::vector<std::string>{}, .availability_zones = std::vector<std::string>{}, .base_endpoint_dns_names = std::vector<std::string>{}, .manages_vpc_endpoints = false, .owner = "amazon",
                            .service_id = "vpce-svc-" + to_hex(sha256(name)).substr(0, 17), .service_name = name, .service_region = region, .service_type = std::vector{shapes::ServiceTypeDetail{.service_type = service.is_gateway ? "Gateway" : "Interface"}},
                            .supported_ip_address_types = std::vector<std::string>{"ipv4"}, .tags = std::vector<shapes::Tag>{}, .vpc_endpoint_policy_supported = true};
  for (const char letter : model::zone_letters(region)) {
    out.availability_zones->push_back(region + letter);
    out.availability_zone_ids->push_back(zone_id(region, letter));
  }
  if (service.is_gateway) {
    out.base_endpoint_dns_names->push_back(private_name(service.hosts.front()));
    return out;
  }
  out.base_endpoint_dns_names->push_back(fmt::format("{}.{}.vpce.amazonaws.com", service.name, region));
  out.private_dns_name = private_name(service.hosts.back());
  out.private_dns_name_verification_state = "verified";
  out.private_dns_names.emplace();
  for (const std::string_view host : service.hosts) out.private_dns_names->push_back({.private_dns_name = private_name(host)});
  return out;
}

Result<shapes::DescribeVpcEndpointServicesResult> describe(const Deps&, const CallContext& context, const shapes::DescribeVpcEndpointServicesRequest& request) {
  static const std::vector<std::string_view> known{"owner", "service-name", "service-region", "service-type", "supported-ip-address-types"};
  TRY(passes(request.filters, {}, {}, known));
  const auto names = request.service_names.value_or(std::vector<std::string>{});
  for (const std::string& name : names) {
    if (model::service_named(name, context.region) == nullptr) return fail("InvalidServiceName", fmt::format("The Vpc Endpoint Service '{}' does not exist", name));
  }
  std::vector<shapes::ServiceDetail> chosen;
  for (const AwsService& service : model::aws_services()) {
    const std::string name = service_name(service, context.region);
    if (!names.empty() && std::ranges::count(names, name) == 0) continue;
    const Facts facts{{"owner", "amazon"}, {"service-name", name}, {"service-region", context.region}, {"service-type", service.is_gateway ? "Gateway" : "Interface"}, {"supported-ip-address-types", "ipv4"}};
    if (TRY(passes(request.filters, facts, {}, known))) chosen.push_back(render(service, context.region));
  }
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeVpcEndpointServicesResult result{.next_token = token_of(answer.next), .service_details = std::vector<shapes::ServiceDetail>{}, .service_names = std::vector<std::string>{}};
  for (shapes::ServiceDetail& detail : answer.items) {
    result.service_names->push_back(*detail.service_name);
    result.service_details->push_back(std::move(detail));
  }
  return result;
}

}  // namespace

void register_vpc_endpoint_service(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DescribeVpcEndpointServicesRequest, shapes::DescribeVpcEndpointServicesResult>("ec2", "DescribeVpcEndpointServices", {"ServiceNames.*", "Filters.*", "MaxResults", "NextToken"},
                                                                                                     [&deps](const CallContext& c, const auto& r) { return describe(deps, c, r); });
}

}  // namespace landfall::services::ec2
