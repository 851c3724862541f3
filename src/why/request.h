#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "why/question.h"

namespace landfall::why {

struct Url {
  std::string scheme, host, path, query;
  int port = 0;
  bool operator==(const Url&) const = default;
};

/// Lower case scheme and host, the scheme's port where none is given. Nothing: it is no URL.
std::optional<Url> parse_url(std::string_view text);

/// Follows a request through the records: name, load balancer, listener, certificate, rule, target group, services. Adds
/// the ids it touches, a line per step, and a finding where a step has nowhere to go on.
void follow_request(const Ground& ground, const Url& url, Question& question);

}  // namespace landfall::why
