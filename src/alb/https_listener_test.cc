// Requests that come over TLS: what the handshake decides, and what it does not.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/rig_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: two.test\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("rules look at Host, whatever name the handshake had; the certificate is the handshake's") {
  Origin one("one"), two("two");
  Running site;
  serve_tls(site, "one.test");
  const auto [chain, key] = self_signed("two.test");
  REQUIRE(write_file_atomic(site.folder / "two.pem", key));
  site.config.listeners[0].certificates.push_back({.arn = "other-cert", .chain_pem = chain, .key_file = site.folder / "two.pem"});
  site.config.access_log = site.folder / "access.log";
  site.add(one);
  site.config.groups.push_back({.group = {.arn = "s", .name = "s", .target_type = "ip"}});
  site.add(two, "s");
  site.config.listeners[0].rules = {{.priority = 10, .conditions = {{.field = "host-header", .values = {"two.test"}}}, .actions = {forward_to("s")}}};
  site.start();
  site.wait_for("healthy");

  TlsTalk talk(site.port, "", "one.test");
  REQUIRE(talk.say(kGet));
  CHECK(has(lower(talk.rest()), "origin-name: two"));
  std::string line;
  site.wait([&](const WorkerState&) { return !(line = read_file(site.folder / "access.log").value_or("")).empty(); });
  CHECK(has(line, "\"one.test\" \"cert\" 10 "));
}

TEST_CASE("a session that goes on is logged as such in place of its certificate") {
  Origin origin("one");
  for (const char* policy : {"ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS-1-2-2017-01"}) {
    CAPTURE(policy);
    Running site;
    serve_tls(site, "one.test");
    site.config.listeners[0].listener.ssl_policy = policy;
    site.config.access_log = site.folder / "access.log";
    site.add(origin);
    site.start();
    site.wait_for("healthy");
    const auto logged = [&](size_t lines) {
      std::string log;
      site.wait([&](const WorkerState&) { return static_cast<size_t>(std::ranges::count(log = read_file(site.folder / "access.log").value_or(""), '\n')) == lines; });
      return log.substr(log.rfind("\n", log.size() - 2) + 1);
    };
    SSL_SESSION* session = nullptr;
    {
      TlsTalk first(site.port, "", "one.test");
      REQUIRE(first.say(kGet));
      CHECK(has(first.rest(), "200 OK"));
      session = SSL_get1_session(first.ssl);
      SSL_shutdown(first.ssl);  // else it would not be resumed
    }
    CHECK(has(logged(1), " \"one.test\" \"cert\" 0 "));
    TlsTalk again(site.port, "", "one.test", session);
    SSL_SESSION_free(session);
    CHECK(SSL_session_reused(again.ssl) == 1);
    REQUIRE(again.say(kGet));
    CHECK(has(again.rest(), "200 OK"));
    CHECK(has(logged(2), "\"one.test\" \"session-reused\" 0 "));
  }
}
