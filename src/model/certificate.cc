#include "model/certificate.h"

#include <algorithm>

#include "base/text.h"

namespace landfall::model {

bool name_covers(std::string_view certificate_name, std::string_view host) {
  if (!certificate_name.starts_with("*.")) return iequals(certificate_name, host);
  const size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && iequals(certificate_name.substr(1), host.substr(dot));
}

bool covers(const Certificate& certificate, std::string_view host) {
  return std::ranges::any_of(certificate.names, [&](const std::string& name) { return name_covers(name, host); });
}

}  // namespace landfall::model
