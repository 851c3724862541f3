#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/rest.h"
#include "aws/shape.h"
#include "base/error.h"
#include "http/client.h"
#include "http/message.h"

/// One request or answer of any wire protocol, from and to the generated structs.
namespace landfall::aws {

/// Fills `into`; what the model demands of it is checked apart (aws/validate.h). Errors carry the service's own code
/// ("SerializationException", …) and name the member.
Result<void> decode_request(const ServiceModel& service, const RestMatch& match, const http::Request& request, void* into);
http::Response encode_response(const ServiceModel& service, const Operation& operation, const void* output, std::string_view request_id);

/// What an error tells beside code and message.
struct ErrorDetails {
  std::string path{}, bucket{}, key{};  ///< what the call was about (S3's errors name it)
  std::string members{};                ///< a JSON object of what it has besides (JSON services and S3), or ""
};
http::Response encode_error(const ServiceModel& service, const Error& error, std::string_view request_id, const ErrorDetails& details = {});

/// What S3 calls the host that answered: 76 characters that nobody can read, made from the request's id.
std::string host_id(std::string_view request_id);

/// The request of a call, unsigned; url is `endpoint` + path.
http::Fetch encode_call(const ServiceModel& service, const Operation& operation, const void* input, const std::string& endpoint);
/// A non-2xx answer becomes an Error with the service's code and message.
Result<void> decode_answer(const ServiceModel& service, const Operation& operation, const http::Response& response, void* output);

/// HTTP status of an error code; 400 unless the service says otherwise.
int status_of(const ServiceModel& service, std::string_view code);

/// Set members of a request, as paths of model names ("NetworkConfiguration.awsvpcConfiguration.subnets"). A flag that is
/// set to false and an empty list ask for nothing and are left out (clients send such defaults); so are idempotency tokens, which the endpoint itself honours.
std::vector<std::string> set_members(const Shape& shape, const void* from);

}  // namespace landfall::aws
