// Lines of the access log and of the connection log, field by field.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/http2_rig_for_test.h"
#include "alb/rig_for_test.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Places of a line's fields (ALB user guide, Access log entries).
enum Place : size_t { type, time_, elb, client, target, request_time, target_time, response_time, elb_status, target_status, received, sent, request_, user_agent, cipher, protocol, group_arn, trace, domain, certificate, priority, created, actions, redirect, error, target_list, status_list, classification, classification_reason, connection, new_host, new_url, transform, node, kPlaces = 36 };

/// A line's fields, without their quotes.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (size_t at = 0; at < line.size();) {
    const bool is_quoted = line[at] == '"';
    const size_t start = at + (is_quoted ? 1 : 0), end = std::min(line.find(is_quoted ? '"' : ' ', start), line.size());
    fields.push_back(line.substr(start, end - start));
    at = end + (is_quoted ? 2 : 1);
  }
  return fields;
}

/// The fields of a log's lines, once there are so many.
std::vector<std::vector<std::string>> lines_of(const std::filesystem::path& file, size_t count) {
  std::vector<std::vector<std::string>> lines;
  REQUIRE(becomes([&] {
    lines.clear();
    for (const std::string& line : split(read_file(file).value_or(""), '\n')) {
      if (!line.empty()) lines.push_back(fields_of(line));
    }
    return lines.size() >= count;
  }));
  return lines;
}

std::vector<std::vector<std::string>> logged(const Running& running, size_t count) {
  const auto lines = lines_of(running.folder / "access.log", count);
  for (const auto& line : lines) CHECK(line.size() == kPlaces);
  return lines;
}

template <class Rig>
void log_requests(Rig& running) {
  running.config.balancer.arn = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/lb/0123456789abcdef";
  running.config.access_log = running.folder / "access.log";
}

bool is_time(const std::string& text) {
  return text.size() == 27 && text[10] == 'T' && text[19] == '.' && text[26] == 'Z';
}

/// "0.001".
bool is_duration(const std::string& text) { return text.size() >= 5 && text[text.size() - 4] == '.'; }

}  // namespace

TEST_CASE("a forwarded request's line has every field in its place") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  log_requests(running);
  running.start();
  const Talk talk(running.port);
  const std::string asked = "GET /a?b=c HTTP/1.1\r\nHost: Www.Example:99\r\nUser-Agent: tester\r\n\r\n";
  talk.say(asked);
  talk.answer();
  const auto line = logged(running, 1)[0];
  const std::string at = fmt::format("127.0.0.1:{}", target.origin.port);
  CHECK(line[type] == "http");
  CHECK(is_time(line[time_]));
  CHECK(line[elb] == "app/lb/0123456789abcdef");
  CHECK(line[client].starts_with("127.0.0.1:"));
  CHECK(line[target_status] == "200");
  CHECK(line[Place::target] == at);
  for (const Place place : {request_time, target_time, response_time}) CHECK(is_duration(line[place]));
  CHECK(line[elb_status] == "200");
  CHECK(line[received] == std::to_string(asked.size()));
  CHECK(line[request_] == "GET http://Www.Example:0/a?b=c HTTP/1.1");  // the rig's listener has port 0
  CHECK(line[user_agent] == "tester");
  CHECK(line[group_arn] == "g");
  CHECK(line[trace].starts_with("Root=1-"));
  CHECK(line[priority] == "0");
  CHECK(is_time(line[created]));
  CHECK(line[created].ends_with("000Z"));
  CHECK(line[actions] == "forward");
  CHECK(line[target_list] == at);
  CHECK(line[status_list] == "200");
  CHECK(line[connection].starts_with("TID_"));
  CHECK(line[node] == "127.0.0.1");
  for (const Place place : {cipher, protocol, domain, certificate, redirect, error, classification, classification_reason, new_host, new_url, transform}) CHECK(line[place] == "-");
}

TEST_CASE("times are -1 where a request went to no target, or got no answer") {
  RawOrigin closes([](int fd, int) { read_head(fd); });
  Front1 running(closes.port);
  log_requests(running);
  running.config.groups.push_back({.group = {.arn = "refusing", .name = "r", .target_type = "ip", .health_check = {.enabled = false}}, .targets = {{.target_group_arn = "refusing", .id = "127.0.0.1", .port = 1}}});
  running.config.listeners[0].rules = {{.priority = 5, .conditions = {{.field = "path-pattern", .values = {"/moved"}}}, .actions = {{.type = "redirect", .redirect = model::RedirectAction{.path = "/new", .status_code = "HTTP_302"}}}},
                                       {.priority = 6, .conditions = {{.field = "path-pattern", .values = {"/refused"}}}, .actions = {forward_to("refusing")}}};
  running.start();
  const auto ask = [&](const std::string& text) {
    const Talk talk(running.port);
    talk.say(text);
    return talk.answer().size();
  };
  const size_t moved = ask("GET /moved HTTP/1.1\r\nHost: a\r\n\r\n");
  ask("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n");
  ask("GET /closes HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto lines = logged(running, 3);
  for (const Place place : {request_time, target_time, response_time}) {
    CHECK(lines[0][place] == "-1");
    CHECK(lines[1][place] == "-1");
  }
  CHECK(lines[0][Place::target] == "-");
  CHECK(lines[0][sent] == std::to_string(moved));
  CHECK(lines[0][elb_status] == "302");
  CHECK(lines[0][target_status] == "-");
  CHECK(lines[0][priority] == "5");
  CHECK(lines[0][actions] == "redirect");
  CHECK(lines[0][redirect] == "http://a:0/new");
  CHECK(lines[1][elb_status] == "502");
  CHECK(lines[1][Place::target] == "127.0.0.1:1");
  CHECK(is_duration(lines[2][request_time]));
  CHECK(lines[2][target_time] == "-1");
  CHECK(lines[2][response_time] == "-1");
  CHECK(lines[2][elb_status] == "502");
}

TEST_CASE("a request's line is told as the client wrote it, one that cannot be read with the balancer's name") {
  Front1 running(1);
  log_requests(running);
  running.config.listeners[0].listener.default_actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"200", "text/plain", ""}}};
  running.start();
  const std::pair<std::string, std::string> cases[] = {
      {"OPTIONS * HTTP/1.1\r\nHost: a:81\r\n\r\n", "OPTIONS http://a:0* HTTP/1.1"},
      {"GET http://b:82/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b:82/x HTTP/1.1"},
      {"GET /old HTTP/1.0\r\n\r\n", "GET http://lb.example:0/old HTTP/1.0"},
      {"GET /\"q\\ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a:0/\\x22q\\x5C HTTP/1.1"},
      {"echo test\r\n\r\n", "- http://lb.example:0- -"},
  };
  for (const auto& [text, told] : cases) {
    const Talk talk(running.port);
    talk.say(text);
    talk.answer();
  }
  const auto lines = logged(running, std::size(cases));
  for (size_t i = 0; i < std::size(cases); ++i) CHECK(lines[i][request_] == cases[i].second);
  const auto& unread = lines.back();
  CHECK(unread[elb_status] == "400");
  CHECK(unread[received] == "0");
  CHECK(unread[sent] == "272");
  for (const Place place : {user_agent, trace, priority, actions}) CHECK(unread[place] == "-");
}

TEST_CASE("types: HTTP/2, gRPC, WebSockets, each with TLS or without") {
  RawOrigin websocket([](int fd, int) {
    read_head(fd);
    constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    (void)send(fd, kSwitch.data(), kSwitch.size(), MSG_NOSIGNAL);
  });
  const std::string upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  Front1 plain(websocket.port);
  log_requests(plain);
  plain.start();
  const Talk talk(plain.port);
  talk.say(upgrade);
  CHECK(Talk::status(talk.rest()) == 101);
  const auto ws = logged(plain, 1)[0];
  CHECK(ws[type] == "ws");
  CHECK(ws[elb_status] == "101");

  Front1 secure(websocket.port);
  serve_tls(secure, "h2.test");
  log_requests(secure);
  secure.start();
  TlsTalk over(secure.port, "http/1.1", "h2.test");
  over.say(upgrade);
  over.rest();
  const auto wss = logged(secure, 1)[0];
  CHECK(wss[type] == "wss");
  CHECK(wss[protocol] == "TLSv1.3");
  CHECK(wss[domain] == "h2.test");
  CHECK(wss[certificate] == "cert");

  H2Origin origin;
  Front1 calls(origin.port);
  calls.config.groups[0].group.protocol_version = "GRPC";
  serve_tls(calls, "h2.test");
  log_requests(calls);
  calls.start();
  H2 client(calls.port);
  client.say(frame(kHeaders, kEndHeaders, 1, request("/call", true, literal("content-type", "application/grpc+proto"))) + frame(kData, kEndStream, 1, "x"));
  client.answer(1);
  client.say(frame(kHeaders, kEndHeaders | kEndStream, 3, request("/get")));
  client.answer(3);
  const auto lines = logged(calls, 2);
  CHECK(lines[0][type] == "grpcs");
  CHECK(lines[0][request_] == "POST https://h2.test:0/call HTTP/2.0");
  CHECK(lines[1][type] == "h2");
  CHECK(lines[1][elb_status] == "464");
}

TEST_CASE("a group cookie that is not understood is told, and the request is answered") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  log_requests(running);
  running.config.listeners[0].listener.default_actions = {{.type = "forward", .target_groups = {{"g", 1}}, .group_stickiness = true, .group_stickiness_seconds = 60}};
  running.start();
  const auto ask = [&](const std::string& fields) {
    const Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    return talk.answer();
  };
  const std::string first = ask("");
  const size_t at = first.find("Set-Cookie: AWSALBTG=");
  REQUIRE(at != std::string::npos);
  const std::string cookie = first.substr(at + 12, first.find(';', at) - at - 12);
  CHECK(Talk::status(ask("Cookie: " + cookie + "\r\n")) == 200);
  CHECK(Talk::status(ask("Cookie: AWSALBTG=%2Fnonsense\r\n")) == 200);
  const auto lines = logged(running, 3);
  CHECK(lines[1][error] == "-");
  CHECK(lines[2][error] == "AWSALBTGCookieInvalid");
}

TEST_CASE("rewrites are told: what they made, and whether they could be carried out") {
  Scripted target(kOk);
  Front1 running(target.origin.port);
  log_requests(running);
  running.config.listeners[0].rules = {{.priority = 1, .conditions = {{.field = "path-pattern", .values = {"/dp/*"}}}, .actions = {forward_to("g")}, .transforms = {{.type = "url-rewrite", .regex = "^/dp/", .replace = "/product/"}}},
                                       {.priority = 2, .conditions = {{.field = "path-pattern", .values = {"/bad"}}}, .actions = {forward_to("g")}, .transforms = {{.type = "url-rewrite", .regex = "^/", .replace = ""}}},
                                       {.priority = 3, .conditions = {{.field = "path-pattern", .values = {"/host"}}}, .actions = {forward_to("g")}, .transforms = {{.type = "host-header-rewrite", .regex = "^a$", .replace = "b.test"}}}};
  running.start();
  const Talk talk(running.port);
  for (const std::string path : {"/dp/7", "/bad", "/host", "/none"}) {
    talk.say("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.answer();
  }
  const auto lines = logged(running, 4);
  const auto told = [&](size_t i) { return lines[i][new_host] + " " + lines[i][new_url] + " " + lines[i][transform] + " " + lines[i][elb_status]; };
  CHECK(told(0) == "- /product/7 TransformSuccess 200");
  CHECK(told(1) == "- - TransformInvalidPath 500");
  CHECK(told(2) == "b.test - TransformSuccess 200");
  CHECK(told(3) == "- - - 200");
  CHECK(running.count("elb.500.transform") == 1);
}

TEST_CASE("a connection's line tells its TLS, and last by what the keys were agreed") {
  Front1 plain(1), secure(1);
  serve_tls(secure, "a.test");
  for (Front1* running : {&plain, &secure}) {
    running->config.connection_log = running->folder / "connections.log";
    running->start();
  }
  const Talk open(plain.port);
  const auto without = lines_of(plain.folder / "connections.log", 1)[0];
  REQUIRE(without.size() == 13);
  CHECK(without[1] == "127.0.0.1");
  for (const size_t place : {4, 5, 6, 7, 8, 9, 10, 12}) CHECK(without[place] == "-");

  const TlsTalk talk(secure.port, "http/1.1", "a.test");
  const auto with = lines_of(secure.folder / "connections.log", 1)[0];
  REQUIRE(with.size() == 13);
  CHECK(is_time(with[0]));
  CHECK(with[4] == "TLSv1.3");
  CHECK(with[5].starts_with("TLS_"));
  CHECK(is_duration(with[6]));
  for (const size_t place : {7, 8, 9}) CHECK(with[place] == "-");
  CHECK(with[10] == "Success");
  CHECK(with[11].starts_with("TID_"));
  CHECK(with[12] == "x25519");
}
