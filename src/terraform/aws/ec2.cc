#include "terraform/aws/ec2.h"

#include <fmt/format.h>

#include "base/ip.h"

#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {

aws::ec2::Filter filter(const std::string& name, const std::string& value) {
  aws::ec2::Filter filter;
  filter.name = name;
  filter.values = std::vector<std::string>{value};
  return filter;
}

Result<void> update_ec2_tags(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    aws::ec2::DeleteTagsRequest request;
    request.resources = std::vector<std::string>{id};
    for (const std::string& key : change.removed) {
      if (!request.tags) request.tags.emplace();
      request.tags->emplace_back().key = key;
    }
    TRY(cloud.call<aws::ec2::DeleteTagsOutput>("ec2", "DeleteTags", request));
  }
  if (!change.put.empty()) {
    aws::ec2::CreateTagsRequest request;
    request.resources = std::vector<std::string>{id};
    request.tags = to_tags<aws::ec2::Tag>(change.put);
    TRY(cloud.call<aws::ec2::CreateTagsOutput>("ec2", "CreateTags", request));
  }
  return {};
}

std::string ipv4_block(const Value& value) {
  const std::string& text = value.as_string();
  return parse_cidr(text) ? "" : fmt::format("to be an IPv4 block like 10.0.0.0/16, got \"{}\"", text);
}

}  // namespace landfall::terraform::aws_types
