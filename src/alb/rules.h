#pragma once

#include <netinet/in.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alb/rule_index.h"
#include "http/h1_head.h"
#include "model/load_balancing.h"

namespace re2 {
class RE2;
}

namespace landfall::alb {

/// What rules look at. Views into the request.
struct RequestView {
  std::string_view host;  ///< without port, any case
  std::string_view path, query, method;
  in_addr source{};
  const std::vector<http::h1::Field>* fields = nullptr;
  bool may_hide = true;  ///< control characters may be among them
};

/// A listener's rules, compiled: the same answers as model::first_match, without looking at rules that cannot match. Each
/// rule is found through the one of its conditions that sets it most apart (a whole host name, the end of one, a whole
/// path, the start of one); rules without such a condition are always looked at.
class RuleTable {
 public:
  /// `rules` by ascending priority; borrowed for the table's life.
  explicit RuleTable(const std::vector<model::Rule>& rules);
  RuleTable() = default;
  /// The index of the rule that takes the request; -1: none.
  int match(const RequestView& request) const;

 private:
  struct Condition {
    enum class Kind { host, path, header, method, query, source } kind;
    struct Value {
      std::string text;
      bool is_glob;  ///< has wildcards
    };
    std::vector<Value> values;
    std::vector<std::shared_ptr<const re2::RE2>> patterns;
    std::string header;
    std::vector<model::QueryStringValue> pairs;
    std::vector<std::pair<uint32_t, uint32_t>> blocks;  ///< network and mask, host order
  };
  enum Way { whole_host, host_end, whole_path, path_start, kWays };

  static Condition compile(const model::Condition& condition);
  static std::vector<std::string> keys(const model::Rule& rule, Way way);
  static bool holds(const Condition& condition, const RequestView& request);
  static bool matches_any(const Condition& condition, std::string_view text, bool ignore_case, bool may_hide);
  bool holds(int rule, const RequestView& request) const;

  std::vector<std::vector<Condition>> rules_;
  RuleIndex ways_[kWays];
  std::vector<int> others_;
};

}  // namespace landfall::alb
