#include "alb/respond.h"

#include <ctime>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/message.h"

namespace landfall::alb {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 301: return "301 Moved Permanently";
    case 302: return "302 Found";
    case 400: return "400 Bad Request";
    case 401: return "401 Authorization Required";
    case 403: return "403 Forbidden";
    case 405: return "405 Not Allowed";
    case 408: return "408 Request Time-out";
    case 413: return "413 Request Entity Too Large";
    case 414: return "414 Request-URI Too Large";
    case 431: return "400 Bad Request";
    case 463: return "463 ";
    case 464: return "464 ";
    case 500: return "500 Internal Server Error";
    case 501: return "501 Not Implemented";
    case 502: return "502 Bad Gateway";
    case 503: return "503 Service Temporarily Unavailable";
    case 561: return "561 Authentication Error";
    case 562: return "562 JWKS Request Failed";
    case 505: return "505 HTTP Version Not Supported";
    default: return "504 Gateway Time-out";
  }
}

}  // namespace

std::string http_date_now() { return http_date(SystemClock().wall()); }

Answer error_answer(int status) {
  const std::string title(title_of(status));
  return {.status = status == 431 ? 400 : status,
          .title = title,
          .type = "text/html",
          .body = fmt::format("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n", title),
          .location = ""};
}

Answer mismatch_answer() { return {.status = 464, .title = std::string(title_of(464)), .type = "", .body = "", .location = ""}; }

Answer as_grpc(Answer answer) {
  answer.type = "application/grpc";
  answer.body.clear();
  switch (answer.status) {
    case 400: answer.grpc_status = 13; break;
    case 401: answer.grpc_status = 16; break;
    case 403: answer.grpc_status = 7; break;
    case 404: answer.grpc_status = 12; break;
    case 429:
    case 502:
    case 503:
    case 504: answer.grpc_status = 14; break;
    default: answer.grpc_status = 2;
  }
  return answer;
}

Answer fixed_answer(const model::FixedResponse& response) {
  const int status = std::atoi(response.status_code.c_str());
  std::string type = response.content_type.empty() ? "text/plain" : response.content_type;
  if (type.starts_with("text/")) type += "; charset=utf-8";
  return {.status = status,
          .title = fmt::format("{} {}", status, http::reason_phrase(status)),
          .type = std::move(type),
          .body = response.message_body,
          .location = ""};
}

Answer redirect_answer(const model::RedirectAction& redirect, const model::RequestParts& parts) {
  Answer answer = error_answer(redirect.status_code == "HTTP_302" ? 302 : 301);
  answer.location = model::redirect_location(redirect, parts);
  return answer;
}

size_t rendered_size(const Answer& answer, bool keep_alive, bool is_head) {
  constexpr std::string_view kLine = "HTTP/1.1 \r\n", kServer = "Server: awselb/2.0\r\n", kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", kEnd = "\r\n";
  size_t size = kLine.size() + answer.title.size() + kServer.size() + kDate.size() + kEnd.size();
  const auto add = [&](std::string_view name, size_t value) { size += name.size() + std::string_view(": \r\n").size() + value; };
  if (!answer.type.empty()) add("Content-Type", answer.type.size());
  add("Content-Length", fmt::formatted_size("{}", answer.body.size()));
  add("Connection", std::string_view(keep_alive ? "keep-alive" : "close").size());
  if (!answer.location.empty()) add("Location", answer.location.size());
  for (const std::string& cookie : answer.cookies) add("Set-Cookie", cookie.size());
  return is_head ? size : size + answer.body.size();
}

std::string render(const Answer& answer, bool keep_alive, bool is_head) {
  std::string text = fmt::format("HTTP/1.1 {}\r\nServer: awselb/2.0\r\nDate: {}\r\n", answer.title, http_date_now());
  if (!answer.type.empty()) text += fmt::format("Content-Type: {}\r\n", answer.type);
  text += fmt::format("Content-Length: {}\r\nConnection: {}\r\n", answer.body.size(), keep_alive ? "keep-alive" : "close");
  if (!answer.location.empty()) text += fmt::format("Location: {}\r\n", answer.location);
  for (const std::string& cookie : answer.cookies) text += fmt::format("Set-Cookie: {}\r\n", cookie);
  text += "\r\n";
  if (!is_head) text += answer.body;
  return text;
}

}  // namespace landfall::alb
