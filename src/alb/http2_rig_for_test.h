#pragma once

#include <nghttp2/nghttp2.h>
#include <poll.h>

#include <condition_variable>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <vector>

#include "alb/rig_for_test.h"

/// A client of HTTP/2 that writes its frames by hand, and a target of HTTP/2 made with nghttp2.
namespace landfall::alb {

enum Type : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7, kWindow = 8, kContinuation = 9 };
constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

struct Frame {
  uint8_t type = 0, flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

inline std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string text;
  for (int shift = 16; shift >= 0; shift -= 8) text += static_cast<char>(payload.size() >> shift);
  text += static_cast<char>(type);
  text += static_cast<char>(flags);
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(stream >> shift);
  return text.append(payload);
}

inline std::string literal(std::string_view name, std::string_view value) {
  std::string text(1, '\0');
  text += static_cast<char>(name.size());
  text += name;
  text += static_cast<char>(value.size());
  return text.append(value);
}

/// :method GET (or POST), :scheme https, :path, :authority.
inline std::string request(const std::string& path, bool is_post = false, const std::string& more = "") {
  return std::string(is_post ? "\x83\x87" : "\x82\x87") + literal(":path", path) + literal(":authority", "h2.test") + more;
}

inline std::string open_window(uint32_t stream, size_t by) {
  return frame(kWindow, 0, stream, std::string{static_cast<char>(by >> 24), static_cast<char>(by >> 16), static_cast<char>(by >> 8), static_cast<char>(by)});
}

/// A client of HTTP/2 that does as it is told.
struct H2 : TlsTalk {
  struct Answer {
    std::map<std::string, std::string> head, trailers;
    std::string body;
    bool has_head = false, has_ended = false, was_reset = false, ends_with_head = false;
  };
  std::string unread;
  nghttp2_hd_inflater* inflater = nullptr;
  std::map<uint32_t, Answer> known;
  bool opens_windows = true;

  explicit H2(int port) : TlsTalk(port, "h2") {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &name, &size);
    REQUIRE(std::string(reinterpret_cast<const char*>(name), size) == "h2");
    nghttp2_hd_inflate_new(&inflater);
    say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kSettings, 0, 0, ""));
  }
  ~H2() { nghttp2_hd_inflate_del(inflater); }
  /// False at the end of the connection.
  bool next(Frame& into) {
    while (unread.size() < 9 || unread.size() < 9 + length()) {
      const std::string piece = some(65536);
      if (piece.empty()) return false;
      unread += piece;
    }
    const size_t size = length();
    into = {.type = static_cast<uint8_t>(unread[3]), .flags = static_cast<uint8_t>(unread[4]), .stream = 0, .payload = unread.substr(9, size)};
    for (size_t i = 5; i < 9; ++i) into.stream = into.stream << 8 | static_cast<unsigned char>(unread[i]);
    unread.erase(0, 9 + size);
    return true;
  }
  size_t length() const { return static_cast<size_t>(static_cast<unsigned char>(unread[0])) << 16 | static_cast<size_t>(static_cast<unsigned char>(unread[1])) << 8 | static_cast<unsigned char>(unread[2]); }
  /// The bodies of the streams until `count` have ended; windows are kept open.
  std::map<uint32_t, std::string> answers(size_t count) {
    std::map<uint32_t, std::string> bodies;
    size_t ended = 0;
    Frame got;
    while (ended < count && next(got)) {
      if (got.type == kSettings && got.flags == 0) say(frame(kSettings, 1, 0, ""));
      if (got.type == kData) {
        bodies[got.stream] += got.payload;
        if (!got.payload.empty()) say(open_window(0, got.payload.size()) + open_window(got.stream, got.payload.size()));
      }
      if (got.type == kHeaders) bodies[got.stream];
      if (got.type == kReset) ++ended;
      if ((got.type == kData || got.type == kHeaders) && (got.flags & kEndStream) != 0) ++ended;
    }
    return bodies;
  }
  /// The fields of a HEADERS frame; each frame once, in order.
  std::map<std::string, std::string> fields(const Frame& frame) {
    std::map<std::string, std::string> found;
    auto* at = reinterpret_cast<const uint8_t*>(frame.payload.data());
    for (size_t left = frame.payload.size();;) {
      nghttp2_nv field{};
      int flags = 0;
      const ssize_t used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
      REQUIRE(used >= 0);
      at += used, left -= static_cast<size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) found[{reinterpret_cast<char*>(field.name), field.namelen}] = {reinterpret_cast<char*>(field.value), field.valuelen};
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
    return found;
  }
  /// Reads until `is_there` of the stream's answer; what comes for others is kept. False at the end of the connection.
  template <class Condition>
  bool read_until(uint32_t stream, Condition is_there) {
    Frame got;
    while (!is_there(known[stream])) {
      if (!next(got)) return false;
      Answer& answer = known[got.stream];
      if (got.type == kHeaders) {
        (answer.has_head ? answer.trailers : answer.head) = fields(got);
        answer.ends_with_head = !answer.has_head && (got.flags & kEndStream) != 0;
        answer.has_head = true;
      }
      if (got.type == kData) {
        answer.body += got.payload;
        if (!got.payload.empty() && opens_windows) say(open_window(0, got.payload.size()) + open_window(got.stream, got.payload.size()));
      }
      if (got.type == kReset) answer.was_reset = true;
      if ((got.type == kData || got.type == kHeaders) && (got.flags & kEndStream) != 0) answer.has_ended = true;
    }
    return true;
  }
  Answer answer(uint32_t stream) {
    read_until(stream, [](const Answer& a) { return a.has_ended || a.was_reset; });
    return known[stream];
  }
  /// The error of the GOAWAY that ends the connection; -1: it ended without.
  int64_t goodbye() {
    Frame got;
    while (next(got)) {
      if (got.type == kGoAway) return static_cast<unsigned char>(got.payload[7]);
    }
    return -1;
  }
};

/// Answers by path: see `begin` and `end`. Tells what it was asked.
class H2Origin {
 public:
  struct Request {
    int connection = 0;
    std::map<std::string, std::string> head, trailers;
    std::string body;
    bool has_ended = false, was_reset = false;
    uint32_t error = 0;  ///< of the reset
  };

  explicit H2Origin(uint32_t max_streams = 100, SSL_CTX* tls = nullptr) : max_streams_(max_streams), tls_(tls), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listening_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(listen(listening_.get(), 64) == 0);
    socklen_t size = sizeof at;
    getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    acceptor_ = std::jthread([this] {
      for (int number = 0;; ++number) {
        Fd connection(accept(listening_.get(), nullptr, nullptr));
        if (!connection) return;
        connections = number + 1;
        threads_.emplace_back([this, number, fd = std::move(connection)] { Connection(*this, fd.get(), number).run(); });
      }
    });
  }
  ~H2Origin() {
    is_over_ = true;
    shutdown(listening_.get(), SHUT_RDWR);
    acceptor_.join();
  }

  int port = 0;
  std::atomic<int> connections = 0;

  /// The requests to `path`, once `is_there` of them.
  template <class Condition>
  std::vector<Request> wait(const std::string& path, Condition is_there) {
    std::unique_lock lock(mutex_);
    std::vector<Request> found;
    const bool came = changed_.wait_for(lock, kPatience, [&] {
      found.clear();
      std::ranges::copy_if(requests_, std::back_inserter(found), [&](Request& request) { return request.head[":path"] == path; });
      return is_there(found);
    });
    REQUIRE_MESSAGE(came, "what was waited for did not come to ", path);
    return found;
  }
  Request first(const std::string& path) {
    return wait(path, [](const auto& all) { return !all.empty(); })[0];
  }

 private:
  struct Stream {
    Request* request = nullptr;
    std::string out;  ///< of the answer's body, not sent yet
    std::map<std::string, std::string> trailers;
    bool is_last = false;
  };

  class Connection {
   public:
    Connection(H2Origin& origin, int fd, int number) : origin_(origin), fd_(fd), number_(number) {
      nghttp2_session_callbacks* c = nullptr;
      nghttp2_session_callbacks_new(&c);
      nghttp2_session_callbacks_set_on_begin_headers_callback(c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        static_cast<Connection*>(user)->open(frame->hd.stream_id);
        return 0;
      });
      nghttp2_session_callbacks_set_on_header_callback(c, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* user) {
        static_cast<Connection*>(user)->field(*frame, {reinterpret_cast<const char*>(name), name_size}, {reinterpret_cast<const char*>(value), value_size});
        return 0;
      });
      nghttp2_session_callbacks_set_on_frame_recv_callback(c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        static_cast<Connection*>(user)->received(*frame);
        return 0;
      });
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
        static_cast<Connection*>(user)->data(id, {reinterpret_cast<const char*>(bytes), size});
        return 0;
      });
      nghttp2_session_server_new(&session_, c, this);
      nghttp2_session_callbacks_del(c);
      const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, origin.max_streams_}};
      nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
    }
    ~Connection() {
      nghttp2_session_del(session_);
      SSL_free(ssl_);
    }
    Connection(const Connection&) = delete;

    void run() {
      if (origin_.tls_ != nullptr) {
        ssl_ = SSL_new(origin_.tls_);
        SSL_set_fd(ssl_, fd_);
        if (SSL_accept(ssl_) != 1) return;
      }
      while (!origin_.is_over_ && !dies_ && send_all()) {
        pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
        if ((ssl_ == nullptr || SSL_pending(ssl_) == 0) && poll(&ready, 1, 20) == 0) continue;
        char piece[65536];
        const ssize_t got = ssl_ == nullptr ? recv(fd_, piece, sizeof piece, 0) : SSL_read(ssl_, piece, sizeof piece);
        if (got <= 0 || nghttp2_session_mem_recv(session_, reinterpret_cast<uint8_t*>(piece), static_cast<size_t>(got)) < 0) return;
      }
    }

   private:
    bool send_all() {
      const uint8_t* bytes = nullptr;
      for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
        const ssize_t sent = ssl_ == nullptr ? send(fd_, bytes, static_cast<size_t>(size), MSG_NOSIGNAL) : SSL_write(ssl_, bytes, static_cast<int>(size));
        if (sent != size) return false;
      }
      return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
    }
    void open(int32_t id) {
      if (streams_.contains(id)) return;
      const std::lock_guard lock(origin_.mutex_);
      origin_.requests_.push_back({.connection = number_});
      streams_[id].request = &origin_.requests_.back();
    }
    void field(const nghttp2_frame& frame, std::string name, std::string value) {
      const std::lock_guard lock(origin_.mutex_);
      Request& request = *streams_[frame.hd.stream_id].request;
      (frame.headers.cat == NGHTTP2_HCAT_REQUEST ? request.head : request.trailers)[std::move(name)] = std::move(value);
    }
    void received(const nghttp2_frame& frame) {
      if (!streams_.contains(frame.hd.stream_id)) return;
      Stream& stream = streams_[frame.hd.stream_id];
      const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && frame.hd.type <= NGHTTP2_HEADERS;
      {
        const std::lock_guard lock(origin_.mutex_);
        stream.request->has_ended = stream.request->has_ended || ends;
        if (frame.hd.type == NGHTTP2_RST_STREAM) stream.request->was_reset = true, stream.request->error = frame.rst_stream.error_code;
      }
      origin_.changed_.notify_all();
      if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) begin(frame.hd.stream_id, stream);
      if (ends && !dies_) end(frame.hd.stream_id, stream);
    }
    void data(int32_t id, std::string_view bytes) {
      Stream& stream = streams_[id];
      {
        const std::lock_guard lock(origin_.mutex_);
        stream.request->body.append(bytes);
      }
      origin_.changed_.notify_all();
      if (path_of(stream) != "/chat") return;
      stream.out.append(bytes);
      nghttp2_session_resume_data(session_, id);
    }
    std::string path_of(const Stream& stream) {
      const std::lock_guard lock(origin_.mutex_);
      return stream.request->head[":path"];
    }
    bool is_first(const std::string& path) {
      const std::lock_guard lock(origin_.mutex_);
      return std::ranges::count_if(origin_.requests_, [&](auto& request) { return request.head[":path"] == path; }) == 1;
    }

    /// At the request's head.
    void begin(int32_t id, Stream& stream) {
      const std::string path = path_of(stream);
      if (path == "/chat") answer(id, stream, {{":status", "200"}, {"content-type", "application/grpc"}});
      if (path == "/refused" && is_first(path)) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
      if (path == "/reset") nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
      if (path == "/goaway" && is_first(path)) nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, id - 2, NGHTTP2_NO_ERROR, nullptr, 0);
      dies_ = dies_ || path == "/die";
      if (path == "/early") {
        stream.out = "enough";
        stream.is_last = true;
        answer(id, stream, {{":status", "413"}});
      }
    }
    /// At its end.
    void end(int32_t id, Stream& stream) {
      const std::string path = path_of(stream);
      const bool is_dealt_with = path == "/hold" || path == "/early" || path == "/reset" || ((path == "/refused" || path == "/goaway") && is_first(path));
      if (is_dealt_with) return;
      if (path == "/chat") {
        stream.is_last = true;
        stream.trailers = {{"grpc-status", "0"}, {"x-sum", "7"}};
        nghttp2_session_resume_data(session_, id);
        return;
      }
      if (path == "/pkg.Service/Missing" || path == "/AWS.ALB/healthcheck") return only_head(id, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "12"}});
      if (path == "/none") return only_head(id, {{":status", "204"}});
      const std::string kHints = "103", kStatus = ":status";
      const nghttp2_nv hints = pair(kStatus, kHints);
      if (path == "/interim") nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, &hints, 1, nullptr);
      std::string method, body;
      {
        const std::lock_guard lock(origin_.mutex_);
        method = stream.request->head[":method"], body = stream.request->body;
      }
      stream.out = path == "/big" ? std::string(3'000'000, 'b') : method + " " + path + " " + body;
      stream.is_last = true;
      const std::string length = std::to_string(stream.out.size());
      if (method == "HEAD") return only_head(id, {{":status", "200"}, {"content-length", length}});
      if (path == "/pkg.Service/Call") stream.trailers = {{"grpc-status", "0"}};
      answer(id, stream, {{":status", "200"}, {"content-length", length}});
    }

    static nghttp2_nv pair(const std::string& name, const std::string& value) {
      return {.name = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())), .value = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), .namelen = name.size(), .valuelen = value.size(), .flags = 0};
    }
    static std::vector<nghttp2_nv> pairs(const std::map<std::string, std::string>& fields) {
      std::vector<nghttp2_nv> made;
      for (const auto& [name, value] : fields) made.push_back(pair(name, value));
      return made;
    }
    void only_head(int32_t id, const std::map<std::string, std::string>& fields) {
      const auto made = pairs(fields);
      nghttp2_submit_response(session_, id, made.data(), made.size(), nullptr);
    }
    void answer(int32_t id, Stream& stream, const std::map<std::string, std::string>& fields) {
      nghttp2_data_provider provider{.source = {.ptr = &stream}, .read_callback = [](nghttp2_session* session, int32_t of, uint8_t* into, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
        Stream& its = *static_cast<Stream*>(source->ptr);
        if (its.out.empty() && !its.is_last) return NGHTTP2_ERR_DEFERRED;
        const size_t take = std::min(room, its.out.size());
        std::memcpy(into, its.out.data(), take);
        its.out.erase(0, take);
        if (its.out.empty() && its.is_last) {
          *flags |= NGHTTP2_DATA_FLAG_EOF;
          if (!its.trailers.empty()) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            const auto made = pairs(its.trailers);
            nghttp2_submit_trailer(session, of, made.data(), made.size());
          }
        }
        return static_cast<ssize_t>(take);
      }};
      const auto made = pairs(fields);
      nghttp2_submit_response(session_, id, made.data(), made.size(), &provider);
    }

    H2Origin& origin_;
    int fd_, number_;
    SSL* ssl_ = nullptr;
    nghttp2_session* session_ = nullptr;
    std::map<int32_t, Stream> streams_;
    bool dies_ = false;
  };

  uint32_t max_streams_;
  SSL_CTX* tls_;
  Fd listening_;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Request> requests_;
  std::list<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace landfall::alb
