#pragma once

#include <optional>
#include <string>

#include "why/request.h"

namespace landfall::why {

/// Where a redirect sends the client, and what says so.
struct Onward {
  Url to;
  std::string cause, attribute;
};

/// What a listener's action makes of a request by itself: a redirect that leads to itself, an error that it is told to
/// answer, a forward without weight. Adds the findings.
/// `rule`  null: the default action's. Returns a redirect to elsewhere.
std::optional<Onward> judge_own_answer(const Ground& ground, const model::Listener& listener, const model::Rule* rule, const Url& url, Question& question);

}  // namespace landfall::why
