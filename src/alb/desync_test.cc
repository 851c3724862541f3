// Desync mitigation: what the classes do in each mode, and what log and metrics tell of it.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/rig_for_test.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

struct Sample {
  std::string grade, reason, request;
};

const std::string kStart = "POST / HTTP/1.1\r\nHost: a\r\n";

/// One of each reason (ALB user guide, Access logs: Classification reasons).
const std::vector<Sample>& samples() {
  static const std::vector<Sample> all{
      {"", "", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Acceptable", "SpaceInUri", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Acceptable", "NonCompliantVersion", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"Acceptable", "NonCompliantHeader", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
      {"Acceptable", "GetHeadZeroContentLength", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
      {"Ambiguous", "AmbiguousUri", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Ambiguous", "EmptyHeader", kStart + " : x\r\n\r\n"},
      {"Ambiguous", "SuspiciousHeader", kStart + "Content_Length: 1\r\n\r\n"},
      {"Ambiguous", "DuplicateContentLength", kStart + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"},
      {"Ambiguous", "BothTeClPresent", kStart + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"Ambiguous", "UndefinedContentLengthSemantics", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"},
      {"Ambiguous", "UndefinedTransferEncodingSemantics", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"Severe", "BadHeader", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"},
      {"Severe", "BadUri", "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Severe", "BadMethod", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Severe", "BadVersion", "GET / HTTX/1.1\r\nHost: a\r\n\r\n"},
      {"Severe", "BadContentLength", kStart + "Content-Length: x\r\n\r\n"},
      {"Severe", "MultipleContentLength", kStart + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"Severe", "BadTransferEncoding", kStart + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"Severe", "MultipleTransferEncodingChunked", kStart + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
  return all;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// "200", "400 close".
std::string outcome(const Running& running, const std::string& request) {
  const Talk talk(running.port);
  talk.say(request);
  const std::string answer = talk.answer();
  return fmt::format("{}{}", Talk::status(answer), has(answer, "Connection: close") ? " close" : "");
}

/// Answers itself whatever it lets through.
struct Answering : Running {
  explicit Answering(const std::string& mode) {
    config.balancer.attributes["routing.http.desync_mitigation_mode"] = mode;
    config.listeners[0].listener.default_actions = {{.type = "fixed-response", .fixed_response = model::FixedResponse{"200", "text/plain", "ok"}}};
  }
};

}  // namespace

TEST_CASE("what each class meets in each mode") {
  for (const std::string mode : {"monitor", "defensive", "strictest"}) {
    Answering running(mode);
    running.start();
    int64_t noncompliant = 0;
    for (const Sample& sample : samples()) {
      const bool is_blocked = sample.grade == "Severe" || (mode == "strictest" && !sample.grade.empty());
      const bool is_apart = sample.grade == "Ambiguous" && mode == "defensive", is_chunked = has(sample.request, ": chunked");  // its body is not read
      const std::string got = outcome(running, sample.request);
      const std::string refusal = mode == "monitor" && sample.reason == "BadTransferEncoding" ? "501" : "400";
      if (is_blocked) CHECK_MESSAGE(got.starts_with(refusal), mode << " " << sample.reason << " " << got);
      else CHECK_MESSAGE(got == (is_apart || is_chunked ? "200 close" : "200"), mode << " " << sample.reason);
      if (!sample.grade.empty()) ++noncompliant;
    }
    CHECK(running.count("desync.noncompliant") == noncompliant);
  }
}

TEST_CASE("class and reason of a request are logged") {
  Answering running("defensive");
  running.config.access_log = running.folder / "access.log";
  running.start();
  for (const Sample& sample : samples()) outcome(running, sample.request);
  std::vector<std::string> lines;
  running.wait([&](const WorkerState&) { return (lines = split(read_file(running.folder / "access.log").value_or(""), '\n')).size() == samples().size() + 1; });
  for (size_t i = 0; i < samples().size(); ++i) {
    const Sample& sample = samples()[i];
    const std::string wanted = sample.grade.empty() ? "\"-\" \"-\" TID_" : fmt::format("\"{}\" \"{}\" TID_", sample.grade, sample.reason);
    CHECK_MESSAGE(has(lines[i], wanted), lines[i]);
  }
}

TEST_CASE("an ambiguous request shares no connection to the target with others") {
  Origin origin("one");
  Front1 running(origin.server->port());
  running.start();
  const std::string plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ambiguous = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx";
  CHECK(outcome(running, plain) == "200");
  CHECK(outcome(running, ambiguous) == "200 close");
  CHECK(running.count("target.connections") == 2);
  CHECK(outcome(running, plain) == "200");
  CHECK(running.count("target.connections") == 2);
  CHECK(outcome(running, ambiguous) == "200 close");
  CHECK(running.count("target.connections") == 3);
}

TEST_CASE("a redirect of an ambiguous request ends the client's connection too") {
  Answering running("defensive");
  running.config.listeners[0].listener.default_actions = {{.type = "redirect", .redirect = model::RedirectAction{.path = "/new", .status_code = "HTTP_301"}}};
  running.start();
  CHECK(outcome(running, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") == "301 close");
}
