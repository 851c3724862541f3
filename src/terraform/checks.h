#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "terraform/configuration.h"

/// What validations, pre- and postconditions and check blocks found, as states and plans tell it.
namespace landfall::terraform {

enum class CheckStatus : unsigned char { pass, unknown, fail, error };  ///< the worse the later

/// What one condition, or all of one object, came to.
struct CheckFinding {
  CheckStatus status = CheckStatus::pass;
  std::vector<std::string> problems{};
  void add(CheckFinding more);
};

/// The findings of one walk. Thread-safe.
class Checks {
 public:
  explicit Checks(const Module& root);

  /// Which objects the thing has is known from now on: "module.m.check.c", without instance keys.
  void expand(const std::string& thing);
  /// `object` is an instance of it: "module.m[0].check.c". Findings on one object add up.
  void report(const std::string& thing, const std::string& object, CheckFinding finding);

  /// "check_results" of a state file, JSON; "" if nothing can be checked. `ends`: all is to go, so nothing is known.
  std::string text(bool ends = false) const;

 private:
  struct Thing {
    std::string kind;  ///< "var", "output", "resource", "check"
    bool is_expanded = false;
    std::map<std::string, CheckFinding> objects;
  };
  void declare(const Module& module);

  mutable std::mutex mutex_;
  std::map<std::string, Thing> things_;
};

/// "checks" of plan and state JSON, from a state file's "check_results"; "" if there are none.
std::string render_checks_json(std::string_view check_results);

}  // namespace landfall::terraform
