// Time-outs of clients and targets, on a clock that the tests turn on.
#include <doctest/doctest.h>

#include <fcntl.h>

#include <fmt/format.h>

#include "alb/http2_rig_for_test.h"
#include "alb/rig_for_test.h"
#include "alb/traffic.h"

using namespace landfall;
using namespace landfall::alb;
using std::chrono::seconds;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Waits until the balancer has counted something.
void wait_for(const Running& running, const std::string& name, int64_t value = 1) {
  running.wait([&](const WorkerState&) { return running.count(name) >= value; });
}

/// Has the lane look at its time-outs: it does so after the first of these answers, its own, at the latest.
void look(const Running& running) {
  const Talk talk(running.port);
  for (int i = 0; i < 2; ++i) {
    talk.say("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(Talk::status(talk.answer()) == 405);
  }
}

/// A target that tells when a request is there, and says `answer` to it, which may be nothing.
struct Slow {
  std::atomic<int> asked = 0, body = 0;
  std::string answer;
  RawOrigin origin;
  explicit Slow(std::string said = "") : answer(std::move(said)), origin([this](int fd, int) {
    if (read_head(fd).empty()) return;
    if (!answer.empty()) (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    ++asked;
    asked.notify_all();
    char piece[4096];
    for (ssize_t got = 0; (got = recv(fd, piece, sizeof piece, 0)) > 0; body.notify_all()) body += static_cast<int>(got);
  }) {}
  void wait() const { asked.wait(0); }
};

/// Listens and takes no connection: its queue is full, so that the kernel drops what else comes.
struct Deaf {
  Fd listening{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Fd first{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = 0;
  Deaf() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(bind(listening.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
    REQUIRE(listen(listening.get(), 0) == 0);
    getsockname(listening.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    REQUIRE(connect(first.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
  }
};

}  // namespace

TEST_CASE("a target whose SYN is dropped is 504 after ten seconds, and counted as a connection error") {
  const Deaf target;
  Front1 running(target.port);
  running.start();
  Talk talk(running.port);
  talk.say(kGet);
  wait_for(running, "forwarded");
  EventLoop::skip(seconds(9));
  look(running);
  CHECK(running.count("elb.504.target_connect_timeout") == 0);
  EventLoop::skip(seconds(2));
  CHECK(Talk::status(talk.answer()) == 504);
  CHECK(running.count("elb.504.target_connect_timeout") == 1);
  std::optional<model::Traffic> told;
  running.wait([&](const WorkerState&) { return (told = read_traffic(running.folder)) && told->groups[0].counts["TargetConnectionErrorCount"] == 1 && told->counts["HTTPCode_ELB_504_Count"] == 1; });
}

TEST_CASE("a target that speaks no TLS is 502: at once if it says something else, after ten seconds if nothing") {
  RawOrigin plain([](int fd, int) {
    char byte = 0;
    (void)recv(fd, &byte, 1, 0);
    (void)send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
  });
  Front1 wrong(plain.port);
  wrong.config.groups[0].group.protocol = "HTTPS";
  wrong.start();
  Talk told(wrong.port);
  told.say(kGet);
  CHECK(Talk::status(told.answer()) == 502);
  CHECK(wrong.count("elb.502.target_tls_failed") == 1);
  wrong.wait([&](const WorkerState&) {
    auto traffic = read_traffic(wrong.folder);
    return traffic && traffic->counts["TargetTLSNegotiationErrorCount"] == 1;
  });

  std::atomic<bool> greeted = false;
  RawOrigin silent([&](int fd, int) {
    char piece[4096];
    if (recv(fd, piece, sizeof piece, 0) > 0) greeted = true;
    greeted.notify_all();
    while (recv(fd, piece, sizeof piece, 0) > 0) {}
  });
  Front1 running(silent.port);
  running.config.groups[0].group.protocol = "HTTPS";
  running.start();
  Talk talk(running.port);
  talk.say(kGet);
  greeted.wait(false);
  EventLoop::skip(seconds(11));
  CHECK(Talk::status(talk.answer()) == 502);
  CHECK(running.count("elb.502.target_tls_timeout") == 1);
}

TEST_CASE("a target that says nothing for the idle timeout is 504") {
  const Slow target;
  Front1 running(target.origin.port);
  running.start();
  Talk talk(running.port);
  talk.say(kGet);
  target.wait();
  EventLoop::skip(seconds(61));
  CHECK(Talk::status(talk.answer()) == 504);
  CHECK(running.count("elb.504.target_idle_timeout") == 1);
}

TEST_CASE("a target whose Content-Length promises more than comes is 504 in log and count, and its answer is cut") {
  const Slow target("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  Front1 running(target.origin.port);
  running.config.access_log = running.folder / "access.log";
  running.start();
  Talk talk(running.port);
  talk.say(kGet);
  target.wait();
  char start[512];
  REQUIRE(recv(talk.fd.get(), start, sizeof start, 0) > 0);
  EventLoop::skip(seconds(61));
  talk.rest();
  CHECK(running.count("elb.504.target_stalled") == 1);
  running.wait([&](const WorkerState&) { return has(read_file(running.folder / "access.log").value_or(""), " 504 200 "); });
}

TEST_CASE("a client that stops in the middle of its request is 408; any byte starts the time anew") {
  const Slow target;
  Front1 running(target.origin.port);
  running.start();
  Talk head(running.port);
  head.say("GET / HTTP/1.1\r\nHo");
  pollfd there{.fd = head.fd.get(), .events = POLLIN, .revents = 0};
  do EventLoop::skip(seconds(61));
  while (poll(&there, 1, 500) == 0);  // the bytes may come to it only now
  const std::string told = head.rest();
  CHECK(Talk::status(told) == 408);
  CHECK(has(told, "Connection: close\r\n"));

  Talk body(running.port);
  body.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  target.wait();
  EventLoop::skip(seconds(40));
  body.say("m");
  for (int had = target.body; had < 5; had = target.body) target.body.wait(had);
  EventLoop::skip(seconds(40));
  look(running);
  CHECK(running.count("elb.408.client_idle") == 1);
  EventLoop::skip(seconds(61));
  CHECK(Talk::status(body.rest()) == 408);
  CHECK(running.count("elb.408.client_idle") == 2);
}

TEST_CASE("a client that asks nothing is left without a word") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.start();
  Talk fresh(running.port), kept(running.port);
  kept.say(kGet);
  CHECK(Talk::status(kept.answer()) == 200);
  wait_for(running, "connections", 2);
  EventLoop::skip(seconds(61));
  CHECK(fresh.rest().empty());
  CHECK(kept.rest().empty());
  CHECK(running.count("elb.408.client_idle") == 0);
}

TEST_CASE("a connection of the age of client_keep_alive ends with its next answer") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  running.config.balancer.attributes = {{"client_keep_alive.seconds", "90"}, {"idle_timeout.timeout_seconds", "4000"}};
  running.start();
  Talk talk(running.port);
  talk.say(kGet);
  CHECK(has(talk.answer(), "Connection: keep-alive\r\n"));
  EventLoop::skip(seconds(91));
  talk.say(kGet);
  const std::string last = talk.rest();
  CHECK(Talk::status(last) == 200);
  CHECK(has(last, "Connection: close\r\n"));
}

TEST_CASE("a connection of HTTP/2 of that age answers, and takes no more") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  serve_tls(running, "h2.test");
  running.config.balancer.attributes = {{"client_keep_alive.seconds", "90"}, {"idle_timeout.timeout_seconds", "4000"}};
  running.start();
  H2 client(running.port);
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 1, request("/one")));
  CHECK(client.answer(1).body == "ok");
  EventLoop::skip(seconds(91));
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 3, request("/two")));
  int64_t error = -1;
  std::string body;
  for (Frame got; client.next(got);) {
    if (got.type == kGoAway) error = static_cast<unsigned char>(got.payload[7]);
    if (got.type == kData && got.stream == 3) body += got.payload;
  }
  CHECK(error == 0);
  CHECK(body == "ok");
}

TEST_CASE("a tunnel without a byte for the idle timeout is cut, one with bytes is not") {
  RawOrigin target([](int fd, int) {
    if (!has(read_head(fd), "Upgrade: websocket")) return;
    constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    (void)send(fd, kSwitch.data(), kSwitch.size(), MSG_NOSIGNAL);
    char piece[64];
    for (ssize_t got = 0; (got = recv(fd, piece, sizeof piece, 0)) > 0;) (void)send(fd, piece, static_cast<size_t>(got), MSG_NOSIGNAL);
  });
  Front1 running(target.port);
  running.start();
  Talk talk(running.port);
  talk.say("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(Talk::status(read_head(talk.fd.get())) == 101);
  const auto echo = [&] {
    talk.say("x");
    char byte = 0;
    return recv(talk.fd.get(), &byte, 1, 0) == 1 && byte == 'x';
  };
  CHECK(echo());
  EventLoop::skip(seconds(40));
  CHECK(echo());
  EventLoop::skip(seconds(40));
  CHECK(echo());
  EventLoop::skip(seconds(61));
  CHECK(talk.rest().empty());
  CHECK(running.count("elb.tunnel_idle") == 1);
}
