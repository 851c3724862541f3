#include "terraform/utility/tls_peer.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include <fmt/format.h>

#include "base/file.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr int kPatienceMs = 10'000;  ///< for the connection, and for each answer

struct Place {
  std::string host, port;
};

Result<Place> place_of(const std::string& url) {
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("tls://")) return fail("Tls.Url", fmt::format("the url '{}' does not begin with https:// or tls://", url));
  std::string rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  rest = rest.substr(rest.rfind('@') + 1);
  const size_t colon = rest.rfind(':'), bracket = rest.rfind(']');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port && !is_https) return fail("Tls.Url", fmt::format("the url '{}' has no port", url));
  std::string host = has_port ? rest.substr(0, colon) : rest;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return fail("Tls.Url", fmt::format("the url '{}' has no host", url));
  return Place{.host = host, .port = has_port ? rest.substr(colon + 1) : "443"};
}

/// Blocking again once it is connected.
bool connects(const Fd& socket, const addrinfo& address) {
  fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return false;
    pollfd polled{socket.get(), POLLOUT, 0};
    if (poll(&polled, 1, kPatienceMs) != 1) return false;
    int problem = 0;
    socklen_t size = sizeof problem;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0 || problem != 0) {
      errno = problem;
      return false;
    }
  }
  fcntl(socket.get(), F_SETFL, 0);
  const timeval patience{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return true;
}

Result<Fd> open_connection(const Place& place) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (const int code = getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found); code != 0) return fail("Tls.Unreachable", fmt::format("looking up {}: {}", place.host, gai_strerror(code)), Blame::remote);
  const std::unique_ptr<addrinfo, Freed<freeaddrinfo>> addresses(found);
  int problem = ETIMEDOUT;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Fd socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && connects(socket, *address)) return socket;
    problem = errno;
  }
  return fail("Tls.Unreachable", fmt::format("connecting to {} port {}: {}", place.host, place.port, std::strerror(problem)), Blame::remote);
}

}  // namespace

Result<std::vector<Certificate>> peer_certificates(const std::string& url, bool verifies) {
  const Place place = TRY(place_of(url));
  const Fd socket = TRY(open_connection(place));
  const std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(), verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const std::unique_ptr<SSL, Freed<SSL_free>> session(SSL_new(context.get()));
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), place.host.c_str()) == 1;
  if (!is_address) {
    SSL_set1_host(session.get(), place.host.c_str());
    SSL_set_tlsext_host_name(session.get(), place.host.c_str());
  }
  SSL_set_fd(session.get(), socket.get());
  if (SSL_connect(session.get()) != 1) {
    const long verdict = SSL_get_verify_result(session.get());
    const std::string why = verdict == X509_V_OK ? "" : fmt::format(" ({})", X509_verify_cert_error_string(verdict));
    return openssl_failed(fmt::format("the TLS handshake with {} port {}{}", place.host, place.port, why));
  }
  std::vector<Certificate> certificates;
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(session.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509_up_ref(sk_X509_value(chain, i));
    certificates.emplace_back(sk_X509_value(chain, i));
  }
  SSL_shutdown(session.get());
  return certificates;
}

}  // namespace landfall::terraform::utility_types
