// Sticky sessions as clients meet them (ALB user guide, Sticky sessions).
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/rig_for_test.h"
#include "alb/stickiness.h"
#include "base/clock.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

using Attributes = std::map<std::string, std::string>;

/// Two targets behind a group whose stickiness is as the attributes say.
struct Sessions : Running {
  Origin a{"a"}, b{"b"};
  explicit Sessions(Attributes attributes) {
    attributes["stickiness.enabled"] = "true";
    config.groups[0].group.attributes = std::move(attributes);
    config.groups[0].group.health_check.enabled = false;
    add(a);
    add(b);
  }
  std::string ask(const std::string& cookies = "", const std::string& path = "/") const {
    Talk talk(port);
    talk.say("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + (cookies.empty() ? "" : "Cookie: " + cookies + "\r\n") + "Connection: close\r\n\r\n");
    return talk.rest();
  }
  void set(const std::string& origin, const std::string& desired) {
    config.groups[0].targets[origin == "a" ? 0 : 1].desired = desired;
    ++config.revision;
    write();
    wait([&](const WorkerState& s) { return s.revision == config.revision; });
  }
  /// The value of a cookie that names a target, made so long ago.
  std::string made_ago(char kind, uint64_t mark, int64_t seconds) const { return seal_mark(CookieSeal::open(folder / "cookie.key").value(), kind, {mark, time(nullptr) - seconds}); }
  uint64_t mark_of(const Origin& origin) const { return stable_hash("g#127.0.0.1:" + std::to_string(origin.server->port())); }
  /// Whether ten requests with these cookies all reach the target of that name. By turns half of them would.
  bool sticks(const std::string& cookies, const std::string& name) const {
    for (int i = 0; i < 10; ++i) {
      if (who(ask(cookies)) != name) return false;
    }
    return true;
  }
  static std::string who(const std::string& answer) {
    const std::string text = lower(answer);
    const size_t at = text.find("origin-name: ");
    return at == std::string::npos ? answer.substr(0, 12) : text.substr(at + 13, 1);
  }
  /// "NAME=VALUE" of the cookie that the answer sets; "": it sets none.
  static std::string cookie(const std::string& answer, const std::string& name) {
    const size_t at = answer.find("Set-Cookie: " + name + "=");
    return at == std::string::npos ? "" : answer.substr(at + 12, answer.find(';', at) - at - 12);
  }
  static std::string attributes(const std::string& answer, const std::string& name) {
    const size_t at = answer.find("Set-Cookie: " + name + "="), from = answer.find(';', at);
    return at == std::string::npos ? "none" : answer.substr(from, answer.find("\r\n", from) - from);
  }
};

const Attributes kByApplication{{"stickiness.type", "app_cookie"}, {"stickiness.app_cookie.cookie_name", "SESSION"}, {"stickiness.app_cookie.duration_seconds", "60"}};

}  // namespace

TEST_CASE("the balancer's cookies: for seven days whatever the duration, for the whole site, once more for other origins") {
  Sessions site(Attributes{{"stickiness.type", "lb_cookie"}, {"stickiness.lb_cookie.duration_seconds", "5"}});
  site.config.listeners[0].listener.default_actions[0].group_stickiness = true;
  site.config.listeners[0].listener.default_actions[0].group_stickiness_seconds = 5;
  site.start();
  const int64_t before = time(nullptr);
  const std::string first = site.ask();
  const auto is_form = [&](const std::string& name, const std::string& end) {
    for (int64_t at = before; at <= time(nullptr); ++at) {
      if (Sessions::attributes(first, name) == "; Expires=" + http_date({(at + 7 * 24 * 3600) * 1000}) + "; Path=/" + end) return true;
    }
    return false;
  };
  for (const std::string name : {"AWSALB", "AWSALBTG"}) {
    CAPTURE(name);
    CHECK(is_form(name, ""));
    CHECK(is_form(name + "CORS", "; SameSite=None; Secure"));
    CHECK(Sessions::cookie(first, name).substr(name.size()) == Sessions::cookie(first, name + "CORS").substr(name.size() + 4));
  }
  CHECK(first.find("Max-Age") == std::string::npos);
  const std::string again = site.ask(Sessions::cookie(first, "AWSALB"));  // anew with each answer
  CHECK(!Sessions::cookie(again, "AWSALB").empty());
  CHECK(!Sessions::cookie(again, "AWSALBCORS").empty());
}

TEST_CASE("a request of another origin, which brings the copies only, stays with its target") {
  Sessions site(Attributes{{"stickiness.type", "lb_cookie"}});
  site.start();
  const std::string first = site.ask();
  CHECK(site.sticks(Sessions::cookie(first, "AWSALBCORS"), Sessions::who(first)));
}

TEST_CASE("a cookie leads to its target for the configured duration, and no longer") {
  Sessions site(Attributes{{"stickiness.type", "lb_cookie"}, {"stickiness.lb_cookie.duration_seconds", "60"}});
  site.start();
  for (const Origin* origin : {&site.a, &site.b}) {
    const std::string name = origin == &site.a ? "a" : "b";
    CHECK(site.sticks("AWSALB=" + site.made_ago('T', site.mark_of(*origin), 30), name));
    CHECK_FALSE(site.sticks("AWSALB=" + site.made_ago('T', site.mark_of(*origin), 61), name));
  }
}

TEST_CASE("a group's cookie leads to its group for its duration") {
  Sessions site(Attributes{{"stickiness.type", "lb_cookie"}});
  Origin c("c");
  site.config.groups.push_back({.group = {.arn = "s", .name = "s", .target_type = "ip", .health_check = {.enabled = false}}});
  site.add(c, "s");
  site.config.listeners[0].listener.default_actions = {{.type = "forward", .target_groups = {{"g", 500}, {"s", 500}}, .group_stickiness = true, .group_stickiness_seconds = 60}};
  site.start();
  for (const std::string name : {"AWSALBTG", "AWSALBTGCORS"}) {
    CAPTURE(name);
    CHECK(site.sticks(name + "=" + site.made_ago('G', stable_hash("s"), 30), "c"));
    CHECK_FALSE(site.sticks(name + "=" + site.made_ago('G', stable_hash("s"), 61), "c"));
  }
}

TEST_CASE("cookies that nobody can read, or that were encoded on the way, are answered with new ones") {
  Sessions site(Attributes{{"stickiness.type", "lb_cookie"}});
  site.start();
  std::string encoded = "AWSALB=" + site.made_ago('T', site.mark_of(site.a), 1) + "%3D";
  for (const std::string& cookies : {std::string("AWSALB=nonsense"), std::string("AWSALB="), encoded, std::string("AWSALB=") + site.made_ago('T', 42, 1)}) {
    CAPTURE(cookies);
    const std::string answer = site.ask(cookies);
    CHECK(Talk::status(answer) == 200);
    CHECK(!Sessions::cookie(answer, "AWSALB").empty());
    CHECK_FALSE(site.sticks(cookies, "a"));
  }
}

TEST_CASE("the application's cookie begins a session; only its name counts") {
  Sessions site(kByApplication);
  site.start();
  const std::string before = site.ask();
  CHECK(before.find("AWSALB") == std::string::npos);
  const std::string login = site.ask("", "/login");
  const std::string session = Sessions::cookie(login, "AWSALBAPP-0");
  REQUIRE(!session.empty());
  CHECK(login.find("AWSALBAPP-0CORS") == std::string::npos);
  CHECK(Sessions::cookie(login, "SESSION") == "SESSION=1");
  CHECK(site.sticks(session, Sessions::who(login)));
  CHECK(site.sticks(session + "; SESSION=changed", Sessions::who(login)));
  CHECK(Sessions::cookie(site.ask(session), "AWSALBAPP-0").empty());  // the target has set nothing
  CHECK(!Sessions::cookie(site.ask(session, "/login"), "AWSALBAPP-0").empty());
  CHECK_FALSE(site.sticks("SESSION=1", Sessions::who(login)));
}

TEST_CASE("a session of the application moves when its target goes, and stays where it went") {
  Sessions site(kByApplication);
  site.start();
  const std::string login = site.ask("", "/login"), session = Sessions::cookie(login, "AWSALBAPP-0");
  const std::string first = Sessions::who(login), second = first == "a" ? "b" : "a";
  site.set(first, "draining");
  const std::string moved = site.ask(session);
  CHECK(Sessions::who(moved) == second);
  const std::string next = Sessions::cookie(moved, "AWSALBAPP-0");
  REQUIRE(!next.empty());
  site.set(first, "registered");
  CHECK(site.sticks(next, second));

  const std::string& origin = second;
  const uint64_t mark = site.mark_of(origin == "a" ? site.a : site.b);
  CHECK_FALSE(site.sticks("AWSALBAPP-0=" + site.made_ago('A', mark, 61), second));
  const std::string broken = site.ask("AWSALBAPP-0=nonsense");
  CHECK(Talk::status(broken) == 200);
  CHECK(!Sessions::cookie(broken, "AWSALBAPP-0").empty());
}

TEST_CASE("a connection that was kept before its target began to drain carries no request afterwards") {
  std::atomic<int> connections = 0;
  std::atomic<bool> may_answer = true, is_asked = false;
  RawOrigin origin([&](int fd, int number) {
    connections = number + 1;
    while (!read_head(fd).empty()) {
      is_asked = true;
      is_asked.notify_all();
      may_answer.wait(false);
      const std::string answer = fmt::format("HTTP/1.1 200 OK\r\nConnection-Number: {}\r\nContent-Length: 0\r\n\r\n", number);
      (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  });
  Running site;
  site.config.groups[0].group.health_check.enabled = false;
  site.config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = origin.port}};
  site.start();
  const auto set = [&](const std::string& desired) {
    site.config.groups[0].targets[0].desired = desired;
    ++site.config.revision;
    site.write();
    site.wait([&](const WorkerState& s) { return s.revision == site.config.revision; });
  };
  const auto ask = [&] {
    Talk talk(site.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return talk.rest();
  };
  CHECK(ask().find("Connection-Number: 0") != std::string::npos);
  CHECK(ask().find("Connection-Number: 0") != std::string::npos);

  // One that waits, and one whose request is answered in the delay.
  is_asked = may_answer = false;
  std::string slow;
  std::jthread client([&] { slow = ask(); });
  is_asked.wait(false);
  set("draining");
  CHECK(Talk::status(ask()) == 503);
  may_answer = true;
  may_answer.notify_all();
  client.join();
  CHECK(slow.find("Connection-Number: 0") != std::string::npos);
  set("registered");
  CHECK(ask().find("Connection-Number: 1") != std::string::npos);
  set("draining");
  set("registered");
  CHECK(ask().find("Connection-Number: 2") != std::string::npos);
}
