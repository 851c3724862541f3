#include "hcl/source.h"

#include <algorithm>

namespace landfall::hcl {

std::string_view Source::line(uint32_t number) const {
  size_t start = 0;
  for (uint32_t at = 1; at < number; ++at) {
    const size_t end = text.find('\n', start);
    if (end == std::string::npos) return {};
    start = end + 1;
  }
  const size_t end = text.find('\n', start);
  std::string_view found(text.data() + start, (end == std::string::npos ? text.size() : end) - start);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

std::string_view Source::context_at(uint32_t line) const {
  const auto after =
      std::upper_bound(contexts.begin(), contexts.end(), line,
                       [](uint32_t wanted, const Context& c) { return wanted < c.first_line; });
  if (after == contexts.begin()) return {};
  const Context& context = *std::prev(after);
  return line <= context.last_line ? std::string_view(context.header) : std::string_view();
}

std::string_view Range::text() const {
  if (source == nullptr || start.byte > end.byte || end.byte > source->text.size()) return {};
  return std::string_view(source->text).substr(start.byte, end.byte - start.byte);
}

Range cover(const Range& first, const Range& last) { return {first.source, first.start, last.end}; }

}  // namespace landfall::hcl
