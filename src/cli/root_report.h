#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "hcl/diagnostic.h"
#include "terraform/engine.h"

namespace landfall::cli {

/// What the daemon is told of a root after an operation on it, so that `why` can name addresses, files and lines:
///
///   {"root", "instances": [{"id", "address", "file", "line", "refers": {attribute: text}, "blocks": [name]}] or absent,
///    "failures": [{"address", "file", "line", "operation", "code", "message"}]}
///
/// Instances are all of the root's state; failures all that is known to be wrong with the root now: none, and earlier
/// ones are forgotten.
class RootReport {
 public:
  explicit RootReport(std::filesystem::path root) : root_(std::move(root)) {}

  /// Every managed instance, by id and by ARN. `refers` holds what names other things ("vpc_id": "vpc-0a1"), `blocks` the
  /// nested blocks written in the configuration ("ingress").
  void add_instances(const terraform::State& state, const terraform::Module& module);
  void add_failures(const terraform::Applied& applied);
  /// Problems of a configuration or a plan; the block around a place is its address.
  void add_problems(const hcl::Diagnostics& diagnostics);
  std::string body() const;

 private:
  std::filesystem::path root_;
  json::array instances_, failures_;
  bool has_instances_ = false;
};

}  // namespace landfall::cli
