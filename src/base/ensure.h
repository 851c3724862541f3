#pragma once

namespace landfall::detail {
[[noreturn]] void ensure_failed(const char* condition, const char* why, const char* file, int line);
}

/// Our own logic must hold here; on in release, ends the process. Never used on input.
#define ENSURE(condition, why)                                                                    \
  do {                                                                                            \
    if (!(condition)) ::landfall::detail::ensure_failed(#condition, why, __FILE__, __LINE__);     \
  } while (false)
