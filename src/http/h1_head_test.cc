#include "http/h1_head.h"

#include <doctest/doctest.h>

#include <tuple>

#include <string>

using namespace landfall::http::h1;

namespace {

RequestHead head;
Refusal refusal;

Parsed parse(const std::string& text) { return parse_request(text, {}, head, refusal); }

std::string with(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

}  // namespace

TEST_CASE("a request head is read where it lies") {
  const std::string text = "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length:  12 \r\n\r\nbody";
  REQUIRE(parse(text) == Parsed::complete);
  CHECK(head.method == "POST");
  CHECK(head.target == "/a?b");
  CHECK(head.framing == Framing::length);
  CHECK(head.content_length == 12);
  CHECK(text.substr(head.size) == "body");
  CHECK(head.target.data() == text.data() + 5);
}

TEST_CASE("every cut of a head is incomplete, never refused") {
  const std::string text = with("Accept: x\r\n");
  for (size_t cut = 0; cut < text.size(); ++cut) CHECK(parse(text.substr(0, cut)) == Parsed::incomplete);
}

TEST_CASE("what two readers could understand differently is refused") {
  const std::pair<const char*, const char*> cases[] = {
      {"Content-Length: 1\r\nContent-Length: 1\r\n", "content_length.repeated"},
      {"Content-Length: 1, 1\r\n", "content_length.malformed"},
      {"Content-Length: +1\r\n", "content_length.malformed"},
      {"Content-Length: -1\r\n", "content_length.malformed"},
      {"Content-Length: 99999999999999999999\r\n", "content_length.malformed"},
      {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "framing.both"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "transfer_encoding.repeated"},
      {"Transfer-Encoding: gzip, chunked\r\n", "transfer_encoding.unknown"},
      {"Transfer-Encoding : chunked\r\n", "field.malformed"},
      {" folded\r\n", "field.malformed"},
      {"A: b\r\n c\r\n", "field.malformed"},
      {"Host: b\r\n", "host.not_exactly_one"},
      {"A: b\rc\r\n", "field.control_character"},
      {"A: b\nB: c\r\n", "field.control_character"},
      {": x\r\n", "field.malformed"},
  };
  for (const auto& [fields, reason] : cases) {
    CHECK_MESSAGE(parse(with(fields)) == Parsed::refused, fields);
    CHECK_MESSAGE(refusal.reason == reason, fields);
  }
  CHECK(parse(with(std::string("A: b") + '\0' + "\r\n")) == Parsed::refused);
}

TEST_CASE("malformed request lines are refused with their status") {
  const std::pair<const char*, int> cases[] = {
      {"GET /\r\nHost: a\r\n\r\n", 400},        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400}, {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400}, {"GET / HTTP/1.1\r\n\r\n", 400},
  };
  for (const auto& [text, status] : cases) {
    CHECK_MESSAGE(parse(text) == Parsed::refused, text);
    CHECK_MESSAGE(refusal.status == status, text);
  }
}

TEST_CASE("limits hold at the limit and refuse one byte over") {
  const Limits limits{.line = 100, .head = 200, .fields = 3};
  const auto line_of = [](size_t size) { return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1"; };
  CHECK(parse_request(line_of(100) + "\r\nHost: a\r\n\r\n", limits, head, refusal) == Parsed::complete);
  CHECK(parse_request(line_of(101) + "\r\nHost: a\r\n\r\n", limits, head, refusal) == Parsed::refused);
  CHECK(refusal.status == 414);
  CHECK(parse_request(std::string(101, 'a'), limits, head, refusal) == Parsed::refused);
  CHECK(parse_request("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(200, 'a'), limits, head, refusal) == Parsed::refused);
  CHECK(refusal.status == 431);
  CHECK(parse_request("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n", limits, head, refusal) == Parsed::refused);
}

TEST_CASE("connections stay open by version and wish") {
  REQUIRE(parse(with("")) == Parsed::complete);
  CHECK(head.keep_alive);
  REQUIRE(parse(with("Connection: foo, Close\r\n")) == Parsed::complete);
  CHECK_FALSE(head.keep_alive);
  REQUIRE(parse("GET / HTTP/1.0\r\n\r\n") == Parsed::complete);
  CHECK_FALSE(head.keep_alive);
  REQUIRE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == Parsed::complete);
  CHECK(head.keep_alive);
  REQUIRE(parse(with("Connection: Upgrade\r\nUpgrade: websocket\r\n")) == Parsed::complete);
  CHECK(head.wants_upgrade);
  REQUIRE(parse("GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n") == Parsed::complete);
  CHECK_FALSE(head.wants_upgrade);
}

TEST_CASE("responses know how their body ends") {
  ResponseHead response;
  const auto framing = [&](const std::string& text, bool to_head = false) {
    REQUIRE(parse_response(text, {}, to_head, response, refusal) == Parsed::complete);
    return response.framing;
  };
  CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") == Framing::length);
  CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true) == Framing::none);
  CHECK(framing("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n") == Framing::chunked);
  CHECK(framing("HTTP/1.1 200 OK\r\n\r\n") == Framing::until_close);
  CHECK_FALSE(response.keep_alive);
  CHECK(framing("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n") == Framing::none);
  CHECK(parse_response("HTTP/1.1 20x OK\r\n\r\n", {}, false, response, refusal) == Parsed::refused);
  CHECK(parse_response("HTP/1.1 200 OK\r\n\r\n", {}, false, response, refusal) == Parsed::refused);
}

TEST_CASE("a chunked body comes out whole however it is cut") {
  const std::string wire = "5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\nnext";
  for (size_t piece = 1; piece <= wire.size(); ++piece) {
    ChunkReader reader;
    std::string body, pending;
    size_t fed = 0;
    bool done = false;
    while (!done) {
      const auto step = reader.next(pending);
      REQUIRE_FALSE(step.is_refused);
      body += step.data;
      done = step.is_done;
      pending.erase(0, step.consumed);
      if (step.consumed == 0 && !done) {
        REQUIRE(fed < wire.size());
        pending += wire.substr(fed, piece);
        fed += piece;
      }
    }
    CHECK(body == "hello world");
  }
}

TEST_CASE("malformed chunks are refused") {
  for (const char* text : {"x\r\n", "-1\r\n", "5 5\r\n", "\r\n", "11111111111111111\r\n", "0x5\r\n"}) {
    ChunkReader reader;
    CHECK_MESSAGE(reader.next(text).is_refused, text);
  }
  ChunkReader reader;
  CHECK(reader.next("1\r\n").consumed == 3);
  CHECK(reader.next("ab").data == "a");
  CHECK(reader.next("b").is_refused);
}

TEST_CASE("a tolerant reader tells what is odd, and leaves out what nobody must read") {
  using Class = Desync::Class;
  const auto read = [](const std::string& text) {
    RequestHead head;
    Refusal refusal;
    const Parsed parsed = parse_request(text, {.is_tolerant = true}, head, refusal);
    return std::tuple(parsed, head.desync.grade, std::string(head.desync.reason), head.fields.size());
  };
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  CHECK(read(start + "\r\n") == std::tuple(Parsed::complete, Class::compliant, "", 1u));
  CHECK(read("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") == std::tuple(Parsed::complete, Class::acceptable, "SpaceInUri", 1u));
  CHECK(read("GET /a\r\n") == std::tuple(Parsed::complete, Class::acceptable, "NonCompliantVersion", 0u));
  CHECK(read("GET / HTTP/1.3\r\nHost: a\r\n\r\n") == std::tuple(Parsed::complete, Class::acceptable, "NonCompliantVersion", 1u));
  CHECK(read("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == std::tuple(Parsed::complete, Class::acceptable, "GetHeadZeroContentLength", 2u));
  CHECK(read("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "UndefinedContentLengthSemantics", 2u));
  CHECK(read("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "UndefinedTransferEncodingSemantics", 2u));
  CHECK(read(start + "X: \xc3\xa4\r\n\r\n") == std::tuple(Parsed::complete, Class::acceptable, "NonCompliantHeader", 2u));
  CHECK(read(start + "X y: 1\r\n\r\n") == std::tuple(Parsed::complete, Class::acceptable, "NonCompliantHeader", 1u));
  CHECK(read(start + " : 1\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "EmptyHeader", 1u));
  CHECK(read(start + "Content_Length: 1\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "SuspiciousHeader", 1u));
  CHECK(read(start + "Transfer-Encoding : chunked\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "SuspiciousHeader", 1u));
  CHECK(read(start + " \r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "EmptyHeader", 1u));
  CHECK(read(start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "DuplicateContentLength", 3u));
  CHECK(read(start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "BothTeClPresent", 3u));
  CHECK(read("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "AmbiguousUri", 1u));
  CHECK(read("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n") == std::tuple(Parsed::complete, Class::ambiguous, "AmbiguousUri", 1u));
  CHECK(read("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == std::tuple(Parsed::refused, Class::ambiguous, "UndefinedTransferEncodingSemantics", 1u));
  const auto refused = [&](const std::string& text) {
    const auto [parsed, grade, reason, fields] = read(text);
    CHECK(parsed == Parsed::refused);
    CHECK(grade == Class::severe);
    return reason;
  };
  CHECK(refused(start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == "MultipleContentLength");
  CHECK(refused(start + "Content-Length: x\r\n\r\n") == "BadContentLength");
  CHECK(refused(start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n") == "MultipleTransferEncodingChunked");
  CHECK(refused(start + "Transfer-Encoding: chunked, chunked\r\n\r\n") == "MultipleTransferEncodingChunked");
  CHECK(refused(start + "Transfer-Encoding: gzip\r\n\r\n") == "BadTransferEncoding");
  CHECK(refused(start + std::string("X: a\0b\r\n\r\n", 10)) == "BadHeader");
  CHECK(refused(start + "X: a\rb\r\n\r\n") == "BadHeader");
  CHECK(refused("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") == "BadMethod");
  CHECK(refused("GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n") == "BadUri");
  CHECK(refused(std::string("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 30)) == "BadUri");
  CHECK(refused("GET / HTTX\r\nHost: a\r\n\r\n") == "BadVersion");
}

TEST_CASE("a line that continues the one before it is a name without a value, where no reader could take it for more") {
  const auto read = [](const std::string& line) {
    RequestHead head;
    Refusal refusal;
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: start\r\n" + line + "\r\n\r\n";
    CHECK(parse_request(text, {.is_tolerant = true}, head, refusal) == Parsed::complete);
    const std::string last(head.fields.back().name);
    return std::tuple(last, std::string(head.desync.reason), head.desync.has_odd_name, head.desync.lost_field);
  };
  CHECK(read(" folded") == std::tuple("folded", "NonCompliantHeader", true, false));
  CHECK(read("\tfolded\t") == std::tuple("folded", "NonCompliantHeader", true, false));
  CHECK(read(" two words") == std::tuple("X", "NonCompliantHeader", false, true));
  CHECK(read(" Host") == std::tuple("X", "SuspiciousHeader", false, true));
  CHECK(read(" Transfer-Encoding") == std::tuple("X", "SuspiciousHeader", false, true));
  CHECK(read(" Transfer-Encoding: chunked") == std::tuple("X", "SuspiciousHeader", false, true));
}

TEST_CASE("names outside letters, digits and hyphens are told") {
  const auto read = [](const std::string& name) {
    RequestHead head;
    Refusal refusal;
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + name + ": 1\r\n\r\n";
    CHECK(parse_request(text, {.is_tolerant = true}, head, refusal) == Parsed::complete);
    return std::pair(head.desync.has_odd_name, head.desync.lost_field);
  };
  CHECK(read("X-Plain-9") == std::pair(false, false));
  CHECK(read("X_Odd") == std::pair(true, false));
  CHECK(read("X.Odd!") == std::pair(true, false));
  CHECK(read("X odd") == std::pair(false, true));
  CHECK(read("Content_Length").second);
}

TEST_CASE("of several Host fields a tolerant reader takes the first") {
  RequestHead head;
  Refusal refusal;
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
  CHECK(parse_request(text, {.is_tolerant = true}, head, refusal) == Parsed::complete);
  CHECK(head.desync.grade == Desync::Class::compliant);
  CHECK(head.fields[0].value == "a");
}

TEST_CASE("plain text is told from what must be escaped, wherever it stands") {
  for (const size_t size : {0, 1, 15, 16, 17, 31, 32, 40}) {
    std::string text(size, 'a');
    CHECK(is_plain(text));
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        CHECK(is_plain(text) == (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'));
      }
      text[at] = 'a';
    }
  }
}
