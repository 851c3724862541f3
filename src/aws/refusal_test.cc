#include "aws/refusal.h"

#include <doctest/doctest.h>

#include "aws/protocol.h"
#include "aws/shapes/dynamodb.h"
#include "aws/shapes/ec2.h"
#include "aws/shapes/iam.h"
#include "aws/shapes/route53.h"
#include "aws/shapes/s3.h"

using namespace landfall;
using namespace landfall::aws;

TEST_CASE("what is wrong with credentials is told in each service's words") {
  struct Row {
    const ServiceModel& service;
    const char *error, *code;
    int status;
  };
  const Row rows[] = {{iam::model(), "SignatureDoesNotMatch", "SignatureDoesNotMatch", 403},
                      {iam::model(), "InvalidClientTokenId", "InvalidClientTokenId", 403},
                      {iam::model(), "ExpiredToken", "ExpiredToken", 403},
                      {iam::model(), "MissingAuthenticationToken", "MissingAuthenticationToken", 403},
                      {iam::model(), "IncompleteSignature", "IncompleteSignature", 400},
                      {route53::model(), "InvalidClientTokenId", "InvalidClientTokenId", 403},
                      {dynamodb::model(), "SignatureDoesNotMatch", "InvalidSignatureException", 400},
                      {dynamodb::model(), "InvalidClientTokenId", "UnrecognizedClientException", 400},
                      {dynamodb::model(), "ExpiredToken", "ExpiredTokenException", 400},
                      {dynamodb::model(), "MissingAuthenticationToken", "MissingAuthenticationTokenException", 400},
                      {dynamodb::model(), "IncompleteSignature", "IncompleteSignatureException", 400},
                      {ec2::model(), "SignatureDoesNotMatch", "AuthFailure", 401},
                      {ec2::model(), "InvalidClientTokenId", "AuthFailure", 401},
                      {ec2::model(), "ExpiredToken", "RequestExpired", 400},
                      {s3::model(), "SignatureDoesNotMatch", "SignatureDoesNotMatch", 403},
                      {s3::model(), "InvalidClientTokenId", "InvalidAccessKeyId", 403},
                      {s3::model(), "ExpiredToken", "ExpiredToken", 400},
                      {s3::model(), "MissingAuthenticationToken", "AccessDenied", 403},
                      {s3::model(), "RequestTimeTooSkewed", "RequestTimeTooSkewed", 403},
                      {s3::model(), "IncompleteSignature", "AuthorizationHeaderMalformed", 400}};
  for (const Row& row : rows) {
    const Error told = in_service_words(row.service, {.code = row.error, .what = "x"});
    CHECK_MESSAGE(told.code == row.code, row.service.name, " ", row.error);
    CHECK_MESSAGE(encode_error(row.service, told, "id").status == row.status, row.service.name, " ", row.error);
  }
  CHECK(in_service_words(ec2::model(), {.code = "InvalidVpc.Range", .what = "x"}).what == "x");
  CHECK(unknown_key(s3::model(), true).code == "InvalidToken");
  CHECK(unknown_key(iam::model(), true).code == "InvalidClientTokenId");
}
