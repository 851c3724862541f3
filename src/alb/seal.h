#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace landfall::alb {

/// Makes texts for clients to keep that they can neither read nor make (AES-256-GCM). `kind` keeps one purpose's texts from being
/// taken for another's: 'T' target, 'G' group, 'A' application's cookie, 'L' a login on its way, 'S' a user's session.
class CookieSeal {
 public:
  /// The key lies in `file`, so that cookies outlive the worker; it is made if it is not there.
  static Result<CookieSeal> open(const std::filesystem::path& file);
  /// Base64.
  std::string seal(char kind, std::string_view content) const;
  std::optional<std::string> unseal(char kind, std::string_view text) const;

 private:
  std::array<unsigned char, 32> key_{};
};

}  // namespace landfall::alb
