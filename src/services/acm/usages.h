#pragma once

#include <string>
#include <vector>

namespace landfall::services::acm {

/// What a certificate's key may be used for, in ACM's names (ACM API, KeyUsage, ExtendedKeyUsage).
struct Usages {
  struct Extended {
    std::string name, oid;
  };
  std::vector<std::string> key;
  std::vector<Extended> extended;
};

/// Of the first certificate of the PEM; nothing of one that does not parse or restricts nothing.
Usages usages_of(const std::string& certificate_pem);

}  // namespace landfall::services::acm
