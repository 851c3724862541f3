#include "model/settings.h"

#include "base/digest.h"
#include "base/text.h"

namespace landfall::model {

std::string Settings::namespace_name(std::string_view kind, std::string_view id) const {
  return "lf" + instance + "-" + std::string(kind) + "-" + to_hex(sha256(id)).substr(0, 12);
}

}  // namespace landfall::model
