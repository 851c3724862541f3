// Hands any bytes to the endpoint's decoders, as the body of requests in each wire protocol.
#include <cstdint>
#include <string>

#include "aws/protocol.h"
#include "aws/shapes/dynamodb.h"
#include "aws/shapes/ec2.h"
#include "aws/shapes/elbv2.h"
#include "aws/shapes/route53.h"
#include "aws/sigv4.h"

using namespace landfall::aws;

template <class Input>
void decode(const ServiceModel& service, const char* operation, const landfall::http::Request& request) {
  Input input;
  (void)decode_request(service, {.operation = find_operation(service, operation), .labels = {}}, request, &input);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  landfall::http::Request request{.method = "POST", .target = "/", .path = "/", .body = std::string(reinterpret_cast<const char*>(data), size)};
  request.query = request.body;
  request.headers.set("Authorization", request.body);
  decode<ec2::AuthorizeSecurityGroupIngressRequest>(ec2::model(), "AuthorizeSecurityGroupIngress", request);
  decode<elbv2::CreateRuleInput>(elbv2::model(), "CreateRule", request);
  decode<dynamodb::PutItemInput>(dynamodb::model(), "PutItem", request);
  decode<route53::ChangeResourceRecordSetsRequest>(route53::model(), "ChangeResourceRecordSets", request);
  (void)read_signature(request);
  return 0;
}
