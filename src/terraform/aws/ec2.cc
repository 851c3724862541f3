#include "terraform/aws/ec2.h"

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/ip.h"

#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {

aws::ec2::Filter filter(const std::string& name, const std::string& value) {
  aws::ec2::Filter filter;
  filter.name = name;
  filter.values = std::vector<std::string>{value};
  return filter;
}

Block filter_block() { return set_block("filter", {.attributes = {text("name").required(), text_set("values").required()}}); }

std::vector<aws::ec2::Filter> filters_of(const Record& state, std::initializer_list<std::pair<const char*, const char*>> arguments) {
  std::vector<aws::ec2::Filter> filters;
  for (const Record& written : state.blocks("filter")) {
    aws::ec2::Filter& one = filters.emplace_back();
    one.name = written.text("name");
    one.values = written.texts("values");
  }
  for (const auto& [argument, name] : arguments) {
    if (!state.text(argument).empty()) filters.push_back(filter(name, state.text(argument)));
  }
  for (const auto& [key, value] : state.pairs("tags")) filters.push_back(filter("tag:" + key, value));
  return filters;
}

Result<bool> vpc_dns_attribute(const Cloud& cloud, const std::string& id, const char* attribute) {
  aws::ec2::DescribeVpcAttributeRequest request;
  request.vpc_id = id;
  request.attribute = attribute;
  const auto found = TRY(cloud.call<aws::ec2::DescribeVpcAttributeResult>("ec2", "DescribeVpcAttribute", request));
  const auto& answered = found.enable_dns_support ? found.enable_dns_support : found.enable_dns_hostnames;
  return answered && answered->value.value_or(false);
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

std::string ipv6_block(const Value& value) {
  return value.as_string().empty() || canonical_cidr6(value.as_string()) ? "" : fmt::format("to be an IPv6 block such as \"::/0\", got \"{}\"", value.as_string());
}

std::string ipv4_block(const Value& value) {
  const std::string& text = value.as_string();
  return parse_cidr(text) ? "" : fmt::format("to be an IPv4 block like 10.0.0.0/16, got \"{}\"", text);
}

}  // namespace landfall::terraform::aws_types
