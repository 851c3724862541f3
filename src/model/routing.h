#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/certificate.h"
#include "model/load_balancing.h"
#include "model/zone.h"

/// What a load balancer's configuration means for a request, told from the records alone. The proxy has its own
/// compiled matcher; this one is for explaining and for checking it.
namespace landfall::model {

struct RequestLine {
  std::string host, path = "/", method = "GET", query, source_ip;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What redirect placeholders stand for.
struct RequestParts {
  std::string protocol;  ///< "http", "https"
  std::string host;      ///< without port
  std::string port;      ///< of the listener
  std::string path;      ///< with leading slash
  std::string query;     ///< without '?'
};
std::string redirect_location(const RedirectAction& redirect, const RequestParts& parts);

/// Whether a pair of the query ("a=1&b") has the wanted key and value; both may be patterns, letter case does not count.
bool has_query(const QueryStringValue& wanted, std::string_view query);

bool matches(const Condition& condition, const RequestLine& request);
bool matches(const Rule& rule, const RequestLine& request);

/// The rule of the listener that takes the request, or null for the default action. `rules` in any order.
const Rule* first_match(const Listener& listener, const std::vector<Rule>& rules, const RequestLine& request);

/// Whether every text that glob `narrow` matches is matched by glob `broad` too. Sound; may say no to an exotic yes.
bool glob_covers(std::string_view broad, std::string_view narrow, bool ignore_case);

/// `hidden` can never take a request, because `by` (a smaller priority) takes all of them and does something else.
struct Shadow {
  const Rule* hidden;
  const Rule* by;
};
std::vector<Shadow> shadows(const std::vector<Rule>& rules_of_one_listener);

/// The certificate that SNI selects: the first that covers the host, else the default one. Null: none known.
const Certificate* chosen_certificate(const Listener& listener, const std::vector<Certificate>& certificates,
                                      std::string_view host);

/// Names of DNS records (without trailing dot, `*` as such) that lead to the load balancer.
std::vector<std::string> names_of(const LoadBalancer& balancer, const std::vector<RecordSet>& records);

}  // namespace landfall::model
