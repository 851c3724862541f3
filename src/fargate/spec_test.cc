#include "fargate/spec.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/json.h"
#include "fargate/life.h"
#include "fargate/log_lines.h"
#include "fargate/name_lookup.h"
#include "fargate/registry_client.h"

using namespace landfall;
using namespace landfall::fargate;

namespace {

const std::string kPasswd = "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:w:/home/web:/bin/sh\nbroken\n", kGroup = "root:x:0:\nweb:x:1001:\nlog:x:77:other,web\n";

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("users are found by name and number") {
  CHECK(resolve_user("", kPasswd, kGroup)->uid == 0);
  CHECK(resolve_user("", kPasswd, kGroup)->home == "/root");
  const auto web = resolve_user("web", kPasswd, kGroup);
  CHECK(web->uid == 1000);
  CHECK(web->gid == 1001);
  CHECK(web->additional_gids == std::vector<uint32_t>{77});
  CHECK(resolve_user("1000", kPasswd, kGroup)->gid == 1001);
  CHECK(resolve_user("web:log", kPasswd, kGroup)->gid == 77);
  CHECK(resolve_user("5:6", "", "")->gid == 6);
  CHECK(resolve_user("nobody", kPasswd, kGroup).error().what == "unable to find user nobody: no matching entries in passwd file");
  CHECK(resolve_user("web:none", kPasswd, kGroup).error().code == "User.Unknown");
}

TEST_CASE("entry point and command join as in Docker") {
  const ImageConfig image{.entrypoint = {"/entry"}, .command = {"cmd"}};
  model::ContainerDefinition plain;
  CHECK(words_of(plain, image) == Words{"/entry", "cmd"});
  CHECK(words_of({.command = Words{"own"}}, image) == Words{"/entry", "own"});
  CHECK(words_of({.entry_point = Words{"/other"}}, image) == Words{"/other"});
  CHECK(words_of({.entry_point = Words{"/other"}, .command = Words{"own"}}, image) == Words{"/other", "own"});
}

TEST_CASE("capabilities are Docker's, less and more") {
  CHECK(capabilities_of({}, {}).size() == 14);
  CHECK(capabilities_of({"ALL"}, {}).empty());
  CHECK(capabilities_of({"ALL"}, {"SYS_PTRACE"}) == Words{"CAP_SYS_PTRACE"});
  CHECK(capabilities_of({"NET_RAW"}, {}).size() == 13);
}

TEST_CASE("a spec holds the restrictions") {
  const json::value value = *parse_json(runtime_spec({.words = {"/x"}, .user = {.uid = 7}, .network_namespace_path = "/run/netns/n", .cgroup_path = "/g", .memory_bytes = 1 << 20, .is_readonly = true}));
  const auto& spec = value.as_object();
  CHECK(spec.at("root").at("readonly").as_bool());
  CHECK(spec.at("process").at("noNewPrivileges").as_bool());
  CHECK(!spec.at("process").at("capabilities").as_object().contains("effective"));
  CHECK(spec.at("linux").at("resources").at("memory").at("limit").as_int64() == 1 << 20);
  CHECK(spec.at("linux").at("seccomp").at("defaultAction").as_string() == "SCMP_ACT_ERRNO");
  const auto& calls = spec.at("linux").at("seccomp").at("syscalls").as_array()[0].at("names").as_array();
  const auto allows = [&](const char* call) { return std::ranges::any_of(calls, [&](const json::value& v) { return v.as_string() == call; }); };
  CHECK(allows("openat"));
  for (const char* call : {"mount", "unshare", "setns", "bpf", "init_module", "reboot", "keyctl", "kexec_load", "open_by_handle_at", "clone3"}) CHECK_MESSAGE(!allows(call), call);
}

TEST_CASE("conmon's log is read over the ends of pieces") {
  const std::string log = "2026-11-24T16:00:00.123456789+00:00 stdout F one\n2026-11-24T16:00:01.5+00:00 stdout P tw\n2026-11-24T16:00:01.6+00:00 stderr F err\n2026-11-24T16:00:02.5+00:00 stdout F o\n2026-11-24T16:00:03+00:00 stdout F \n";
  for (size_t cut = 0; cut <= log.size(); ++cut) {
    LogLines lines;
    auto found = lines.take(log.substr(0, cut));
    for (auto& line : lines.take(log.substr(cut))) found.push_back(line);
    REQUIRE(found.size() == 4);
    CHECK(found[0].text == "one");
    CHECK(found[1].text == "err");
    CHECK(found[2].text == "two");
    CHECK(iso8601(found[2].at, true) == "2026-11-24T16:00:01.500Z");
    CHECK(found[3].text == "");
    CHECK(lines.held() == 0);
  }
}

TEST_CASE("a reader that starts afresh at what is not held loses nothing") {
  const std::string log = "2026-11-24T16:00:00Z stdout P a\n2026-11-24T16:00:00Z stdout F b\n2026-11-24T16:00:00Z stdout F c\n";
  for (size_t cut = 0; cut <= log.size(); ++cut) {
    LogLines first, second;
    std::string text;
    for (const auto& line : first.take(log.substr(0, cut))) text += line.text + "|";
    for (const auto& line : second.take(log.substr(cut - first.held()))) text += line.text + "|";
    CHECK(text == "ab|c|");
  }
}

TEST_CASE("a line over an event's bound is cut") {
  const auto lines = LogLines().take("2026-11-24T16:00:00Z stdout F " + std::string(300 * 1024, 'x') + "\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text.size() == 256 * 1024 - 26);
}

TEST_CASE("dependencies hold a container back, or for ever") {
  const auto ready = [](const char* condition, model::TaskContainer other) {
    other.name = "db";
    std::string broken;
    const bool is_ready = is_ready_to_start({.name = "web", .depends_on = {{"db", condition}}}, {.containers = {other}}, broken);
    return broken.empty() ? (is_ready ? "yes" : "wait") : "never";
  };
  CHECK(ready("START", {.last_status = "PENDING"}) == std::string("wait"));
  CHECK(ready("START", {.last_status = "RUNNING"}) == std::string("yes"));
  CHECK(ready("START", {.last_status = "STOPPED"}) == std::string("yes"));
  CHECK(ready("COMPLETE", {.last_status = "RUNNING"}) == std::string("wait"));
  CHECK(ready("COMPLETE", {.last_status = "STOPPED", .exit_code = 1}) == std::string("yes"));
  CHECK(ready("SUCCESS", {.last_status = "STOPPED", .exit_code = 1}) == std::string("never"));
  CHECK(ready("SUCCESS", {.last_status = "STOPPED", .exit_code = 0}) == std::string("yes"));
  CHECK(ready("HEALTHY", {.last_status = "RUNNING", .health_status = "UNKNOWN"}) == std::string("wait"));
  CHECK(ready("HEALTHY", {.last_status = "RUNNING", .health_status = "HEALTHY"}) == std::string("yes"));
  CHECK(ready("HEALTHY", {.last_status = "STOPPED", .exit_code = 0}) == std::string("never"));
}

TEST_CASE("a task is as healthy as its essential containers with checks") {
  const model::TaskDefinition definition{.containers = {{.name = "a", .health_check = model::ContainerHealthCheck{}}, {.name = "b", .health_check = model::ContainerHealthCheck{}}, {.name = "c"},
                                                        {.name = "d", .essential = false, .health_check = model::ContainerHealthCheck{}}}};
  const auto health = [&](const char* a, const char* b) { return task_health(definition, {.containers = {{.name = "a", .health_status = a}, {.name = "b", .health_status = b}, {.name = "d", .health_status = "UNHEALTHY"}}}); };
  CHECK(health("HEALTHY", "HEALTHY") == "HEALTHY");
  CHECK(health("HEALTHY", "UNKNOWN") == "UNKNOWN");
  CHECK(health("UNHEALTHY", "UNKNOWN") == "UNHEALTHY");
}

TEST_CASE("a challenge's parameters are read") {
  const std::string challenge = R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io")";
  CHECK(challenge_parameter(challenge, "realm") == "https://auth.docker.io/token");
  CHECK(challenge_parameter(challenge, "service") == "registry.docker.io");
  CHECK(challenge_parameter(challenge, "scope") == "");
  CHECK(is_ecr_host("000000000000.dkr.ecr.us-west-2.amazonaws.com"));
  CHECK(!is_ecr_host("000000000000.dkr.ecr.us-west-2.amazonaws.com.evil.org"));
  CHECK(!is_ecr_host("evil.dkr.ecr.us-west-2.amazonaws.com"));
}

TEST_CASE("an answer of the resolver is read, whatever it holds") {
  const std::string question = question_for("a.example", 0x1234);
  std::string answer = question;
  answer[2] = '\x81';
  answer[7] = 1;
  answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\0\0\7", 16);
  CHECK(to_string(address_in(answer, "a.example", 0x1234).value_or(Ipv4{})) == "10.0.0.7");
  CHECK(address_in(answer, "a.example", 0x1235).error().code == "Lookup.NoSuchHost");
  for (size_t cut = 0; cut < answer.size(); ++cut) CHECK(!address_in(std::string_view(answer).substr(0, cut), "a.example", 0x1234));
}

TEST_CASE("runc's words are taken out of its log line") {
  CHECK(words_of_runc("time=\"x\" level=error msg=\"runc create failed: exec: \\\"/n\\\": no\"\n") == "runc create failed: exec: \"/n\": no");
  CHECK(words_of_runc(" plain ") == "plain");
}
