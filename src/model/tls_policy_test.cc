#include "model/tls_policy.h"

#include <doctest/doctest.h>

#include <map>

using namespace landfall::model;

namespace {

using Names = std::vector<std::string>;

/// As the tables of the ALB user guide (HTTPS listener, security policies) have them, in the server's order.
const Names kT{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
const Names kE{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"};
const Names kD{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256",
               "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"};
const Names kOldOfC{"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"};
const Names kPlainOfB{"AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"};
const Names kA{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA",
               "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA",
               "AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"};

Names operator+(Names first, const Names& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Wanted {
  std::string versions;
  Names ciphers;
};

}  // namespace

TEST_CASE("policies have the protocols and ciphers of AWS's tables, in their order") {
  const std::map<std::string, Wanted> wanted{
      {"2016-08", {"1.0 1.1 1.2", kA}},
      {"2015-05", {"1.0 1.1 1.2", kA}},
      {"TLS-1-0-2015-04", {"1.0 1.1 1.2", kA + Names{"DES-CBC3-SHA"}}},
      {"TLS-1-1-2017-01", {"1.1 1.2", kA}},
      {"TLS-1-2-2017-01", {"1.2", kD + kPlainOfB}},
      {"TLS-1-2-Ext-2018-06", {"1.2", kA}},
      {"FS-2018-06", {"1.0 1.1 1.2", kD + kOldOfC}},
      {"FS-1-1-2019-08", {"1.1 1.2", kD + kOldOfC}},
      {"FS-1-2-2019-08", {"1.2", kD + kOldOfC}},
      {"FS-1-2-Res-2019-08", {"1.2", kD}},
      {"FS-1-2-Res-2020-10", {"1.2", kE}},
      {"TLS13-1-0-2021-06", {"1.0 1.1 1.2 1.3", kT + kA}},
      {"TLS13-1-1-2021-06", {"1.1 1.2 1.3", kT + kA}},
      {"TLS13-1-2-2021-06", {"1.2 1.3", kT + kD}},
      {"TLS13-1-2-Res-2021-06", {"1.2 1.3", kT + kE}},
      {"TLS13-1-2-Ext1-2021-06", {"1.2 1.3", kT + kD + kPlainOfB}},
      {"TLS13-1-2-Ext2-2021-06", {"1.2 1.3", kT + kA}},
      {"TLS13-1-3-2021-06", {"1.3", kT}},
  };
  for (const auto& [name, as] : wanted) {
    CAPTURE(name);
    const TlsPolicy* policy = find_tls_policy("ELBSecurityPolicy-" + name);
    REQUIRE(policy != nullptr);
    std::string versions;
    for (const auto& [version, has] : {std::pair{"1.0", policy->tls10}, std::pair{"1.1", policy->tls11}, std::pair{"1.2", policy->tls12}, std::pair{"1.3", policy->tls13}}) {
      if (has) versions += (versions.empty() ? "" : " ") + std::string(version);
    }
    CHECK(versions == as.versions);
    CHECK(ciphers_of(*policy) == as.ciphers);
  }
  for (const TlsPolicy& policy : tls_policies()) CHECK(wanted.contains(std::string(policy.name.substr(policy.name.find('-') + 1))));
  CHECK(tls_policies().front().name == "ELBSecurityPolicy-2016-08");
  CHECK(find_tls_policy("ELBSecurityPolicy-Unheard-Of") == nullptr);
}
