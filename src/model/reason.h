#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"

namespace landfall::model {

/// Why something is not (yet, here, any longer) as wanted. Written by whoever decides, in the transaction of the
/// decision, erased when the condition ends; `why/` follows these and invents nothing.
struct Because {
  std::string subject;    ///< id or ARN of the thing that is held up: a task ARN, a target group ARN, "nat-0a1"
  std::string code;       ///< stable: "RouteTable.NoDefaultRoute", "Target.Timeout"
  std::string sentence;   ///< names the thing, the value found and the value wanted
  std::string cause;      ///< id or ARN of the thing to change: "rtb-77"; empty if it is the subject itself
  std::string attribute;  ///< of the cause, in Terraform's words: "route", "health_check.path"
  std::string remedy;     ///< what would change it, one sentence
  std::map<std::string, std::string> evidence;
  WallTime since;
  FIELDS(subject, code, sentence, cause, attribute, remedy, evidence, since)

  static constexpr std::string_view kTable = "because";
  std::string key() const { return subject + "#" + code; }
};

/// Which line of whose configuration made a thing. Told by the engine after each apply.
struct Origin {
  std::string id;       ///< id or ARN, as in Because::cause
  std::string address;  ///< "aws_route_table.private-rt"
  std::string file;     ///< absolute path
  int line = 0;
  std::string root;     ///< absolute path of the root module
  FIELDS(id, address, file, line, root)

  static constexpr std::string_view kTable = "origin";
  std::string key() const { return id; }
};

/// A call of an apply that the API refused; gone when the same address is applied with success.
struct ApplyFailure {
  std::string address;
  std::string file;
  int line = 0;
  std::string root;
  std::string operation;  ///< "ecs:CreateService"
  std::string code;       ///< AWS error code
  std::string message;    ///< AWS message
  WallTime at;
  FIELDS(address, file, line, root, operation, code, message, at)

  static constexpr std::string_view kTable = "apply_failure";
  std::string key() const { return root + "#" + address; }
};

}  // namespace landfall::model
