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

/// Which line of whose configuration made a thing. Told by the engine after each apply. What is gone from its root's state
/// stays, marked: "the association that there was" can still be named.
struct Origin {
  std::string id;       ///< id or ARN, as in Because::cause
  std::string address;  ///< "aws_route_table.private-rt"
  std::string file;     ///< absolute path
  int line = 0;
  std::string root;     ///< absolute path of the root module
  std::map<std::string, std::string> refers;  ///< its attributes that name other things: "subnet_id" -> "subnet-0a1"
  std::vector<std::string> blocks;            ///< arguments and nested blocks written in the configuration: "ingress"
  bool is_gone = false;
  FIELDS(id, address, file, line, root, refers, blocks, is_gone)

  static constexpr std::string_view kTable = "origin";
  std::string key() const { return id; }
};

/// What is wrong with a root now: a call that the API refused, or a problem that ended its plan. Replaced by each operation
/// on the root that comes to another result.
struct ApplyFailure {
  std::string address;
  std::string file;
  int line = 0;
  std::string root;
  std::string operation;   ///< resource type, or "plan"
  std::string code;        ///< AWS error code, or the summary of the problem
  std::string message;     ///< AWS message
  std::string expression;  ///< the line of the file that a problem of a plan points at
  std::string argument;    ///< of the resource: whose value the message holds; "" if none
  WallTime at;
  FIELDS(address, file, line, root, operation, code, message, expression, argument, at)

  static constexpr std::string_view kTable = "apply_failure";
  std::string key() const { return root + "#" + address; }
};

}  // namespace landfall::model
