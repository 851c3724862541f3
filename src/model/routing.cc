#include "model/routing.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/ip.h"
#include "base/text.h"
#include "model/pattern.h"

namespace landfall::model {
namespace {

std::string_view without_port(std::string_view host) { return host.substr(0, host.find(':')); }

std::string plain_name(std::string_view name) {
  std::string plain = replace_all(lower(name), "\\052", "*");
  if (plain.ends_with('.')) plain.pop_back();
  return plain;
}

bool in_source(const std::string& cidr, const std::string& address) {
  const auto block = parse_cidr(cidr);
  const auto ip = parse_ipv4(address);
  return block && ip && block->contains(*ip);
}

/// A backslash makes a wildcard a plain character here (ELBv2 API, QueryStringConditionConfig).
bool matches_query(std::string_view pattern, std::string_view text) {
  return pattern.find('\\') == std::string_view::npos ? glob_match(pattern, text, true) : glob_match_escaped(lower(pattern), lower(text));
}

bool ignores_case(const Condition& condition) { return condition.field != "path-pattern"; }

bool is_universal(const Condition& condition) {
  return std::ranges::any_of(condition.values, [&](const std::string& value) {
    return value == "*" || (condition.field == "path-pattern" && value == "/*") ||
           (condition.field == "source-ip" && value == "0.0.0.0/0");
  });
}

/// Every request that passes `narrow` passes `broad`.
bool covers_condition(const Condition& broad, const Condition& narrow) {
  if (broad.field != narrow.field || broad.http_header_name != narrow.http_header_name) return false;
  if (!broad.regex_values.empty() || !narrow.regex_values.empty()) return broad.regex_values == narrow.regex_values && broad.values == narrow.values;
  if (broad.field == "query-string") return false;  // several pairs may match at once: not told from patterns alone
  return std::ranges::all_of(narrow.values, [&](const std::string& inner) {
    return std::ranges::any_of(broad.values, [&](const std::string& outer) {
      if (broad.field == "source-ip") {
        const auto a = parse_cidr(outer), b = parse_cidr(inner);
        return a && b && a->contains(*b);
      }
      return glob_covers(outer, inner, ignores_case(broad));
    });
  });
}

bool covers_rule(const Rule& broad, const Rule& narrow) {
  return std::ranges::all_of(broad.conditions, [&](const Condition& outer) {
    return is_universal(outer) || std::ranges::any_of(narrow.conditions, [&](const Condition& inner) {
             return covers_condition(outer, inner);
           });
  });
}

std::vector<std::string> effect_of(const Rule& rule) {
  std::vector<std::string> effect;
  for (const Action& action : rule.actions) {
    effect.push_back(action.type);
    for (const auto& group : action.target_groups) effect.push_back(group.arn + "=" + std::to_string(group.weight));
    if (action.redirect) effect.push_back(action.redirect->protocol + action.redirect->host + action.redirect->port + action.redirect->path);
    if (action.fixed_response) effect.push_back(action.fixed_response->status_code + action.fixed_response->message_body);
  }
  return effect;
}

}  // namespace

std::string redirect_location(const RedirectAction& redirect, const RequestParts& parts) {
  const std::pair<std::string_view, std::string_view> values[] = {{"#{protocol}", parts.protocol}, {"#{host}", parts.host}, {"#{port}", parts.port}, {"#{path}", std::string_view(parts.path).substr(parts.path.starts_with('/') ? 1 : 0)}, {"#{query}", parts.query}};
  const auto fill = [&](std::string_view text) {  // once over: what a request says is no placeholder
    std::string filled;
    while (!text.empty()) {
      const auto found = std::ranges::find_if(values, [&](const auto& value) { return text.starts_with(value.first); });
      filled += found == std::end(values) ? text.substr(0, 1) : found->second;
      text.remove_prefix(found == std::end(values) ? 1 : found->first.size());
    }
    return filled;
  };
  const std::string query = fill(redirect.query);
  return fmt::format("{}://{}:{}{}{}{}", lower(fill(redirect.protocol)), fill(redirect.host), fill(redirect.port), fill(redirect.path), query.empty() ? "" : "?", query);
}

bool has_query(const QueryStringValue& wanted, std::string_view query) {
  while (true) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if ((wanted.key.empty() || matches_query(wanted.key, key)) && matches_query(wanted.value, value)) return true;
    if (end == std::string_view::npos) return false;
    query.remove_prefix(end + 1);
  }
}

bool matches(const Condition& condition, const RequestLine& request) {
  const auto any_value = [&](std::string_view text, bool ignore_case) {
    for (const std::string& regex : condition.regex_values) {
      const auto pattern = compile_pattern(regex, ignore_case);
      if (pattern && re2::RE2::PartialMatch({text.data(), text.size()}, *pattern)) return true;
    }
    return std::ranges::any_of(condition.values, [&](const std::string& value) { return glob_match(value, text, ignore_case); });
  };
  if (condition.field == "host-header") return any_value(without_port(request.host), true);
  if (condition.field == "path-pattern") return any_value(request.path, false);
  if (condition.field == "http-request-method") return std::ranges::count(condition.values, request.method) > 0;
  if (condition.field == "source-ip") {
    return std::ranges::any_of(condition.values, [&](const std::string& cidr) { return in_source(cidr, request.source_ip); });
  }
  if (condition.field == "query-string") {
    return std::ranges::any_of(condition.query_strings, [&](const auto& wanted) { return has_query(wanted, request.query); });
  }
  return std::ranges::any_of(request.headers, [&](const auto& header) {
    return iequals(header.first, condition.http_header_name) && any_value(header.second, true);
  });
}

bool matches(const Rule& rule, const RequestLine& request) {
  return std::ranges::all_of(rule.conditions, [&](const Condition& condition) { return matches(condition, request); });
}

const Rule* first_match(const Listener& listener, const std::vector<Rule>& rules, const RequestLine& request) {
  const Rule* best = nullptr;
  for (const Rule& rule : rules) {
    if (rule.listener_arn != listener.arn || !matches(rule, request)) continue;
    if (best == nullptr || rule.priority < best->priority) best = &rule;
  }
  return best;
}

bool glob_covers(std::string_view broad, std::string_view narrow, bool ignore_case) {
  // reach[j]: broad[0..i) covers narrow[0..j).
  std::vector<bool> reach(narrow.size() + 1, false);
  reach[0] = true;
  for (const char b : broad) {
    std::vector<bool> next(narrow.size() + 1, false);
    if (b == '*') {
      bool seen = false;
      for (size_t j = 0; j <= narrow.size(); ++j) next[j] = seen = seen || reach[j];
    } else {
      for (size_t j = 0; j < narrow.size(); ++j) {
        const char n = narrow[j];
        const bool same = n != '*' && (b == '?' || (n != '?' && (ignore_case ? iequals({&b, 1}, {&n, 1}) : b == n)));
        if (reach[j] && same) next[j + 1] = true;
      }
    }
    reach = std::move(next);
  }
  return reach[narrow.size()];
}

std::vector<Shadow> shadows(const std::vector<Rule>& rules) {
  std::vector<Shadow> found;
  for (const Rule& hidden : rules) {
    const Rule* by = nullptr;
    for (const Rule& other : rules) {
      const bool earlier = other.priority < hidden.priority && (by == nullptr || other.priority < by->priority);
      if (earlier && covers_rule(other, hidden) && effect_of(other) != effect_of(hidden)) by = &other;
    }
    if (by != nullptr) found.push_back({&hidden, by});
  }
  return found;
}

const Certificate* chosen_certificate(const Listener& listener, const std::vector<Certificate>& certificates,
                                      std::string_view host) {
  const Certificate* fallback = nullptr;
  for (const ListenerCertificate& listed : listener.certificates) {
    const auto found = std::ranges::find(certificates, listed.arn, &Certificate::arn);
    if (found == certificates.end()) continue;
    if (covers(*found, host)) return &*found;
    if (listed.is_default) fallback = &*found;
  }
  return fallback;
}

std::vector<std::string> names_of(const LoadBalancer& balancer, const std::vector<RecordSet>& records) {
  const std::string own = plain_name(balancer.dns_name);
  std::vector<std::string> names;
  for (const RecordSet& record : records) {
    std::string target = record.alias ? plain_name(record.alias->dns_name)
                         : record.type == "CNAME" && record.values.size() == 1 ? plain_name(record.values[0]) : "";
    if (target.starts_with("dualstack.")) target = target.substr(10);
    if (target == own) names.push_back(plain_name(record.name));
  }
  return names;
}

}  // namespace landfall::model
