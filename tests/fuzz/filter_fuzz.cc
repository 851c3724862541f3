// Reads the first line as a filter pattern of CloudWatch Logs and matches the rest with it.
#include <cstdint>
#include <string>

#include "services/logs/filter_pattern.h"

using namespace landfall::services::logs;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const auto pattern = FilterPattern::parse(text.substr(0, end));
  if (!pattern) return 0;
  const std::string message = end == text.size() ? "" : text.substr(end + 1);
  if (!pattern->matches(message)) return 0;
  for (const auto& [selector, value] : pattern->values_of(message)) (void)pattern->value_of(message, selector);
  return 0;
}
