#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "alb/worker.h"
#include "base/bio_text.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "http/server.h"

/// A load balancer's worker between clients and targets, all in this process.
namespace landfall::alb {

/// A target: answers with what it received.
struct Origin {
  std::unique_ptr<http::Server> server;
  std::atomic<int> requests = 0, health_status = 200;
  explicit Origin(const std::string& name) {
    auto started = http::Server::start({.spool_above = 64 << 20}, [this, name](http::Request request) {
      http::Response response;
      const bool is_check = request.headers.find("user-agent").value_or("").starts_with("ELB-HealthChecker");
      if (is_check) {
        response.status = health_status;
        return response;
      }
      ++requests;
      for (const auto& field : request.headers) response.headers.set("Seen-" + field.name, field.value);
      response.headers.set("Origin-Name", name);
      if (request.path == "/login") response.headers.set("Set-Cookie", "SESSION=1; Path=/");
      response.body = request.path == "/big" ? std::string(3'000'000, 'b') : request.method + " " + request.target + " " + request.body;
      return response;
    });
    REQUIRE(started);
    server = std::move(*started);
  }
};

/// How long tests wait for what must come. No measure: the machine may be slow, or do other things.
inline constexpr std::chrono::seconds kPatience{60};

/// Whether it holds within that time.
template <class Condition>
bool becomes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

/// A port that stays this test's own until sockets that share it are bound.
struct ReservedPort {
  Fd held{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = 0;
  ReservedPort() {
    const int on = 1;
    setsockopt(held.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(held.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(bind(held.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
    REQUIRE(getsockname(held.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
  }
};

inline model::Action forward_to(const std::string& group) { return {.type = "forward", .target_groups = {{group, 1}}}; }

/// A worker on its own thread with one listener on a port that the kernel chooses.
struct Running {
  std::filesystem::path folder;
  Config config;
  std::unique_ptr<Worker> worker;
  std::atomic<bool> stopped = false;
  mutable std::atomic<bool> asks_counters = false;
  mutable std::map<std::string, int64_t> counted;
  std::jthread thread;

  Running() {
    std::string pattern = (std::filesystem::temp_directory_path() / "landfall-alb.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    config.revision = 1;
    config.balancer = {.arn = "lb", .name = "lb", .dns_name = "lb.example"};
    config.nodes = {{"a", "127.0.0.1"}};
    config.listeners = {{.listener = {.arn = "l", .port = 0, .protocol = "HTTP", .default_actions = {forward_to("g")}}}};
    config.groups = {{.group = {.arn = "g", .name = "g", .target_type = "ip", .health_check = {.interval_seconds = 5, .timeout_seconds = kPatience.count()}}}};
  }
  ~Running() {
    stop();
    std::filesystem::remove_all(folder);
  }
  void add(const Origin& origin, const std::string& group = "g") {
    for (auto& g : config.groups) {
      if (g.group.arn == group) g.targets.push_back({.target_group_arn = group, .id = "127.0.0.1", .port = origin.server->port()});
    }
  }
  void write() const { REQUIRE(write_file_atomic(folder / "config.json", encode(config))); }
  void start() {
    write();
    auto made = Worker::create(folder / "config.json");
    REQUIRE(made);
    worker = std::move(*made);
    port = worker->bound_port(0);
    thread = std::jthread([this] {
      worker->run([this] {
        if (asks_counters) counted = worker->counters(), asks_counters = false;
        return stopped.load();
      });
    });
  }
  void stop() {
    stopped = true;
    if (thread.joinable()) thread.join();
    worker.reset();
  }
  /// As they are now, by the thread that they belong to: a reload may be under way.
  std::map<std::string, int64_t> counters() const {
    for (asks_counters = true; asks_counters;) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return counted;
  }
  int64_t count(const std::string& name) const {
    const auto all = counters();
    const auto found = all.find(name);
    return found == all.end() ? 0 : found->second;
  }
  WorkerState state() const { return state_in(folder); }
  template <class Condition>
  void wait(Condition condition) const {
    if (!becomes([&] { return condition(state()); })) FAIL("the worker's state did not become what was waited for: ", encode(state()));
  }
  void wait_for(const std::string& target_state) const {
    wait([&](const WorkerState& s) { return !s.targets.empty() && std::ranges::all_of(s.targets, [&](const auto& t) { return t.state == target_state; }); });
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port) + path; }
  int port = 0;
};

/// A target by hand: each accepted connection is given to `serve` with its number.
struct RawOrigin {
  Fd listening;
  int port = 0;
  std::atomic<int> ended = 0;  ///< connections closed on this side
  std::jthread thread;
  explicit RawOrigin(std::function<void(int fd, int number)> serve) : listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listening.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(listen(listening.get(), 16) == 0);
    socklen_t size = sizeof at;
    getsockname(listening.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    thread = std::jthread([this, serve] {
      for (int number = 0;; ++number) {
        Fd connection(accept(listening.get(), nullptr, nullptr));
        if (!connection) return;
        serve(connection.get(), number);
        connection.reset();
        ++ended;
        ended.notify_all();
      }
    });
  }
  ~RawOrigin() { shutdown(listening.get(), SHUT_RDWR); }
};

inline std::string read_head(int fd) {
  std::string head;
  char byte = 0;
  while (head.find("\r\n\r\n") == std::string::npos && recv(fd, &byte, 1, 0) == 1) head += byte;
  return head;
}

/// A client by hand.
struct Talk {
  Fd fd;
  explicit Talk(int port) : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a peer that may be gone
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<uint16_t>(port));
    REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void say(std::string_view text) const { REQUIRE(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())); }
  /// Everything up to the end of the connection.
  std::string rest() const {
    std::string text;
    char piece[65536];
    for (ssize_t got = 0; (got = recv(fd.get(), piece, sizeof piece, 0)) > 0;) text.append(piece, static_cast<size_t>(got));
    return text;
  }
  /// One answer whose body has a length: head and body.
  std::string answer() const {
    std::string text = read_head(fd.get());
    const size_t at = text.find("Content-Length: ");
    size_t left = at == std::string::npos ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
    char piece[65536];
    while (left > 0) {
      const ssize_t got = recv(fd.get(), piece, std::min(left, sizeof piece), 0);
      if (got <= 0) break;
      text.append(piece, static_cast<size_t>(got));
      left -= static_cast<size_t>(got);
    }
    return text;
  }
  static int status(const std::string& text) { return text.size() > 12 ? std::atoi(text.c_str() + 9) : 0; }
};

/// A target that answers each request of a connection with `answer`, and tells what it was asked.
struct Scripted {
  std::mutex mutex;
  std::vector<std::string> heads;
  std::string answer_text;
  bool closes;
  RawOrigin origin;
  Scripted(std::string answer, bool closes_after = false)
      : answer_text(std::move(answer)), closes(closes_after), origin([this](int fd, int) {
          for (std::string head = read_head(fd); !head.empty(); head = read_head(fd)) {
            {
              const std::lock_guard lock(mutex);
              heads.push_back(head);
            }
            (void)send(fd, answer_text.data(), answer_text.size(), MSG_NOSIGNAL);
            if (closes) return;
          }
        }) {}
  std::string all() {
    const std::lock_guard lock(mutex);
    return join(heads, "");
  }
  std::string last() {
    const std::lock_guard lock(mutex);
    return heads.empty() ? "" : heads.back();
  }
};

/// A worker before one target that is not checked.
struct Front1 : Running {
  explicit Front1(int target_port) {
    config.groups[0].group.health_check.enabled = false;
    config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = target_port}};
  }
};

inline constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A certificate for `name`, signed by its own key, which is taken: chain and key as PEM.
inline std::pair<std::string, std::string> self_signed(const std::string& name, EVP_PKEY* key = EVP_EC_gen("P-256"), long lasts_s = 3600) {
  X509* leaf = X509_new();
  X509_set_version(leaf, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1);
  X509_gmtime_adj(X509_getm_notBefore(leaf), -60);
  X509_gmtime_adj(X509_getm_notAfter(leaf), lasts_s);
  X509_set_pubkey(leaf, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ((inet_addr(name.c_str()) != INADDR_NONE ? "IP:" : "DNS:") + name).c_str());
  X509_add_ext(leaf, names, -1);
  X509_sign(leaf, key, EVP_sha256());
  const std::pair<std::string, std::string> made{bio_text([&](BIO* bio) { PEM_write_bio_X509(bio, leaf); }), bio_text([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })};
  X509_EXTENSION_free(names);
  X509_free(leaf);
  EVP_PKEY_free(key);
  return made;
}

/// Makes the rig's listener HTTPS with a certificate for `name`.
inline void serve_tls(Running& running, const std::string& name) {
  const auto [chain, key] = self_signed(name);
  REQUIRE(write_file_atomic(running.folder / "key.pem", key));
  running.config.listeners[0].listener.protocol = "HTTPS";
  running.config.listeners[0].listener.ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
  running.config.listeners[0].certificates = {{.arn = "cert", .chain_pem = chain, .key_file = running.folder / "key.pem", .is_default = true}};
}

/// A client over TLS by hand.
struct TlsTalk {
  Talk talk;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  TlsTalk(int port, const std::string& alpn, const std::string& name = "", SSL_SESSION* again = nullptr) : talk(port) {
    std::string offer(1, static_cast<char>(alpn.size()));
    offer += alpn;
    if (!alpn.empty()) SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()), static_cast<unsigned>(offer.size()));
    if (!name.empty()) SSL_set_tlsext_host_name(ssl, name.c_str());
    if (again != nullptr) SSL_set_session(ssl, again);
    SSL_set_fd(ssl, talk.fd.get());
    REQUIRE(SSL_connect(ssl) == 1);
  }
  TlsTalk(const TlsTalk&) = delete;
  ~TlsTalk() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  bool say(std::string_view text) const { return SSL_write(ssl, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()); }
  std::string some(size_t at_most) const {
    std::string text(at_most, '\0');
    const int got = SSL_read(ssl, text.data(), static_cast<int>(at_most));
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }
  std::string rest() const {
    std::string text;
    for (std::string piece = some(16384); !piece.empty(); piece = some(16384)) text += piece;
    return text;
  }
};

}  // namespace landfall::alb
