#include <fmt/format.h>

#include "model/tls_policy.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

shapes::SslPolicy render(const model::TlsPolicy& policy) {
  shapes::SslPolicy out{.ciphers = std::vector<shapes::Cipher>{}, .name = std::string(policy.name), .ssl_protocols = std::vector<std::string>{}, .supported_load_balancer_types = std::vector<std::string>{"application", "network"}};
  if (policy.tls10) out.ssl_protocols->push_back("TLSv1");
  if (policy.tls11) out.ssl_protocols->push_back("TLSv1.1");
  if (policy.tls12) out.ssl_protocols->push_back("TLSv1.2");
  if (policy.tls13) out.ssl_protocols->push_back("TLSv1.3");
  int priority = 0;
  for (const std::string& cipher : model::ciphers_of(policy)) out.ciphers->push_back({.name = cipher, .priority = ++priority});
  return out;
}

}  // namespace

const std::vector<std::string>& ssl_policies() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const model::TlsPolicy& policy : model::tls_policies()) all.emplace_back(policy.name);
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
    for (const model::TlsPolicy& policy : model::tls_policies()) {
      if (!r.names || std::ranges::count(*r.names, policy.name) > 0) chosen.push_back(render(policy));
    }
    auto answer = TRY(page(std::move(chosen), r.page_size, r.marker));
    shapes::DescribeSSLPoliciesOutput result{.ssl_policies = answer.items};
    if (!answer.next.empty()) result.next_marker = answer.next;
    return result;
  });
}

}  // namespace landfall::services::elbv2
