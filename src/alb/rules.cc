#include "alb/rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <unordered_map>

#include <re2/re2.h>

#include "base/ip.h"
#include "base/text.h"
#include "model/pattern.h"
#include "model/routing.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxHost = 256;
constexpr int kMaxParts = 18;  // dots of a host, slashes of a path that are looked up

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?") != std::string_view::npos; }

/// The end of a host pattern that is plain text from a dot on: ".example.com" of "*.example.com".
std::string plain_end(std::string_view pattern) {
  const size_t last = pattern.find_last_of("*?");
  const size_t dot = pattern.find('.', last == std::string_view::npos ? 0 : last + 1);
  return dot == std::string_view::npos ? "" : lower(pattern.substr(dot));
}

/// The start of a path pattern that is plain text up to a slash: "/api/" of "/api/*".
std::string plain_start(std::string_view pattern) {
  const size_t slash = pattern.substr(0, pattern.find_first_of("*?")).rfind('/');
  return slash == std::string_view::npos ? "" : std::string(pattern.substr(0, slash + 1));
}

bool is_hidden(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string visible(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept), [](char c) { return !is_hidden(c); });
  return kept;
}

/// Rules that may match, in the order of their priority, from several lists in that order.
struct Candidates {
  std::pair<const int*, const int*> lists[40];
  size_t count = 0;
  void add(std::span<const int> list) {
    if (!list.empty() && count < std::size(lists)) lists[count++] = {list.data(), list.data() + list.size()};
  }
  int next() {
    int best = -1;
    for (size_t i = 0; i < count; ++i) {
      if (lists[i].first != lists[i].second && (best < 0 || *lists[i].first < best)) best = *lists[i].first;
    }
    for (size_t i = 0; i < count; ++i) {
      if (lists[i].first != lists[i].second && *lists[i].first == best) ++lists[i].first;
    }
    return best;
  }
};

}  // namespace

RuleTable::Condition RuleTable::compile(const model::Condition& condition) {
  using Kind = Condition::Kind;
  const auto kind = condition.field == "host-header"           ? Kind::host
                    : condition.field == "path-pattern"        ? Kind::path
                    : condition.field == "http-header"         ? Kind::header
                    : condition.field == "http-request-method" ? Kind::method
                    : condition.field == "query-string"        ? Kind::query
                                                               : Kind::source;
  Condition made{.kind = kind, .values = {}, .patterns = {}, .header = condition.http_header_name, .pairs = condition.query_strings, .blocks = {}};
  for (const std::string& value : condition.values) made.values.push_back({value, has_wildcard(value)});
  for (const std::string& regex : condition.regex_values) {
    if (auto pattern = model::compile_pattern(regex, kind != Kind::path)) made.patterns.push_back(std::move(pattern));
  }
  if (kind == Kind::source) {
    for (const std::string& value : condition.values) {
      if (const auto block = parse_cidr(value)) made.blocks.emplace_back(block->base.bits, block->mask());  // of IPv6 no client has an address
    }
  }
  return made;
}

/// The texts under which the rule would be found that way; empty if it cannot be.
std::vector<std::string> RuleTable::keys(const model::Rule& rule, Way way) {
  const std::string_view field = way == whole_host || way == host_end ? "host-header" : "path-pattern";
  for (const model::Condition& condition : rule.conditions) {
    if (condition.field != field) continue;
    if (!condition.regex_values.empty()) return {};
    std::vector<std::string> found;
    for (const std::string& value : condition.values) {
      const bool is_whole = way == whole_host || way == whole_path;
      if (is_whole && has_wildcard(value)) return {};
      std::string key = way == whole_host ? lower(value) : way == whole_path ? value : way == host_end ? plain_end(value) : plain_start(value);
      if (key.empty() || std::ranges::count(key, way == host_end ? '.' : '/') > kMaxParts) return {};
      if (std::ranges::find(found, key) == found.end()) found.push_back(std::move(key));
    }
    return found;
  }
  return {};
}

RuleTable::RuleTable(const std::vector<model::Rule>& rules) {
  std::unordered_map<std::string, int> population[kWays];
  std::unordered_map<std::string, std::vector<int>> found_by[kWays];
  for (const model::Rule& rule : rules) {
    for (int way = 0; way < kWays; ++way) {
      for (const std::string& key : keys(rule, static_cast<Way>(way))) ++population[way][key];
    }
  }
  for (int i = 0; i < static_cast<int>(rules.size()); ++i) {
    rules_.emplace_back();
    for (const model::Condition& condition : rules[static_cast<size_t>(i)].conditions) rules_.back().push_back(compile(condition));
    int best = -1, crowd = std::numeric_limits<int>::max();
    for (int way = 0; way < kWays; ++way) {
      const auto found = keys(rules[static_cast<size_t>(i)], static_cast<Way>(way));
      int most = 0;
      for (const std::string& key : found) most = std::max(most, population[way][key]);
      if (!found.empty() && most < crowd) best = way, crowd = most;
    }
    if (best < 0) others_.push_back(i);
    else for (const std::string& key : keys(rules[static_cast<size_t>(i)], static_cast<Way>(best))) found_by[best][key].push_back(i);
  }
  for (int way = 0; way < kWays; ++way) ways_[way] = RuleIndex(std::move(found_by[way]));
}

/// Visible characters only are compared (ALB user guide, Listeners).
bool RuleTable::matches_any(const Condition& condition, std::string_view text, bool ignore_case, bool may_hide) {
  if (may_hide && std::ranges::any_of(text, is_hidden)) return matches_any(condition, visible(text), ignore_case, false);
  for (const auto& [value, is_glob] : condition.values) {
    if (is_glob ? glob_match(value, text, ignore_case) : ignore_case ? iequals(value, text) : value == text) return true;
  }
  return std::ranges::any_of(condition.patterns, [&](const auto& regex) { return re2::RE2::PartialMatch({text.data(), text.size()}, *regex); });
}

bool RuleTable::holds(const Condition& condition, const RequestView& request) {
  using Kind = Condition::Kind;
  switch (condition.kind) {
    case Kind::host: return matches_any(condition, request.host, true, request.may_hide);
    case Kind::path: return matches_any(condition, request.path, false, request.may_hide);
    case Kind::method: return std::ranges::any_of(condition.values, [&](const auto& value) { return value.text == request.method; });
    case Kind::query: return std::ranges::any_of(condition.pairs, [&](const auto& wanted) { return model::has_query(wanted, request.query); });
    case Kind::source:
      return std::ranges::any_of(condition.blocks, [&](const auto& block) { return (ntohl(request.source.s_addr) & block.second) == block.first; });
    case Kind::header:
      return request.fields != nullptr && std::ranges::any_of(*request.fields, [&](const http::h1::Field& field) {
               return iequals(field.name, condition.header) && matches_any(condition, field.value, true, true);
             });
  }
  return false;
}

bool RuleTable::holds(int rule, const RequestView& request) const {
  return std::ranges::all_of(rules_[static_cast<size_t>(rule)], [&](const Condition& condition) { return holds(condition, request); });
}

int RuleTable::match(const RequestView& request) const {
  if (rules_.empty()) return -1;
  if (request.may_hide && (std::ranges::any_of(request.path, is_hidden) || std::ranges::any_of(request.host, is_hidden))) {
    const std::string host = visible(request.host), path = visible(request.path);
    RequestView seen = request;
    seen.host = host;
    seen.path = path;
    seen.may_hide = false;
    return match(seen);
  }
  Candidates candidates;
  const auto look = [&](Way way, std::string_view key) { candidates.add(ways_[way].find(key)); };
  if (!ways_[whole_host].empty() || !ways_[host_end].empty()) {
    char text[kMaxHost];
    const size_t size = std::min(request.host.size(), kMaxHost);
    for (size_t i = 0; i < size; ++i) {
      const char c = request.host[i];
      text[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    const std::string_view host(text, request.host.size() <= kMaxHost ? size : 0);  // no pattern is as long
    look(whole_host, host);
    size_t dot = ways_[host_end].empty() ? std::string_view::npos : host.rfind('.');
    for (int parts = 0; dot != std::string_view::npos && parts < kMaxParts; ++parts) {
      look(host_end, host.substr(dot));
      dot = dot == 0 ? std::string_view::npos : host.rfind('.', dot - 1);
    }
  }
  if (!ways_[whole_path].empty()) look(whole_path, request.path);
  if (!ways_[path_start].empty()) {
    size_t slash = request.path.find('/');
    for (int parts = 0; slash != std::string_view::npos && parts < kMaxParts; ++parts) {
      look(path_start, request.path.substr(0, slash + 1));
      slash = request.path.find('/', slash + 1);
    }
  }
  candidates.add(others_);
  for (int rule = candidates.next(); rule >= 0; rule = candidates.next()) {
    if (holds(rule, request)) return rule;
  }
  return -1;
}

}  // namespace landfall::alb
