#include "why/health.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::why;

namespace {

/// A target whose check failed, with everything in order: sockets, path and answer are broken by the cases.
TargetEvidence evidence() {
  TargetEvidence at;
  at.group.arn = "group";
  at.group.name = "prod";
  at.group.health_check.path = "/healthz";
  at.group.health_check.timeout_seconds = 2;
  at.target.id = "10.0.0.4";
  at.target.port = 8080;
  at.task = model::Task{};
  at.task->task_definition_arn = "definition";
  at.service = model::Service{};
  at.service->arn = "service";
  at.container = "web";
  at.path = model::Path{.is_reachable = true};
  at.sockets = {{"0.0.0.0", 8080}, {"169.254.170.2", 51679}};
  at.replay = Answer{.status = 200};
  return at;
}

}  // namespace

TEST_CASE("the first broken link is told") {
  TargetEvidence at = evidence();
  std::string code, cause, attribute;

  SUBCASE("a security group refuses") {
    at.path = model::Path{.code = "ENI_SG_RULES_MISMATCH", .cause = "sg-task", .attribute = "ingress", .sentence = "refused", .remedy = "admit it"};
    code = "Target.SecurityGroupRefuses", cause = "sg-task", attribute = "ingress";
  }
  SUBCASE("another port is checked than served") {
    at.group.health_check.port = "80";
    code = "Target.WrongPort", cause = "group", attribute = "health_check.port";
  }
  SUBCASE("the program listens on loopback") {
    at.sockets = {{"127.0.0.1", 8080}};
    code = "Target.ListensOnLoopback", cause = "definition", attribute = "application: listen address";
  }
  SUBCASE("the program listens on another port") {
    at.sockets = {{"::", 3000}};
    code = "Target.ListensElsewhere", cause = "definition", attribute = "application: listen port";
  }
  SUBCASE("the program does not listen yet") {
    at.sockets = {{"169.254.170.2", 51679}};
    code = "Target.NotListeningYet", cause = "service", attribute = "health_check_grace_period_seconds";
  }
  SUBCASE("the program never listens") {
    at.sockets = std::vector<ListeningSocket>{};
    at.age = std::chrono::hours(1);
    code = "Target.ListensNowhere", cause = "definition", attribute = "application: listen port";
  }
  SUBCASE("the path is not there") {
    at.replay->status = 404;
    code = "Target.PathNotFound", cause = "group", attribute = "health_check.path";
  }
  SUBCASE("the path redirects") {
    at.replay = Answer{.status = 301, .location = "https://10.0.0.4/healthz"};
    at.as_https = Answer{.status = 200};
    code = "Target.Redirected", cause = "group", attribute = "health_check.path";
  }
  SUBCASE("the host is refused") {
    at.replay->status = 400;
    at.as_site = Answer{.status = 200};
    at.site = "example.test";
    code = "Target.HostRefused", cause = "definition", attribute = "application: host allow-list";
  }
  SUBCASE("another 2xx than the matcher's") {
    at.replay->status = 204;
    code = "Target.MatcherTooNarrow", cause = "group", attribute = "health_check.matcher";
  }
  SUBCASE("the program fails") {
    at.replay->status = 503;
    code = "Target.ProgramFails", cause = "definition", attribute = "application: answer to /healthz";
  }
  SUBCASE("the answer is late") {
    at.replay->took = std::chrono::seconds(3);
    code = "Target.TooSlow", cause = "group", attribute = "health_check.timeout";
  }
  SUBCASE("no answer at all") {
    at.replay = Answer{.error = "timed out"};
    code = "Target.NoAnswer", cause = "definition", attribute = "application: answer to /healthz";
  }
  SUBCASE("a program of HTTP/1.1 in a group of HTTP/2") {
    at.group.protocol_version = "GRPC";
    at.target.last_check = "no HTTP/2 answer";
    code = "Target.NotHttp2", cause = "group", attribute = "protocol_version";
  }
  SUBCASE("a program of HTTP/2 in a group of gRPC") {
    at.group.protocol_version = "GRPC";
    at.target.last_check = "no grpc-status in the answer";
    code = "Target.NotGrpc", cause = "group", attribute = "protocol_version";
  }
  SUBCASE("another grpc-status than the matcher's, also OK") {
    at.group.protocol_version = "GRPC";
    at.target.last_check = "status 0";
    code = "Target.GrpcStatusMismatch", cause = "group", attribute = "health_check.matcher";
  }
  SUBCASE("the path is not there, over HTTP/2") {
    at.group.protocol_version = "HTTP2";
    at.target.last_check = "status 404";
    code = "Target.PathNotFound", cause = "group", attribute = "health_check.path";
  }
  SUBCASE("the task is gone, and what the load balancer saw is left") {
    at.sockets.reset(), at.replay.reset(), at.task.reset();
    at.target.last_check = "status 404";
    code = "Target.PathNotFound", cause = "group", attribute = "health_check.path";
  }

  const auto found = judge(at);
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == code);
  CHECK(found[0].cause == cause);
  CHECK(found[0].attribute == attribute);
  CHECK(found[0].subject == "group");
  CHECK_FALSE(found[0].remedy.empty());
}

TEST_CASE("two broken links are told in the order in which a request meets them") {
  TargetEvidence at = evidence();
  at.path = model::Path{.code = "SG_HAS_NO_RULES", .cause = "sg-task", .attribute = "ingress"};
  at.sockets = {{"0.0.0.0", 3000}};

  const auto found = judge(at);

  REQUIRE(found.size() == 2);
  CHECK(found[0].code == "Target.SecurityGroupRefuses");
  CHECK(found[1].code == "Target.ListensElsewhere");
}

TEST_CASE("what is not known is not guessed") {
  TargetEvidence at = evidence();
  at.target.last_check = "timed out";

  const auto found = judge(at);

  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "Target.Unexplained");
  CHECK(found[0].evidence.at("listening sockets") == "0.0.0.0:8080");
  CHECK(found[0].evidence.at("path from the load balancer") == "open");
}

TEST_CASE("a check that only connects is not judged by answers") {
  TargetEvidence at = evidence();
  at.group.protocol = "TCP", at.group.protocol_version.clear();
  at.group.health_check.protocol = "TCP";
  at.replay.reset();
  at.target.last_check = "connection refused";
  at.sockets = {{"0.0.0.0", 3000}};
  CHECK(judge(at).front().code == "Target.ListensElsewhere");
  at.sockets = {{"0.0.0.0", 8080}};
  CHECK(judge(at).front().code == "Target.Unexplained");
}
