// What a target gets of a request's head.
#include "alb/forward.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>

#include <string>

#include "alb/scratch.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Forwards heads as a listener on a port would.
struct Forwarding {
  Config config{.balancer = {.arn = "lb", .name = "lb", .dns_name = "lb-1.elb.example"}};
  FrontFacts facts;

  explicit Forwarding(int port = 80) {
    config.groups = {{.group = {.arn = "g", .name = "g", .target_type = "ip"}}};
    config.listeners = {{.listener = {.arn = "l", .port = port, .protocol = "HTTP", .default_actions = {{.type = "forward", .target_groups = {{"g", 1}}}}}}};
    facts.listener_port = port;
    inet_pton(AF_INET, "192.0.2.9", &facts.client);
    facts.client_port = 4711;
  }
  std::string operator()(const std::string& text) const {
    http::h1::RequestHead head;
    http::h1::Refusal refusal;
    REQUIRE(http::h1::parse_request(text, {.is_tolerant = true}, head, refusal) == http::h1::Parsed::complete);
    return write(head);
  }
  std::string get(const std::string& fields, const std::string& target = "/index.html") const { return (*this)("GET " + target + " HTTP/1.1\r\n" + fields + "\r\n"); }
  std::string write(const http::h1::RequestHead& head) const {
    const auto snapshot = Snapshot::compile(config, nullptr);
    REQUIRE(snapshot);
    char* text = Scratch::mine().head();
    return {text, write_request_head(text, head, facts, **snapshot, *(*snapshot)->listeners.at(facts.listener_port), make_trace_root(1, 2))};
  }
  void set(const std::string& attribute, const std::string& value) { config.balancer.attributes[attribute] = value; }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// All lines of that name, in order: "a|b".
std::string all(const std::string& head, const std::string& name) {
  std::string values;
  for (size_t at = head.find("\r\n" + name + ": "); at != std::string::npos; at = head.find("\r\n" + name + ": ", at + 2)) {
    const size_t start = at + name.size() + 4;
    values += (values.empty() ? "" : "|") + head.substr(start, head.find("\r\n", start) - start);
  }
  return values;
}

}  // namespace

TEST_CASE("the target is told the listener's protocol and port, whatever the client says of them") {
  const std::string said = "Host: a\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Port: 2\r\n";
  const std::string plain = Forwarding(8080).get(said);
  CHECK(all(plain, "X-Forwarded-Proto") == "http");
  CHECK(all(plain, "X-Forwarded-Port") == "8080");
  Forwarding tls(443);
  tls.facts.is_tls = true;
  CHECK(all(tls.get(said), "X-Forwarded-Proto") == "https");
  CHECK(all(tls.get(said), "X-Forwarded-Port") == "443");
}

TEST_CASE("the host of a request, by listener port and preservation") {
  struct Case {
    int port;
    std::string fields, target, sent, preserved;
  };
  const Case cases[] = {
      {80, "Host: Example.COM\r\n", "/", "example.com", "Example.COM"},
      {80, "Host: example.com:80\r\n", "/", "example.com", "example.com:80"},
      {443, "Host: example.com:8443\r\n", "/", "example.com", "example.com:8443"},
      {8080, "Host: example.com\r\n", "/", "example.com:8080", "example.com"},
      {8080, "Host: example.com:9090\r\n", "/", "example.com:9090", "example.com:9090"},
      {80, "Host: example.com\r\n", "http://Dns.Name/index.html", "dns.name", "example.com"},
      {8080, "Host: example.com\r\n", "http://dns.name:81/", "dns.name:81", "example.com"},
      {80, "Host: first.example\r\nAccept: x\r\nHost: second.example\r\n", "/", "first.example", "first.example|second.example"},
  };
  for (const Case& one : cases) {
    Forwarding forwarding(one.port);
    CHECK_MESSAGE(all(forwarding.get(one.fields, one.target), "Host") == one.sent, one.fields);
    forwarding.set("routing.http.preserve_host_header.enabled", "true");
    CHECK_MESSAGE(all(forwarding.get(one.fields, one.target), "Host") == one.preserved, one.fields);
  }
}

TEST_CASE("a request of HTTP/1.0 without a host gets the load balancer's name") {
  Forwarding forwarding;
  CHECK(all(forwarding("GET / HTTP/1.0\r\n\r\n"), "Host") == "lb-1.elb.example");
  CHECK(forwarding("GET / HTTP/1.0\r\n\r\n").starts_with("GET / HTTP/1.1\r\n"));
  forwarding.set("routing.http.preserve_host_header.enabled", "true");
  CHECK(all(forwarding("GET / HTTP/1.0\r\n\r\n"), "Host") == "lb-1.elb.example");
}

TEST_CASE("a trace is begun, joined or, with heads of more than 7 KB, begun anew") {
  const Forwarding forwarding;
  const auto trace = [&](const std::string& fields) { return all(forwarding.get("Host: a\r\n" + fields), "X-Amzn-Trace-Id"); };
  const auto is_root = [](const std::string& value) { return value.starts_with("Root=1-") && value.size() == 5 + 35; };
  CHECK(is_root(trace("")));
  CHECK(is_root(trace("X-Amzn-Trace-Id: \r\n")));
  const std::string joined = trace("X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;CalledFrom=app\r\n");
  CHECK(joined.starts_with("Self=1-"));
  CHECK(joined.ends_with(";Root=1-67891233-abcdef012345678912345678;CalledFrom=app"));
  const std::string replaced = trace("X-Amzn-Trace-Id: Self=1-00000000-000000000000000000000000;Root=1-2-3;A=b\r\n");
  CHECK(replaced.find("Self=") == replaced.rfind("Self="));
  CHECK_FALSE(has(replaced, "Self=1-00000000"));
  CHECK(replaced.ends_with(";Root=1-2-3;A=b"));
  const std::string before = "X-Amzn-Trace-Id: Root=1-2-3;A=b\r\n";
  CHECK_FALSE(is_root(trace(before + "X: " + std::string(6900, 'x') + "\r\n")));
  CHECK(is_root(trace(before + "X: " + std::string(7200, 'x') + "\r\n")));
}

TEST_CASE("what concerns one connection goes no further, an upgrade does") {
  const std::string head = Forwarding().get("Host: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nExpect: 100-continue\r\nProxy-Connection: x\r\nX-End: 2\r\n");
  for (const char* name : {"Connection", "X-Hop", "Keep-Alive", "TE", "Expect", "Proxy-Connection"}) CHECK_MESSAGE(all(head, name).empty(), name);
  CHECK(all(head, "X-End") == "2");
  const std::string upgrade = Forwarding().get("Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
  CHECK(all(upgrade, "Connection") == "upgrade");
  CHECK(all(upgrade, "Upgrade") == "websocket");
}

TEST_CASE("what goes out can be read in one way only") {
  const Forwarding forwarding;
  const std::string both = forwarding("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(all(both, "Transfer-Encoding") == "chunked");
  CHECK(all(both, "Content-Length").empty());
  CHECK(all(forwarding("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"), "Content-Length") == "5");
  CHECK(forwarding.get("Host: a\r\n", "/a b\tc").starts_with("GET /a%20b%09c HTTP/1.1\r\n"));
}

TEST_CASE("names outside letters, digits and hyphens reach the target unless they are to be dropped") {
  Forwarding forwarding;
  const std::string fields = "Host: a\r\nX_Odd: 1\r\nX-Plain: 2\r\nX: start\r\n folded\r\n";
  CHECK(all(forwarding.get(fields), "X_Odd") == "1");
  CHECK(has(forwarding.get(fields), "\r\nX: start\r\nfolded: \r\n"));
  forwarding.set("routing.http.drop_invalid_header_fields.enabled", "true");
  CHECK(all(forwarding.get(fields), "X_Odd").empty());
  CHECK(all(forwarding.get(fields), "X-Plain") == "2");
}

TEST_CASE("of a client of HTTP/2 all names are lower case but those that AWS writes otherwise") {
  Forwarding forwarding(443);
  forwarding.facts.is_tls = forwarding.facts.is_http2 = true;
  http::h1::RequestHead head;
  head.method = "POST";
  head.target = "/";
  head.fields = {{.name = "accept", .value = "x", .id = http::h1::FieldId::other}, {.name = "cookie", .value = "a=b", .id = http::h1::FieldId::cookie}, {.name = "Host", .value = "a", .id = http::h1::FieldId::host}};
  head.framing = http::h1::Framing::chunked;
  std::string text = forwarding.write(head);
  std::string names;
  for (size_t at = text.find("\r\n") + 2; text.compare(at, 2, "\r\n") != 0; at = text.find("\r\n", at) + 2) names += text.substr(at, text.find(':', at) - at) + " ";
  CHECK(names == "Host accept cookie X-Forwarded-For X-Forwarded-Proto X-Forwarded-Port X-Amzn-Trace-Id transfer-encoding ");
  head.framing = http::h1::Framing::length;
  head.content_length = 3;
  CHECK(all(forwarding.write(head), "content-length") == "3");
  forwarding.facts.is_http2 = false;
  CHECK(all(forwarding.write(head), "Content-Length") == "3");
}

TEST_CASE("the client's address is appended, with its port where that is wanted") {
  Forwarding forwarding;
  const auto told = [&](const std::string& fields) { return all(forwarding.get("Host: a\r\n" + fields), "X-Forwarded-For"); };
  const std::string before = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 198.51.100.2\r\n";
  CHECK(told("") == "192.0.2.9");
  CHECK(told(before) == "203.0.113.7, 198.51.100.2, 192.0.2.9");
  forwarding.set("routing.http.xff_client_port.enabled", "true");
  CHECK(told(before) == "203.0.113.7, 198.51.100.2, 192.0.2.9:4711");
  forwarding.set("routing.http.xff_header_processing.mode", "preserve");
  CHECK(told("").empty());
  CHECK(told("X-Forwarded-For: 203.0.113.7\r\n") == "203.0.113.7");
  forwarding.set("routing.http.xff_header_processing.mode", "remove");
  CHECK(told(before).empty());
}
