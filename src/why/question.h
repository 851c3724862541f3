#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "why/explain.h"
#include "why/ground.h"

namespace landfall::why {

/// What is asked for, as ids.
struct Question {
  bool is_everything = false;
  bool wants_failures = false;
  bool is_known = true;
  std::set<std::string> ids;          ///< that may be held up
  std::set<std::string> causes;       ///< asked for by name or address: also what they hold up
  std::vector<std::string> checked;   ///< what was looked at, for people
  std::vector<Finding> findings;      ///< told by the request itself: what nobody could decide before it was asked
};

/// A finding about `cause`, at its place in the configuration.
Finding finding_at(const Ground& ground, std::string code, const std::string& cause, std::string attribute, std::string sentence, std::string remedy);

/// Words as in explain.h.
Question read(const Ground& ground, std::string_view thing);

/// Whether the reason is about what is asked.
bool concerns(const Question& question, const model::Because& reason);

/// Ids that belong to a service: itself, its tasks, target groups, and the rules that forward to these.
std::set<std::string> around(const Ground& ground, const model::Service& service);

}  // namespace landfall::why
