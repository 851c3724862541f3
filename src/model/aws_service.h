#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "model/settings.h"

/// The services of AWS that this daemon answers as, and how a VPC reaches them: by name and address.
namespace landfall::model {

struct AwsService {
  std::string_view name;                   ///< in its endpoint service's name: "ecr.dkr" of com.amazonaws.us-west-2.ecr.dkr
  bool is_gateway = false;                 ///< reached by gateway endpoints, else by interface endpoints
  std::vector<std::string_view> hosts;     ///< its names before ".us-west-2.amazonaws.com"; "*." stands for any label
};

/// Source: VPC guide, AWS services that integrate with AWS PrivateLink; Gateway endpoints.
const std::vector<AwsService>& aws_services();
/// "com.amazonaws.us-west-2.s3" -> s3. Null: none of that region.
const AwsService* service_named(std::string_view service_name, std::string_view region);
std::string service_name(const AwsService& service, std::string_view region);
/// The service and region that a name belongs to ("api.ecr.us-west-2.amazonaws.com", without a dot at the end). S3's names
/// without a region are us-east-1's.
struct ServiceHost {
  const AwsService* service = nullptr;  ///< null: none of ours
  std::string_view region;
};
ServiceHost service_of_host(std::string_view host);

/// What a gateway endpoint routes: the service's own address, at the end of the public pool. Null for the others, which
/// share the endpoint's address.
std::optional<Ipv4> own_address(const Settings& settings, const AwsService& service);
/// All addresses at which the endpoint answers, the shared one first.
std::vector<Ipv4> endpoint_addresses(const Settings& settings);

/// Id of the prefix list that AWS keeps for a gateway service.
std::string prefix_list_id(const AwsService& service, std::string_view region);

}  // namespace landfall::model
