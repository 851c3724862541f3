#include <fmt/format.h>

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

/// ALB user guide, HTTPS listener: protocols and cipher set per policy. Sets are letters; see ciphers_of.
struct Policy {
  std::string_view name, sets;
  bool tls10, tls11, tls12, tls13;
};

constexpr Policy kPolicies[] = {
    {"ELBSecurityPolicy-2016-08", "A", true, true, true, false},
    {"ELBSecurityPolicy-2015-05", "A", true, true, true, false},
    {"ELBSecurityPolicy-TLS-1-0-2015-04", "A3", true, true, true, false},
    {"ELBSecurityPolicy-TLS-1-1-2017-01", "A", false, true, true, false},
    {"ELBSecurityPolicy-TLS-1-2-2017-01", "B", false, false, true, false},
    {"ELBSecurityPolicy-TLS-1-2-Ext-2018-06", "A", false, false, true, false},
    {"ELBSecurityPolicy-FS-2018-06", "C", true, true, true, false},
    {"ELBSecurityPolicy-FS-1-1-2019-08", "C", false, true, true, false},
    {"ELBSecurityPolicy-FS-1-2-2019-08", "C", false, false, true, false},
    {"ELBSecurityPolicy-FS-1-2-Res-2019-08", "D", false, false, true, false},
    {"ELBSecurityPolicy-FS-1-2-Res-2020-10", "E", false, false, true, false},
    {"ELBSecurityPolicy-TLS13-1-0-2021-06", "TA", true, true, true, true},
    {"ELBSecurityPolicy-TLS13-1-1-2021-06", "TA", false, true, true, true},
    {"ELBSecurityPolicy-TLS13-1-2-2021-06", "TD", false, false, true, true},
    {"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "TE", false, false, true, true},
    {"ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", "TB", false, false, true, true},
    {"ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", "TA", false, false, true, true},
    {"ELBSecurityPolicy-TLS13-1-3-2021-06", "T", false, false, false, true},
};

std::vector<std::string> ciphers_of(char set) {
  const std::vector<std::string> d{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256",
                                   "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"};
  const auto with = [](std::vector<std::string> base, const std::vector<std::string>& more) {
    base.insert(base.end(), more.begin(), more.end());
    return base;
  };
  switch (set) {
    case 'T': return {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
    case 'E': return {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"};
    case 'D': return d;
    case 'C': return with(d, {"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"});
    case 'B': return with(d, {"AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"});
    case '3': return {"DES-CBC3-SHA"};
    default:
      return {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA",
              "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA",
              "AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"};
  }
}

shapes::SslPolicy render(const Policy& policy) {
  shapes::SslPolicy out{.ciphers = std::vector<shapes::Cipher>{}, .name = std::string(policy.name), .ssl_protocols = std::vector<std::string>{}, .supported_load_balancer_types = std::vector<std::string>{"application"}};
  if (policy.tls10) out.ssl_protocols->push_back("TLSv1");
  if (policy.tls11) out.ssl_protocols->push_back("TLSv1.1");
  if (policy.tls12) out.ssl_protocols->push_back("TLSv1.2");
  if (policy.tls13) out.ssl_protocols->push_back("TLSv1.3");
  int priority = 0;
  for (const char set : policy.sets) {
    for (const std::string& cipher : ciphers_of(set)) out.ciphers->push_back({.name = cipher, .priority = ++priority});
  }
  return out;
}

}  // namespace

const std::vector<std::string>& ssl_policies() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Policy& policy : kPolicies) all.emplace_back(policy.name);
    return all;
  }();
  return names;
}

void register_ssl_policies(aws::Registry& registry, const Deps&) {
  registry.add<shapes::DescribeSSLPoliciesInput, shapes::DescribeSSLPoliciesOutput>("elbv2", "DescribeSSLPolicies", {"Names.*", "PageSize", "Marker", "LoadBalancerType"}, [](const CallContext&, const auto& r) -> Result<shapes::DescribeSSLPoliciesOutput> {
    for (const std::string& name : list(r.names)) {
      if (std::ranges::count(ssl_policies(), name) == 0) return fail("SSLPolicyNotFound", fmt::format("SSL policy '{}' not found", name));
    }
    std::vector<shapes::SslPolicy> chosen;
    for (const Policy& policy : kPolicies) {
      if (!r.names || std::ranges::count(*r.names, policy.name) > 0) chosen.push_back(render(policy));
    }
    auto answer = TRY(page(std::move(chosen), r.page_size, r.marker));
    shapes::DescribeSSLPoliciesOutput result{.ssl_policies = answer.items};
    if (!answer.next.empty()) result.next_marker = answer.next;
    return result;
  });
}

}  // namespace landfall::services::elbv2
