#include "terraform/aws/types.h"

#include "base/text.h"

namespace landfall::terraform {

void register_aws(Provider& provider) {
  using namespace aws_types;
  add_vpc(provider);
}

namespace aws_types {

bool is_gone(const Error& error) {
  return error.code.ends_with("NotFound") || error.code.ends_with("NotFoundException") || error.code == "NoSuchEntity" || error.code == "NoSuchBucket" || error.code == "NoSuchHostedZone";
}

}  // namespace aws_types
}  // namespace landfall::terraform
