#include "terraform/sequence.h"

#include <algorithm>
#include <cstdint>

namespace landfall::terraform {
namespace {

constexpr size_t kMostPairs = 4u << 20;

}  // namespace

std::vector<std::pair<size_t, size_t>> common_subsequence(size_t before, size_t after, const std::function<bool(size_t, size_t)>& is_same) {
  std::vector<std::pair<size_t, size_t>> found;
  size_t begin = 0;
  for (; begin < std::min(before, after) && is_same(begin, begin); ++begin) found.emplace_back(begin, begin);
  size_t end = 0;
  while (end < std::min(before, after) - begin && is_same(before - end - 1, after - end - 1)) ++end;
  const size_t rows = before - begin - end, columns = after - begin - end;
  if (rows > 0 && columns > 0 && rows <= kMostPairs / columns) {
    // longest[i][j]: of what is left from row i and column j on.
    std::vector<uint32_t> longest((rows + 1) * (columns + 1));
    const auto at = [&](size_t i, size_t j) -> uint32_t& { return longest[i * (columns + 1) + j]; };
    for (size_t i = rows; i-- > 0;) {
      for (size_t j = columns; j-- > 0;) at(i, j) = is_same(begin + i, begin + j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
    for (size_t i = 0, j = 0; i < rows && j < columns;) {
      if (is_same(begin + i, begin + j)) found.emplace_back(begin + i++, begin + j++);
      else if (at(i + 1, j) >= at(i, j + 1)) ++i;
      else ++j;
    }
  }
  for (size_t i = end; i > 0; --i) found.emplace_back(before - i, after - i);
  return found;
}

}  // namespace landfall::terraform
