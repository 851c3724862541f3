#include "alb/respond.h"

#include <doctest/doctest.h>

#include <utility>

using namespace landfall;
using namespace landfall::alb;

namespace {

/// As HTTP/1.1, without its date.
std::string told(const Answer& answer, bool keep_alive = true, bool is_head = false) {
  std::string text = render(answer, keep_alive, is_head);
  CHECK(rendered_size(answer, keep_alive, is_head) == text.size());
  const size_t at = text.find("Date: ");
  REQUIRE(at != std::string::npos);
  return text.erase(at, text.find("\r\n", at) + 2 - at);
}

}  // namespace

TEST_CASE("the balancer's pages are AWS's byte for byte") {
  CHECK(told(error_answer(502), false) ==
        "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nContent-Length: 122\r\nConnection: close\r\n\r\n"
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n");
  CHECK(rendered_size(error_answer(400), false, false) == 272);  // sent_bytes of captured log lines
  CHECK(told(error_answer(502), true, true).ends_with("Content-Length: 122\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("a page's title is its status, and its length follows from that") {
  const std::pair<int, std::string> titles[] = {{301, "301 Moved Permanently"}, {302, "302 Found"}, {400, "400 Bad Request"}, {401, "401 Authorization Required"}, {403, "403 Forbidden"}, {405, "405 Not Allowed"},
                                                {408, "408 Request Time-out"}, {413, "413 Request Entity Too Large"}, {414, "414 Request-URI Too Large"}, {463, "463 "}, {500, "500 Internal Server Error"}, {501, "501 Not Implemented"},
                                                {502, "502 Bad Gateway"}, {503, "503 Service Temporarily Unavailable"}, {504, "504 Gateway Time-out"}, {505, "505 HTTP Version Not Supported"}, {561, "561 Authentication Error"},
                                                {562, "562 JWKS Request Failed"}};
  for (const auto& [status, title] : titles) {
    const Answer answer = error_answer(status);
    CHECK(answer.title == title);
    CHECK(answer.status == status);
    CHECK(answer.body.size() == 92 + 2 * title.size());
    CHECK(answer.type == "text/html");
  }
  const std::pair<int, size_t> lengths[] = {{301, 134}, {302, 110}, {400, 122}, {403, 118}, {502, 122}, {503, 162}, {504, 132}};
  for (const auto& [status, length] : lengths) CHECK(error_answer(status).body.size() == length);
  CHECK(error_answer(431).status == 400);  // AWS knows no 431
}

TEST_CASE("a redirect tells where, last, with the scheme's port too") {
  const Answer answer = redirect_answer({.protocol = "HTTPS", .port = "443", .status_code = "HTTP_302"}, {.protocol = "http", .host = "a.test", .port = "80", .path = "/x", .query = "q=1"});
  CHECK(told(answer) == "HTTP/1.1 302 Found\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nContent-Length: 110\r\nConnection: keep-alive\r\nLocation: https://a.test:443/x?q=1\r\n\r\n" + error_answer(302).body);
}

TEST_CASE("a fixed response has its type, texts with their character set") {
  CHECK(told(fixed_answer({"404", "text/plain", "nobody"})) == "HTTP/1.1 404 Not Found\r\nServer: awselb/2.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\nnobody");
  CHECK(rendered_size(fixed_answer({"404", "text/plain", ""}), false, false) == 162);  // sent_bytes of a captured log line
  CHECK(fixed_answer({"200", "", "x"}).type == "text/plain; charset=utf-8");
  CHECK(fixed_answer({"200", "application/json", "{}"}).type == "application/json");
}

TEST_CASE("sizes count cookies and locations") {
  Answer answer = error_answer(302);
  answer.location = "https://a.test/";
  answer.cookies = {"a=b", "c=d; Path=/"};
  CHECK(told(answer).size() > 0);
}

TEST_CASE("a failure to a gRPC call keeps its status and tells gRPC's") {
  const std::pair<int, int> codes[] = {{400, 13}, {401, 16}, {403, 7}, {404, 12}, {429, 14}, {502, 14}, {503, 14}, {504, 14}, {405, 2}, {408, 2}, {463, 2}, {500, 2}, {501, 2}, {561, 2}, {562, 2}};
  for (const auto& [status, code] : codes) {
    Answer answer = error_answer(400);
    answer.status = status;
    const Answer told = as_grpc(answer);
    CHECK(told.status == status);
    CHECK_MESSAGE(told.grpc_status == code, status);
    CHECK(told.type == "application/grpc");
    CHECK(told.body.empty());
  }
}

TEST_CASE("a request of another protocol than the group's has no type and no body") {
  CHECK(told(mismatch_answer()) == "HTTP/1.1 464 \r\nServer: awselb/2.0\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}
