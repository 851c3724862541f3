#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/reason.h"
#include "store/store.h"

namespace landfall::why {

/// One root cause, told so that a person can act.
struct Finding {
  std::string code;       ///< of the reason
  std::string sentence;   ///< what is wrong, with the value found and the value wanted
  std::string subject;    ///< what is held up
  std::string cause;      ///< id or ARN of the thing to change
  std::string address;    ///< its Terraform address; empty if no apply of ours made it
  std::string attribute;
  std::string file;
  int line = 0;
  std::string remedy;
  std::vector<std::string> evidence;  ///< "name: value"
  std::vector<std::string> path;      ///< the links that were followed, from the question to the cause
  std::vector<std::string> related;   ///< other addresses that have to do with it: the group of a rule
};

struct Explanation {
  std::vector<Finding> findings;      ///< most fundamental first; empty: nothing is held up
  std::vector<std::string> checked;   ///< what was looked at, for "no fault found"
  bool is_known = true;               ///< false: there is no such thing; `checked` says what exists
};

/// Why `thing` is not as wanted. thing: "" (everything), "service/NAME", "service NAME" or NAME, "task/ID",
/// "apply", an id, an ARN, a Terraform address, a target group's name, or a URL. Answers from recorded reasons,
/// and for a URL from the records that the request passes.
Explanation explain(const store::Store& store, std::string_view thing);

std::string render(const Explanation& explanation);      ///< for a terminal
std::string render_json(const Explanation& explanation);

}  // namespace landfall::why
