#include "aws/refusal.h"

#include <map>

namespace landfall::aws {
namespace {

struct Words {
  std::string_view code, what;  ///< no sentence: the error's own
};
using Table = std::map<std::string_view, Words>;

const Table& table_of(const ServiceModel& service) {
  static const Table none;
  static const Table json{{"SignatureDoesNotMatch", {"InvalidSignatureException", ""}},
                          {"MissingAuthenticationToken", {"MissingAuthenticationTokenException", "Missing Authentication Token"}},
                          {"IncompleteSignature", {"IncompleteSignatureException", ""}},
                          {"ExpiredToken", {"ExpiredTokenException", ""}},
                          {"InvalidClientTokenId", {"UnrecognizedClientException", ""}}};
  constexpr std::string_view kNotValidated = "AWS was not able to validate the provided access credentials";
  static const Table ec2{{"SignatureDoesNotMatch", {"AuthFailure", kNotValidated}}, {"InvalidClientTokenId", {"AuthFailure", kNotValidated}}, {"ExpiredToken", {"RequestExpired", "Request has expired."}}};
  static const Table s3{{"MissingAuthenticationToken", {"AccessDenied", "Access Denied"}},
                        {"SignatureDoesNotMatch", {"SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."}},
                        {"IncompleteSignature", {"AuthorizationHeaderMalformed", ""}},
                        {"ExpiredToken", {"ExpiredToken", "The provided token has expired."}},
                        {"InvalidClientTokenId", {"InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}}};
  if (service.protocol == Protocol::json) return json;
  if (service.name == "ec2") return ec2;
  return service.name == "s3" ? s3 : none;
}

}  // namespace

Error in_service_words(const ServiceModel& service, Error error) {
  const Table& table = table_of(service);
  const auto found = table.find(error.code);
  if (found == table.end()) return error;
  error.code = found->second.code;
  if (!found->second.what.empty()) error.what = found->second.what;
  return error;
}

Error unknown_key(const ServiceModel& service, bool is_known) {
  if (service.name == "s3" && is_known) return {.code = "InvalidToken", .what = "The provided token is malformed or otherwise invalid."};
  return {.code = "InvalidClientTokenId", .what = "The security token included in the request is invalid."};
}

}  // namespace landfall::aws
