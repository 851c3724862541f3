#include "base/error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace landfall {

std::string Error::message() const {
  if (trail.empty()) return what;
  std::string text = what + " (";
  for (size_t i = 0; i < trail.size(); ++i) {
    if (i > 0) text += "; ";
    text += "while " + trail[i];
  }
  return text + ")";
}

Error errno_error(std::string_view doing, int error_number) {
  const char* name = strerrorname_np(error_number);
  return Error{.code = fmt::format("Host.{}", name != nullptr ? name : "Unknown"),
               .what = fmt::format("{}: {}", doing, strerrordesc_np(error_number) != nullptr
                                                        ? strerrordesc_np(error_number)
                                                        : "unknown error"),
               .blame = Blame::host,
               .retryable = error_number == EAGAIN || error_number == EINTR};
}

}  // namespace landfall
