#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/acm.h"
#include "aws/shapes/s3.h"
#include "aws/shapes/sts.h"
#include "base/text.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

Result<void> read_caller(const Cloud& cloud, Record& state) {
  const auto who = TRY(cloud.call<aws::sts::GetCallerIdentityResponse>("sts", "GetCallerIdentity", aws::sts::GetCallerIdentityRequest{}));
  state.set("id", who.account.value_or(""));
  state.set("account_id", who.account.value_or(""));
  state.set("arn", who.arn.value_or(""));
  state.set("user_id", who.user_id.value_or(""));
  return {};
}

Result<void> read_region(const Cloud& cloud, Record& state) {
  const std::string given = state.has("name") ? state.text("name") : state.text("region");  // version 6 says region
  const std::string name = given.empty() ? cloud.region : given;
  state.set("id", name);
  state.set("name", name);
  state.set("region", name);
  state.set("description", name);
  state.set("endpoint", fmt::format("ec2.{}.amazonaws.com", name));
  return {};
}

Result<void> read_partition(const Cloud&, Record& state) {
  state.set("id", "aws");
  state.set("partition", "aws");
  state.set("dns_suffix", "amazonaws.com");
  state.set("reverse_dns_prefix", "com.amazonaws");
  return {};
}

Result<Pairs> certificate_tags(const Cloud& cloud, const std::string& arn) {
  aws::acm::ListTagsForCertificateRequest request;
  request.certificate_arn = arn;
  return from_tags(TRY(cloud.call<aws::acm::ListTagsForCertificateResponse>("acm", "ListTagsForCertificate", request)).tags);
}

Result<bool> has_certificate_tags(const Cloud& cloud, const std::string& arn, const Pairs& wanted) {
  if (wanted.empty()) return true;
  Record there;
  there.set("tags", TRY(certificate_tags(cloud, arn)));
  return has_tags(there, wanted);
}

/// The newest matching certificate if most_recent, else the only one.
Result<void> read_certificate(const Cloud& cloud, Record& state) {
  namespace acm = aws::acm;
  if (state.text("domain").empty() && state.pairs("tags").empty()) return fail("Config.Missing", "one of `domain,tags` must be specified");
  acm::ListCertificatesRequest request;
  if (!state.texts("key_types").empty()) request.includes.emplace().key_types = state.texts("key_types");
  const auto statuses = state.texts("statuses");
  request.certificate_statuses = statuses.empty() ? std::vector<std::string>{"ISSUED"} : statuses;
  std::vector<acm::CertificateSummary> found;
  do {
    const auto page = TRY(cloud.call<acm::ListCertificatesResponse>("acm", "ListCertificates", request));
    for (const auto& summary : page.certificate_summary_list.value_or(std::vector<acm::CertificateSummary>{})) {
      const auto types = state.texts("types");
      const bool of_type = types.empty() || std::ranges::find(types, summary.type.value_or("")) != types.end();
      const bool of_domain = state.text("domain").empty() || summary.domain_name == state.text("domain");
      if (of_domain && of_type && TRY(has_certificate_tags(cloud, summary.certificate_arn.value_or(""), state.pairs("tags")))) found.push_back(summary);
    }
    request.next_token = page.next_token;
  } while (request.next_token);
  if (found.empty()) return fail("NotFound", fmt::format("no ACM Certificate found for domain \"{}\" with status {}", state.text("domain"), join(*request.certificate_statuses, ", ")));
  if (found.size() > 1 && !state.flag("most_recent")) return fail("NotUnique", fmt::format("multiple ACM Certificates ({}) found for domain \"{}\"; set most_recent = true to take the newest", found.size(), state.text("domain")));
  const auto newest = std::ranges::max_element(found, {}, [](const acm::CertificateSummary& s) { return s.not_before.value_or(WallTime{}); });
  const std::string arn = newest->certificate_arn.value_or("");
  state.set("id", arn);
  state.set("arn", arn);
  state.set("domain", newest->domain_name.value_or(""));
  state.set("status", newest->status.value_or(""));
  state.set("tags", TRY(certificate_tags(cloud, arn)));
  if (newest->status != "ISSUED") return {};
  acm::GetCertificateRequest get;
  get.certificate_arn = arn;
  const auto whole = TRY(cloud.call<acm::GetCertificateResponse>("acm", "GetCertificate", get));
  state.set("certificate", whole.certificate.value_or(""));
  state.set("certificate_chain", whole.certificate_chain.value_or(""));
  return {};
}

/// The owner of the account's buckets.
Result<void> read_canonical_user(const Cloud& cloud, Record& state) {
  const auto found = TRY(cloud.call<aws::s3::ListBucketsOutput>("s3", "ListBuckets", aws::s3::ListBucketsRequest{}));
  if (!found.owner || !found.owner->id) return fail("NotFound", "no canonical user ID found");
  state.set("id", *found.owner->id);
  state.set("display_name", found.owner->display_name.value_or(""));
  return {};
}

Result<void> read_default_tags(const Cloud& cloud, Record& state) {
  state.set("id", "aws");
  state.set("tags", cloud.default_tags);
  return {};
}

/// "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
Result<void> read_arn(const Cloud&, Record& state) {
  const std::string arn = state.text("arn");
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() < 6 || parts[0] != "arn") return fail("Config.Arn", fmt::format("\"arn\" ({}) is an invalid ARN: wanted arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", arn));
  state.set("id", arn);
  state.set("partition", parts[1]);
  state.set("service", parts[2]);
  state.set("region", parts[3]);
  state.set("account", parts[4]);
  state.set("resource", join({parts.begin() + 5, parts.end()}, ":"));
  return {};
}

/// Source  Elastic Load Balancing user guide, access logs: the account that writes them in each region.
Result<void> read_balancer_account(const Cloud& cloud, Record& state) {
  static const std::map<std::string, std::string> accounts{{"us-east-1", "127311923021"}, {"us-east-2", "033677994240"}, {"us-west-1", "027434742980"}, {"us-west-2", "797873946194"}, {"eu-west-1", "156460612806"},
                                                           {"eu-west-2", "652711504416"}, {"eu-west-3", "009996457667"}, {"eu-central-1", "054676820928"}, {"eu-north-1", "897822967062"}, {"ap-southeast-1", "114774131450"},
                                                           {"ap-southeast-2", "783225319266"}, {"ap-northeast-1", "582318560864"}, {"ap-northeast-2", "600734575887"}, {"ap-south-1", "718504428378"}, {"sa-east-1", "507241528517"}, {"ca-central-1", "985666609251"}};
  const std::string region = state.has("region") ? state.text("region") : cloud.region;
  const auto found = accounts.find(region);
  if (found == accounts.end()) return fail("NotFound", "unknown region (\"" + region + "\")");
  state.set("id", found->second);
  state.set("arn", "arn:aws:iam::" + found->second + ":root");
  return {};
}

}  // namespace

void add_other_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  add_source(provider, "aws_caller_identity", {.attributes = {text("id").read_only(), text("account_id").read_only(), text("arn").read_only(), text("user_id").read_only()}}, read_caller);
  add_source(provider, "aws_region", {.attributes = {text("id").read_only(), text("name").computed(), text("region").computed(), text("description").read_only(), text("endpoint").computed(), flag("current")}}, read_region);
  add_source(provider, "aws_partition", {.attributes = {text("id").read_only(), text("partition").read_only(), text("dns_suffix").read_only(), text("reverse_dns_prefix").read_only()}}, read_partition);
  add_source(provider, "aws_acm_certificate", {.attributes = {text("id").read_only(), text("arn").read_only(), text("domain").computed(), texts("statuses"), texts("types"), text_set("key_types"), flag("most_recent").defaults(false), text("status").read_only(), text("certificate").read_only(), text("certificate_chain").read_only(), tags()}}, read_certificate);
  add_source(provider, "aws_canonical_user_id", {.attributes = {text("id").read_only(), text("display_name").read_only()}}, read_canonical_user);
  add_source(provider, "aws_default_tags", {.attributes = {text("id").read_only(), text_map("tags").read_only()}}, read_default_tags);
  add_source(provider, "aws_arn", {.attributes = {text("id").read_only(), text("arn").required(), text("partition").read_only(), text("service").read_only(), text("region").read_only(), text("account").read_only(), text("resource").read_only()}}, read_arn);
  add_source(provider, "aws_elb_service_account", {.attributes = {text("id").read_only(), text("arn").read_only(), text("region")}}, read_balancer_account);
}

}  // namespace landfall::terraform::aws_types
