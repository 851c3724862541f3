#include "http/server.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "base/file.h"
#include "http/client.h"

using namespace landfall;
using namespace landfall::http;

namespace {

Response echo(Request request) {
  Response response;
  response.headers.set("X-Method", request.method);
  response.headers.set("X-Path", request.path);
  response.headers.set("X-Query", request.query);
  response.headers.set("X-Spooled", request.body_file ? "yes" : "no");
  response.body = request.body_file ? std::to_string(std::filesystem::file_size(*request.body_file)) : request.body;
  return response;
}

std::unique_ptr<Server> started(ServerOptions options = {}) {
  auto server = Server::start(std::move(options), echo);
  REQUIRE(server);
  return std::move(*server);
}

std::string url(const Server& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

/// Sends raw bytes, returns everything until the server closes.
std::string raw(const Server& server, const std::string& bytes) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  shutdown(fd.get(), SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = recv(fd.get(), buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<size_t>(got));
  return answer;
}

}  // namespace

TEST_CASE("requests arrive whole and answers come back") {
  const auto server = started();
  Client client;
  const auto answer = client.fetch({.method = "PUT", .url = url(*server, "/a%20b?x=1"), .body = "hello"});
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello");
  CHECK(answer->headers.find("x-path") == "/a%20b");
  CHECK(answer->headers.find("x-query") == "x=1");
  CHECK(client.fetch({.method = "HEAD", .url = url(*server, "/")})->body.empty());
}

TEST_CASE("a large body goes to a file that is removed afterwards") {
  const auto folder = std::filesystem::temp_directory_path() / "landfall-http-test";
  std::filesystem::create_directories(folder);
  {
    const auto server = started({.spool_above = 1000, .spool_folder = folder});
    Client client;
    const auto answer = client.fetch({.method = "POST", .url = url(*server, "/"), .body = std::string(100'000, 'x')});
    REQUIRE(answer);
    CHECK(answer->headers.find("x-spooled") == "yes");
    CHECK(answer->body == "100000");
  }
  CHECK(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST_CASE("pipelined and chunked requests are told apart") {
  const auto server = started();
  const std::string answer = raw(*server,
                                 "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                                 "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("X-Path: /1") != std::string::npos);
  CHECK(answer.find("abc") != std::string::npos);
  CHECK(answer.find("X-Path: /2") > answer.find("X-Path: /1"));
}

TEST_CASE("malformed and oversized requests get their status and a close") {
  const auto server = started({.max_body_bytes = 10});
  CHECK(raw(*server, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(raw(*server, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431"));
  CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n").starts_with("HTTP/1.1 413"));
  CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x') + "\r\n").starts_with("HTTP/1.1 413"));
}

TEST_CASE("a port that is taken is named") {
  const auto first = started();
  const auto second = Server::start({.port = first->port()}, echo);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == "Server.PortInUse");
  CHECK(second.error().what.find(std::to_string(first->port())) != std::string::npos);
}

TEST_CASE("connection failures have codes to act on") {
  Client client;
  const auto refused = client.fetch({.url = "http://127.0.0.1:1/"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "Http.Refused");
  CHECK(refused.error().what.ends_with("dial tcp 127.0.0.1:1: connect: connection refused"));
  const auto unresolved = client.fetch({.url = "http://name.invalid/"});
  REQUIRE_FALSE(unresolved);
  CHECK(unresolved.error().code == "Http.Resolve");
}

TEST_CASE("a request that runs when the server ends is answered, idle connections are closed") {
  std::promise<void> entered, may_answer;
  auto server = Server::start({}, [&](Request) {
    entered.set_value();
    may_answer.get_future().wait();
    return Response{.body = "done"};
  });
  REQUIRE(server);
  auto idle = std::async(std::launch::async, [&, port = (*server)->port()] {
    Client client;
    return client.fetch({.url = "http://127.0.0.1:" + std::to_string(port) + "/"});
  });
  entered.get_future().wait();

  std::thread ending([&] { server->reset(); });
  may_answer.set_value();
  ending.join();

  const auto answered = idle.get();
  REQUIRE(answered);
  CHECK(answered->body == "done");
}
