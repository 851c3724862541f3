#include "services/elbv2/redirects.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::elbv2 {
namespace {

using model::RedirectAction;
using Placeholders = std::vector<std::string_view>;

std::unexpected<Error> refuse(std::string what) { return fail("InvalidLoadBalancerAction", std::move(what)); }

/// The part without its placeholders; nothing if it has another than these, or one of them twice.
std::optional<std::string> bare(std::string_view part, const Placeholders& allowed) {
  std::string rest(part);
  for (const std::string_view placeholder : allowed) {
    if (const size_t at = rest.find(placeholder); at != std::string::npos) rest.erase(at, placeholder.size());
  }
  return rest.find("#{") == std::string::npos ? std::optional(std::move(rest)) : std::nullopt;
}

std::string quoted(const Placeholders& allowed) {
  std::string all;
  for (const std::string_view placeholder : allowed) all += fmt::format("{}'{}'", all.empty() ? "" : ", ", placeholder);
  return all;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_'; });
}

bool is_port(const std::string& text) {
  int port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && stop == text.data() + text.size() && port >= 1 && port <= 65535;
}

Result<void> check_parts(const RedirectAction& redirect) {
  static const Placeholders of_host{"#{host}"}, of_path{"#{path}", "#{host}", "#{port}"}, of_query{"#{query}", "#{path}", "#{host}", "#{port}", "#{protocol}"};
  const auto host = bare(redirect.host, of_host), path = bare(redirect.path, of_path), query = bare(redirect.query, of_query);
  if (!host || !is_host(*host)) return refuse(fmt::format("The Host parameter must be a valid host name, and may contain up to one of each of these placeholders: {}.", quoted(of_host)));
  if (redirect.port != "#{port}" && !is_port(redirect.port)) return refuse("The Port parameter must be a number from 1 to 65535, or '#{port}'.");
  if (!path || !redirect.path.starts_with('/') || !is_visible(*path)) return refuse(fmt::format("The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: {}.", quoted(of_path)));
  if (!query || !is_visible(*query)) return refuse(fmt::format("The Query parameter must be a valid query, and may contain up to one of each of these placeholders: {}.", quoted(of_query)));
  return {};
}

}  // namespace

Result<RedirectAction> read_redirect(const shapes::RedirectActionConfig& given, std::string_view listener_protocol) {
  RedirectAction redirect{.status_code = text(given.status_code)};
  redirect.protocol = given.protocol.value_or(redirect.protocol);
  redirect.host = given.host.value_or(redirect.host);
  redirect.port = given.port.value_or(redirect.port);
  redirect.path = given.path.value_or(redirect.path);
  redirect.query = given.query.value_or(redirect.query);
  if (listener_protocol == "HTTPS" && redirect.protocol == "HTTP") return refuse("Redirecting from HTTPS to HTTP is not supported");
  TRY(check_parts(redirect));
  return redirect;
}

Result<void> check_loops(const std::vector<model::Action>& actions, const model::Listener& listener) {
  const RedirectAction same;
  for (const model::Action& action : actions) {
    if (!action.redirect) continue;
    const RedirectAction& redirect = *action.redirect;
    const bool keeps_door = (redirect.protocol == same.protocol || redirect.protocol == listener.protocol) && (redirect.port == same.port || redirect.port == std::to_string(listener.port));
    if (keeps_door && redirect.host == same.host && redirect.path == same.path) return refuse("The redirect configuration is not valid because it creates a loop.");
  }
  return {};
}

}  // namespace landfall::services::elbv2
