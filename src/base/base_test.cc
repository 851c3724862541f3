#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <thread>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"

using namespace landfall;

TEST_CASE("a CIDR with host bits is brought to canonical form") {
  CHECK(to_string(*parse_cidr("100.68.0.18/18")) == "100.68.0.0/18");
  CHECK(parse_cidr("10.0.0.0/0")->size() == (1ull << 32));
}

TEST_CASE("malformed addresses and blocks are refused") {
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1.", "a.b.c.d", "10.0.0.1 "}) {
    CHECK_MESSAGE(!parse_ipv4(text), text);
  }
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x"}) {
    CHECK_MESSAGE(!parse_cidr(text), text);
  }
}

TEST_CASE("blocks overlap when one contains the other") {
  CHECK(parse_cidr("10.0.0.0/16")->overlaps(*parse_cidr("10.0.3.0/24")));
  CHECK_FALSE(parse_cidr("10.0.0.0/24")->overlaps(*parse_cidr("10.0.1.0/24")));
}

TEST_CASE("base64 and hex decode what they encode, and nothing else") {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    CHECK(*base64_decode(base64_encode(text)) == text);
    CHECK(*from_hex(to_hex(text)) == text);
  }
  CHECK(base64_encode("foob") == "Zm9vYg==");
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zm9v!A==", "=AAA"}) CHECK_MESSAGE(!base64_decode(bad), bad);
}

TEST_CASE("digests match the published vectors") {
  CHECK(to_hex(md5("abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("globs match any run and single characters") {
  CHECK(glob_match("*staging.matabit.org", "blog.staging.matabit.org", true));
  CHECK(glob_match("*staging.matabit.org", "STAGING.matabit.org", true));
  CHECK_FALSE(glob_match("*.staging.matabit.org", "staging.matabit.org", true));
  CHECK(glob_match("/a?c/*", "/abc/", false));
  CHECK_FALSE(glob_match("/A*", "/abc", false));
  CHECK(glob_match_escaped("a\\*b*", "a*bc"));
  CHECK_FALSE(glob_match_escaped("a\\*b*", "axbc"));
  CHECK(glob_match_escaped("?\\?\\\\\\", "x?\\\\"));
  CHECK_FALSE(glob_match_escaped("a\\?", "ab"));
  CHECK_FALSE(glob_match_escaped("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a\\*", std::string(250, 'a')));
}

TEST_CASE("times read back what they write") {
  const WallTime time{1'539'797'399'123};
  CHECK(iso8601(time) == "2018-10-17T17:29:59Z");
  CHECK(*parse_iso8601(iso8601(time, true)) == time);
  CHECK(parse_iso8601("2018-10-17T10:29:59-07:00")->ms == 1'539'797'399'000);
  CHECK_FALSE(parse_iso8601("yesterday"));
}

TEST_CASE("seeded ids repeat and keep their forms") {
  IdSource a(7), b(7);
  CHECK(a.uuid() == b.uuid());
  CHECK(a.ec2("vpc").size() == 4 + 17);
  CHECK(a.digits(19)[0] != '0');
}

TEST_CASE("an atomic write that cannot be made leaves the old content") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "landfall-base-test";
  std::filesystem::create_directories(folder);
  REQUIRE(write_file_atomic(folder / "f", "old", 0600));
  CHECK(*read_file(folder / "f") == "old");
  const auto refused = write_file_atomic(folder / "missing" / "f", "new");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "Host.ENOENT");
  CHECK(refused.error().what.find("missing") != std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("of several who make a file once the first's content is what all find") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "landfall-base-once";
  std::filesystem::create_directories(folder);
  for (int round = 0; round < 50; ++round) {
    const std::filesystem::path file = folder / std::to_string(round);
    std::vector<std::string> found(4);
    {
      std::vector<std::jthread> makers;
      for (size_t i = 0; i < found.size(); ++i) {
        makers.emplace_back([&, i] {
          if (write_file_once(file, "of " + std::to_string(i), 0600)) found[i] = read_file(file).value_or("");
        });
      }
    }
    CHECK(found[0].starts_with("of "));
    CHECK(std::ranges::count(found, found[0]) == 4);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 50);
  CHECK_FALSE(write_file_once(folder / "missing" / "f", "new"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("JSON errors name the place, and depth is bounded") {
  CHECK(parse_json(R"({"a": [1, 2]})"));
  const auto bad = parse_json("{\"a\": }", "the test");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().what.find("the test") != std::string::npos);
  CHECK_FALSE(parse_json("{} trailing"));
  CHECK_FALSE(parse_json(std::string(100'000, '[')));
}

TEST_CASE("the nearest word is suggested only when it is near") {
  const std::vector<std::string> words{"aws_lb_listener", "aws_subnet"};
  CHECK(nearest("aws_lb_listner", words) == "aws_lb_listener");
  CHECK(nearest("google_compute", words).empty());
  CHECK(nearest("aws_vcp", std::vector<std::string>{"aws_eip", "aws_vpc"}) == "aws_vpc");
}
