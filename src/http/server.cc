#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <poll.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <list>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/h1_head.h"
#include "io/stream.h"
#include "sys/netns.h"

namespace landfall::http {
namespace {

constexpr auto kFinishLimit = std::chrono::seconds(5);
constexpr size_t kReadSize = 64 * 1024;
constexpr size_t kLingerBytes = 256 * 1024;

std::string address_text(const sockaddr_in& address) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(address.sin_port));
}

Response plain(int status, std::string_view body) {
  Response response{.status = status, .body = std::string(body) + "\n"};
  response.headers.set("Content-Type", "text/plain");
  return response;
}

/// A request body on its way in: memory first, a file once it is larger than the limit.
class BodySink {
 public:
  BodySink(const ServerOptions& options, Request& request) : options_(options), request_(request) {}
  ~BodySink() {
    if (fd_ && !kept_) ::unlink(path_.c_str());
  }

  Result<void> add(std::string_view data) {
    size_ += data.size();
    if (size_ > options_.max_body_bytes) return fail("Body.TooLarge", "the body is too large");
    if (!fd_ && size_ <= options_.spool_above) {
      request_.body += data;
      return {};
    }
    if (!fd_) TRY(open_file());
    return append(data);
  }

  /// Hands the file to the request, if there is one; it is then removed by the connection after the handler.
  void finish() {
    if (!fd_) return;
    request_.body_file = path_;
    kept_ = true;
  }

 private:
  Result<void> open_file() {
    path_ = (options_.spool_folder / "landfall-body.XXXXXX").string();
    fd_.reset(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd_) return fail(errno_error("spooling a body in " + options_.spool_folder.string(), errno));
    TRY(append(request_.body));
    request_.body.clear();
    return {};
  }

  Result<void> append(std::string_view data) {
    while (!data.empty()) {
      const ssize_t written = ::write(fd_.get(), data.data(), data.size());
      if (written < 0) return fail(errno_error("spooling a body to " + path_, errno));
      data.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  const ServerOptions& options_;
  Request& request_;
  Fd fd_;
  std::string path_;
  uint64_t size_ = 0;
  bool kept_ = false;
};

/// One client connection, served on its own thread until it ends.
class Connection {
 public:
  Connection(std::unique_ptr<io::Stream> stream, std::string peer, bool is_tls, const ServerOptions& options, const Handler& handler)
      : stream_(std::move(stream)), peer_(std::move(peer)), is_tls_(is_tls), options_(options), handler_(handler) {}

  void serve() {
    while (serve_one()) {
    }
  }
  void shutdown() { stream_->shutdown(); }
  void stop_reading() { stream_->stop_reading(); }

 private:
  /// False when the connection is to be closed.
  bool serve_one() {
    h1::RequestHead head;
    h1::Refusal refusal;
    const h1::Limits limits{.head = options_.max_header_bytes};
    for (;;) {
      const h1::Parsed parsed = h1::parse_request(buffer_, limits, head, refusal);
      if (parsed == h1::Parsed::complete) break;
      if (parsed == h1::Parsed::refused) return refuse(refusal.status, refusal.reason);
      const bool in_request = !buffer_.empty();
      const Result<bool> more = fill();
      if (!more && in_request && more.error().code == "Stream.Timeout") return refuse(408, "timeout");
      if (!more || !*more) return false;
    }
    Request request = request_of(head);
    const bool keep = head.keep_alive, is_head = head.method == "HEAD";
    if (const int status = read_body(head, request); status != 0) {
      return status > 0 && refuse(status, reason_phrase(status));
    }
    const std::optional<std::filesystem::path> spooled = request.body_file;
    const Response response = handler_(std::move(request));
    if (spooled) ::unlink(spooled->c_str());
    return answer(response, keep, is_head) && keep;
  }

  /// Answers and gives the connection up; false. What the client still sends is read for a moment, because closing with
  /// unread bytes would reset the connection under the answer.
  bool refuse(int status, std::string_view reason) {
    if (!answer(plain(status, reason), false, false)) return false;
    stream_->end_writing();
    char rest[4096];
    for (size_t left = kLingerBytes; left > 0;) {
      const Result<size_t> got = stream_->read(rest, std::min(left, sizeof rest));
      if (!got || *got == 0) break;
      left -= *got;
    }
    return false;
  }

  Result<bool> fill() {
    const size_t size = buffer_.size();
    buffer_.resize(size + kReadSize);
    const Result<size_t> got = stream_->read(buffer_.data() + size, kReadSize);
    buffer_.resize(size + (got ? *got : 0));
    if (!got) return std::unexpected(got.error());
    return *got > 0;
  }

  Request request_of(const h1::RequestHead& head) const {
    Request request{.method = std::string(head.method), .target = std::string(head.target)};
    std::string_view target = head.target;
    if (const size_t scheme = target.find("://"); scheme != std::string_view::npos && target[0] != '/') {
      const size_t slash = target.find('/', scheme + 3);
      target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    for (const h1::Field& field : head.fields) request.headers.add(field.name, field.value);
    request.peer = peer_;
    request.server_name = stream_->server_name();
    request.is_tls = is_tls_;
    return request;
  }

  /// 0 when the body is in `request`; a status to answer with; -1 when the client went away.
  int read_body(const h1::RequestHead& head, Request& request) {
    const h1::Framing framing = head.framing;
    uint64_t left = head.content_length;
    const bool wants_go = head.expects_continue;
    buffer_.erase(0, head.size);
    if (framing == h1::Framing::length && left > options_.max_body_bytes) return 413;
    // Also where the body is empty: after any other first answer botocore misreads the next one on the connection.
    if (wants_go && !stream_->write("HTTP/1.1 100 Continue\r\n\r\n")) return -1;
    if (framing == h1::Framing::none) return 0;
    BodySink sink(options_, request);
    const int status = framing == h1::Framing::length ? read_length(left, sink) : read_chunks(sink);
    if (status == 0) sink.finish();
    return status;
  }

  static int status_of(const Error& error) { return error.code == "Body.TooLarge" ? 413 : 507; }

  int read_length(uint64_t left, BodySink& sink) {
    while (left > 0) {
      if (buffer_.empty()) {
        const Result<bool> more = fill();
        if (!more || !*more) return !more && more.error().code == "Stream.Timeout" ? 408 : -1;
      }
      const size_t take = static_cast<size_t>(std::min<uint64_t>(left, buffer_.size()));
      if (const auto added = sink.add(std::string_view(buffer_).substr(0, take)); !added) return status_of(added.error());
      buffer_.erase(0, take);
      left -= take;
    }
    return 0;
  }

  int read_chunks(BodySink& sink) {
    h1::ChunkReader reader;
    size_t used = 0;
    for (;;) {
      const auto step = reader.next(std::string_view(buffer_).substr(used));
      if (step.is_refused) return 400;
      if (const auto added = sink.add(step.data); !added) return status_of(added.error());
      used += step.consumed;
      if (step.is_done) break;
      if (step.consumed > 0) continue;
      buffer_.erase(0, std::exchange(used, 0));
      const Result<bool> more = fill();
      if (!more || !*more) return !more && more.error().code == "Stream.Timeout" ? 408 : -1;
    }
    buffer_.erase(0, used);
    return 0;
  }

  /// Whether the connection is still good.
  bool answer(const Response& response, bool keep, bool is_head) {
    const bool bodiless = response.status == 204 || response.status == 304 || response.status / 100 == 1;
    const uint64_t size = response.body_file ? response.file_length : response.body.size();
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    for (const Header& field : response.headers) out += field.name + ": " + field.value + "\r\n";
    if (!bodiless && !response.headers.find("content-length")) out += fmt::format("Content-Length: {}\r\n", size);
    out += "Date: " + http_date(SystemClock().wall()) + "\r\n";
    out += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (!bodiless && !is_head && !response.body_file) out += response.body;
    if (!stream_->write(out)) return false;
    return bodiless || is_head || !response.body_file || send_file(response);
  }

  bool send_file(const Response& response) {
    const Fd file(::open(response.body_file->c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return false;
    std::string piece(kReadSize * 4, '\0');
    uint64_t at = response.file_offset, left = response.file_length;
    while (left > 0) {
      const ssize_t got = ::pread(file.get(), piece.data(), std::min<uint64_t>(left, piece.size()), static_cast<off_t>(at));
      if (got <= 0 || !stream_->write(std::string_view(piece).substr(0, static_cast<size_t>(got)))) return false;
      at += static_cast<uint64_t>(got);
      left -= static_cast<uint64_t>(got);
    }
    return true;
  }

  std::unique_ptr<io::Stream> stream_;
  std::string peer_;
  bool is_tls_;
  const ServerOptions& options_;
  const Handler& handler_;
  std::string buffer_;
};

Result<Fd> listen_on(const ServerOptions& options) {
  Fd fd = TRY(sys::socket_in(options.network_namespace, AF_INET, SOCK_STREAM));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  if (inet_pton(AF_INET, options.address.c_str(), &address.sin_addr) != 1) {
    return fail("Server.BadAddress", fmt::format("'{}' is not an IPv4 address to listen on", options.address));
  }
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EADDRINUSE) {
      return fail("Server.PortInUse", fmt::format("port {} on {} is already taken by another program; choose another with --port",
                                                  options.port, options.address), Blame::host);
    }
    return fail(errno_error(fmt::format("listening on {}:{}", options.address, options.port), errno));
  }
  if (listen(fd.get(), 512) != 0) return fail(errno_error("listening", errno));
  return fd;
}

/// A thread accepts; each connection has a thread of its own, `max_connections` at most.
class ThreadedServer final : public Server {
 public:
  ThreadedServer(ServerOptions options, Handler handler, Fd listener, std::optional<io::TlsServer> tls)
      : options_(std::move(options)), handler_(std::move(handler)), listener_(std::move(listener)), tls_(std::move(tls)),
        wake_(eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    port_ = ntohs(bound.sin_port);
    acceptor_ = std::jthread([this] { accept_loop(); });
  }

  ~ThreadedServer() override {
    const uint64_t one = 1;
    stopping_ = true;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
    acceptor_.join();
    std::unique_lock lock(mutex_);
    // Idle connections see their end; running requests are answered first.
    for (Connection* connection : open_) connection->stop_reading();
    if (idle_.wait_for(lock, kFinishLimit, [&] { return count_ == 0; })) return;
    for (Connection* connection : open_) connection->shutdown();
    idle_.wait(lock, [&] { return count_ == 0; });
  }

  uint16_t port() const override { return port_; }

 private:
  void accept_loop() {
    while (!stopping_) {
      pollfd waiting[2] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0}, {.fd = wake_.get(), .events = POLLIN, .revents = 0}};
      if (poll(waiting, 2, -1) < 0 || (waiting[0].revents & POLLIN) == 0) continue;
      sockaddr_in from{};
      socklen_t size = sizeof from;
      Fd socket(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
      if (!socket) continue;
      const int on = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const std::lock_guard lock(mutex_);
      if (count_ >= options_.max_connections) continue;
      ++count_;
      std::thread([this, fd = std::make_shared<Fd>(std::move(socket)), peer = address_text(from)] { run(std::move(*fd), peer); }).detach();
    }
  }

  void run(Fd socket, const std::string& peer) {
    Result<std::unique_ptr<io::Stream>> stream =
        tls_ ? tls_->accept(std::move(socket), options_.idle_timeout) : io::plain_stream(std::move(socket), options_.idle_timeout);
    if (stream) {
      Connection connection(std::move(*stream), peer, tls_.has_value(), options_, handler_);
      if (enter(&connection)) {
        connection.serve();
        const std::lock_guard lock(mutex_);
        open_.remove(&connection);
      }
    }
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) idle_.notify_all();
  }

  bool enter(Connection* connection) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    open_.push_back(connection);
    return true;
  }

  ServerOptions options_;
  Handler handler_;
  Fd listener_;
  std::optional<io::TlsServer> tls_;
  Fd wake_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::list<Connection*> open_;
  int count_ = 0;
  std::jthread acceptor_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  std::optional<io::TlsServer> tls;
  if (options.tls) {
    tls = TRY(io::TlsServer::create(options.tls->certificate_chain_pem, options.tls->private_key_pem));
  }
  Fd listener = TRY(listen_on(options));
  return std::make_unique<ThreadedServer>(std::move(options), std::move(handler), std::move(listener), std::move(tls));
}

}  // namespace landfall::http
