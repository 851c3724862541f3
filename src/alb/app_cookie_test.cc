#include "alb/rig_for_test.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("stickiness after the application's cookie holds for a group alone, not where several are weighed") {
  const auto serve = [](int fd, int) {
    char text[4096];
    const auto size = recv(fd, text, sizeof text, 0);
    if (size <= 0) return;
    const std::string answer = "HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  };
  RawOrigin origin(serve);
  Running running;
  auto& group = running.config.groups[0];
  group.group.attributes = {{"stickiness.enabled", "true"}, {"stickiness.type", "app_cookie"}, {"stickiness.app_cookie.cookie_name", "session"}};
  group.targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = origin.port}};
  running.config.groups.push_back({.group = {.arn = "s", .name = "s", .target_type = "ip"}});
  auto& action = running.config.listeners[0].listener.default_actions[0];
  const auto answer = [&] {
    Talk talk(running.port);
    talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return talk.rest();
  };
  SUBCASE("alone") {
    running.start();
    running.wait_for("healthy");
    CHECK(answer().find("Set-Cookie: AWSALBAPP-0=") != std::string::npos);
  }
  SUBCASE("weighed") {
    action = {.type = "forward", .target_groups = {{"g", 1}, {"s", 0}}, .group_stickiness = true, .group_stickiness_seconds = 60};
    running.start();
    running.wait_for("healthy");
    const std::string seen = answer();
    CHECK(seen.find("Set-Cookie: session=1") != std::string::npos);
    CHECK(seen.find("Set-Cookie: AWSALBTG=") != std::string::npos);
    CHECK(seen.find("AWSALBAPP") == std::string::npos);
  }
}
