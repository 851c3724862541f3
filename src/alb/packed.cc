#include "alb/packed.h"

#include <cstdint>

namespace landfall::alb {

std::string pack(std::initializer_list<std::string_view> texts) {
  std::string packed;
  for (const std::string_view text : texts) {
    for (int shift = 0; shift < 32; shift += 8) packed += static_cast<char>(text.size() >> shift & 255);
    packed += text;
  }
  return packed;
}

std::optional<std::vector<std::string>> unpack(std::string_view packed, size_t count) {
  std::vector<std::string> texts;
  while (packed.size() >= 4) {
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) size |= static_cast<size_t>(static_cast<unsigned char>(packed[i])) << 8 * i;
    packed.remove_prefix(4);
    if (size > packed.size() || texts.size() == count) return std::nullopt;
    texts.emplace_back(packed.substr(0, size));
    packed.remove_prefix(size);
  }
  return packed.empty() && texts.size() == count ? std::optional(std::move(texts)) : std::nullopt;
}

}  // namespace landfall::alb
