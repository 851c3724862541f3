#include "http/h1_scan.h"

#include <doctest/doctest.h>

#include <string>

#include "http/h1_head.h"

using namespace landfall::http::h1;

namespace {

/// "NAME=VALUE", and what is left; or "-" if the line is not taken.
std::string field_of(std::string_view text, size_t most = 100) {
  std::string_view rest = text;
  Field field;
  if (!take_plain_field(rest, most, field)) return rest == text ? "-" : "- and moved";
  return std::string(field.name) + "=" + std::string(field.value) + " then " + std::string(rest);
}

std::string line_of(std::string_view text, size_t most = 100) {
  std::string_view rest = text, method, target;
  int version = 9;
  if (!take_plain_request_line(rest, most, method, target, version)) return rest == text ? "-" : "- and moved";
  return std::string(method) + "," + std::string(target) + "," + std::to_string(version) + " then " + std::string(rest);
}

}  // namespace

TEST_CASE("a plain field is taken") {
  CHECK(field_of("A: b\r\nrest") == "A=b then rest");
  CHECK(field_of("A:\t b c \t\r\n") == "A=b c then ");
  CHECK(field_of("A:\r\n") == "A= then ");
  CHECK(field_of("A:   \r\n") == "A= then ");
  CHECK(field_of("x-long-name: a value of more than sixteen bytes, with \"marks\"\r\n\r\n") == "x-long-name=a value of more than sixteen bytes, with \"marks\" then \r\n");
}

TEST_CASE("what is not plain is left to the careful reader") {
  for (const std::string text : {"", "\r\n", "A", "A:", "A: b", "A: b\r", "A: b\n", "A: b\rc\r\n", " A: b\r\n", "A : b\r\n", ": b\r\n", "A\r\n", "A(: b\r\n", "A_B: b\r\n", "A.B: b\r\n", "A: caf\xc3\xa9\r\n", "A: b\x7f\r\n", "A: b\x01\r\n", "A: a value of more than sixteen bytes\x1f\r\n"}) {
    CHECK_MESSAGE(field_of(text) == "-", text);
  }
  CHECK(field_of(std::string("A: b\0c\r\n", 8)) == "-");
  CHECK(field_of("A: 456789\r\n", 9) == "A=456789 then ");
  CHECK(field_of("A: 456789\r\n", 8) == "-");
}

TEST_CASE("every byte of a value is plain or it is not, wherever it stands") {
  for (int c = 0; c < 256; ++c) {
    const bool is_plain = (c >= 0x20 && c < 0x7f) || c == '\t';
    for (const size_t at : {size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{30}}) {
      std::string value(32, 'v');
      value[at] = static_cast<char>(c);
      CHECK_MESSAGE((field_of("A: " + value + "\r\n") != "-") == is_plain, c << " at " << at);
    }
  }
}

TEST_CASE("a plain request line is taken, another one is left") {
  CHECK(line_of("GET / HTTP/1.1\r\nHost") == "GET,/,1 then Host");
  CHECK(line_of("OPTIONS * HTTP/1.0\r\n") == "OPTIONS,*,0 then ");
  CHECK(line_of("GET /a?b=HTTP/1.1 HTTP/1.1\r\n") == "GET,/a?b=HTTP/1.1,1 then ");
  for (const std::string text : {"", "GET", "GET ", "GET /", "GET / HTTP/1.1", "GET / HTTP/1.1\n", "GET HTTP/1.1\r\n", "GET  HTTP/1.1\r\n", "GET / HTTP/1.2\r\n", "GET / HTTP/2.0\r\n", "GET / http/1.1\r\n", "GET / HTTP/1.10\r\n", "GET /a b HTTP/1.1\r\n",
                                 "GET /a\tb HTTP/1.1\r\n", "GET /\xc3\xa9 HTTP/1.1\r\n", "GET /\x01 HTTP/1.1\r\n", "G(T / HTTP/1.1\r\n", " GET / HTTP/1.1\r\n", "\r\nGET / HTTP/1.1\r\n"}) {
    CHECK_MESSAGE(line_of(text) == "-", text);
  }
  CHECK(line_of("GET /56 HTTP/1.1\r\n", 16) == "GET,/56,1 then ");
  CHECK(line_of("GET /56 HTTP/1.1\r\n", 15) == "-");
}
