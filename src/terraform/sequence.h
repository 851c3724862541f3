#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace landfall::terraform {

/// Places of the longest common subsequence of two rows, in order. What both begin and end with is taken first; the middle is
/// worked out up to 4 million pairs, beyond which nothing in it is common: a diff is for people.
std::vector<std::pair<size_t, size_t>> common_subsequence(size_t before, size_t after, const std::function<bool(size_t, size_t)>& is_same);

}  // namespace landfall::terraform
