#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "acm/authority.h"
#include "base/clock.h"
#include "model/certificate.h"
#include "model/zone.h"
#include "store/store.h"

namespace landfall::acm {

/// Which names of a requested certificate are proven now: those whose CNAME stands in a public hosted zone, and those
/// that were confirmed. Pure. ACM looks at public DNS only (ACM user guide, DNS validation).
std::vector<model::DomainValidation> validated(const model::Certificate& certificate,
                                               const std::vector<model::HostedZone>& zones,
                                               const std::vector<model::RecordSet>& records);

/// Moves requested certificates on: validates, issues, times out after 72 hours. Key files go to `key_folder` (0600)
/// before the record says ISSUED, so a crash in between only leaves a file that the next pass replaces.
class Issuer {
 public:
  Issuer(store::Store& store, const Clock& clock, const Authority& authority, std::filesystem::path key_folder);
  void run();
  void step();

 private:
  void advance(const model::Certificate& certificate);
  void issue(const model::Certificate& certificate);

  store::Store& store_;
  const Clock& clock_;
  const Authority& authority_;
  std::filesystem::path key_folder_;
};

}  // namespace landfall::acm
