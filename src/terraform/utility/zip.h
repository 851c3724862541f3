#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall::terraform::utility_types {

/// Writes a zip file in memory. The same files give the same bytes: their times are all 2049-01-01, as the official provider
/// writes them. Source  PKWARE, APPNOTE.TXT 4.3.
class Zip {
 public:
  /// Errors: "Zip.TooLarge" for what a zip file without the 64-bit extensions cannot hold.
  Result<void> add(const std::string& name, std::string_view content, int mode);
  std::string finish() const;
  int count() const { return count_; }

 private:
  std::string files_, directory_;
  int count_ = 0;
};

}  // namespace landfall::terraform::utility_types
