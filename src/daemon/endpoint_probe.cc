#include "daemon/endpoint_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"
#include "base/ip.h"
#include "http/client.h"

namespace landfall::daemon {
namespace {

using model::DnsHealthCheck;

constexpr std::chrono::milliseconds kTcpConnect{10'000}, kHttpConnect{4'000}, kHttpWhole{6'000};
constexpr size_t kSearched = 5120;

dns::Look failed(std::string why) { return {.is_up = false, .status = "Failure: " + why}; }

/// Addresses that nobody reaches from the internet.
bool is_public(Ipv4 address) {
  for (const char* range : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"}) {
    if (parse_cidr(range)->contains(address)) return false;
  }
  return true;
}

std::optional<std::string> resolved(const std::string& domain) {
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (getaddrinfo(domain.c_str(), nullptr, &wanted, &found) != 0 || found == nullptr) return std::nullopt;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  return to_string(Ipv4{ntohl(reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr.s_addr)});
}

dns::Look probe_tcp(Ipv4 ip, int port) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(ip.bits);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) return failed(fmt::format("connecting to {}:{}: {}", to_string(ip), port, errno_error("", errno).what));
  pollfd waiting{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(kTcpConnect.count())) != 1) return failed(fmt::format("connecting to {}:{} timed out", to_string(ip), port));
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return failed(fmt::format("connecting to {}:{}: connection refused or unreachable", to_string(ip), port));
  return {.is_up = true, .status = "Success: TCP connection established"};
}

dns::Look probe_http(const DnsHealthCheck& check, const std::string& address) {
  const bool is_https = check.type.starts_with("HTTPS");
  const std::string host = check.domain.empty() || (is_https && !check.enables_sni) ? address : check.domain;
  std::string body;
  http::Fetch fetch{.method = "GET", .url = fmt::format("{}://{}:{}{}{}", is_https ? "https" : "http", host, check.port, check.path.starts_with('/') ? "" : "/", check.path)};
  fetch.headers.set("user-agent", fmt::format("Amazon-Route53-Health-Check-Service (ref {})", check.id));
  if (!check.domain.empty()) fetch.headers.set("host", check.port == (is_https ? 443 : 80) ? check.domain : fmt::format("{}:{}", check.domain, check.port));
  fetch.verifies_peer = false;
  if (host != address) fetch.resolve.push_back(fmt::format("{}:{}:{}", host, check.port, address));
  fetch.connect_timeout = kHttpConnect;
  fetch.timeout = kHttpWhole;
  fetch.on_body = [&](std::string_view bytes) {
    body.append(bytes.substr(0, kSearched - std::min(kSearched, body.size())));
    return true;
  };
  http::Client client;
  const auto response = client.fetch(fetch);
  if (!response) return failed(response.error().what);
  const std::string told = fmt::format("HTTP Status Code {}, {}", response->status, http::reason_phrase(response->status));
  if (response->status < 200 || response->status > 399) return failed(told);
  if (check.type.ends_with("_STR_MATCH") && body.find(check.search_string) == std::string::npos) return failed(fmt::format("{}; the response body does not contain the search string", told));
  return {.is_up = true, .status = "Success: " + told};
}

}  // namespace

dns::Look probe_endpoint(const DnsHealthCheck& check, const std::string& address) {
  const auto found = address.empty() ? resolved(check.domain) : std::optional(address);
  if (!found) return failed(fmt::format("the domain name {} was not resolved", check.domain));
  const auto ip = parse_ipv4(*found);
  if (!ip) return failed(fmt::format("{} is not an IPv4 address: Landfall's checkers have no others", *found));
  if (!is_public(*ip)) return failed(fmt::format("{} is not a public address: health checkers stand in the internet", *found));
  return check.type == "TCP" ? probe_tcp(*ip, check.port) : probe_http(check, *found);
}

}  // namespace landfall::daemon
