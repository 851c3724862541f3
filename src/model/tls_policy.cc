#include "model/tls_policy.h"

namespace landfall::model {
namespace {

constexpr TlsPolicy kPolicies[] = {
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

std::vector<std::string> set_named(char set) {
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

}  // namespace

std::span<const TlsPolicy> tls_policies() { return kPolicies; }

const TlsPolicy* find_tls_policy(std::string_view name) {
  for (const TlsPolicy& policy : kPolicies) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

std::vector<std::string> ciphers_of(const TlsPolicy& policy) {
  std::vector<std::string> ciphers;
  for (const char set : policy.sets) {
    for (std::string& cipher : set_named(set)) ciphers.push_back(std::move(cipher));
  }
  return ciphers;
}

}  // namespace landfall::model
