#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace landfall::services {

/// One page of a list: `next` is the token of the page after it, empty on the last.
template <class T>
struct Page {
  std::vector<T> items;
  std::string next;
};

/// Tokens are opaque to callers: base64 of "at:N". Errors: `bad_token` as given.
template <class T>
Result<Page<T>> page_of(std::vector<T> all, std::optional<int> limit, const std::optional<std::string>& token, const Error& bad_token) {
  size_t start = 0;
  if (token && !token->empty()) {
    const auto text = base64_decode(*token);
    if (!text || !text->starts_with("at:")) return fail(bad_token);
    const auto [end, error] = std::from_chars(text->data() + 3, text->data() + text->size(), start);
    if (error != std::errc() || end != text->data() + text->size()) return fail(bad_token);
  }
  Page<T> page;
  const size_t stop = limit && *limit > 0 ? std::min(all.size(), start + static_cast<size_t>(*limit)) : all.size();
  for (size_t i = start; i < stop; ++i) page.items.push_back(std::move(all[i]));
  if (stop < all.size()) page.next = base64_encode("at:" + std::to_string(stop));
  return page;
}

}  // namespace landfall::services
