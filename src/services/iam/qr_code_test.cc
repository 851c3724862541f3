#include "services/iam/qr_code.h"

#include <doctest/doctest.h>

#include "base/digest.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::services::iam;

namespace {

std::string drawn(const std::string& text) {
  const auto squares = qr_code(text).value();
  std::string all;
  for (const auto& row : squares) {
    if (!all.empty()) all += '\n';
    for (const bool is_dark : row) all += is_dark ? '#' : '.';
  }
  return all;
}

}  // namespace

// Compared with another encoder (python3-qrcode 7.4.2, level L, mask 0).
TEST_CASE("a text is drawn as other encoders draw it") {
  CHECK(drawn("otpauth://a/b") == R"(#######..#.##.#######
#.....#..###..#.....#
#.###.#.##.##.#.###.#
#.###.#..#.#..#.###.#
#.###.#...#.#.#.###.#
#.....#.....#.#.....#
#######.#.#.#.#######
........##.##........
###.########.##...#..
...##.....##.##.#...#
..#..###.#..#...#.###
##..#...######.#....#
..#.#.###...#....#.#.
........#####.####.##
#######.######.##.###
#.....#.##..##.#.....
#.###.#.#.##...##..#.
#.###.#..####.#.##.#.
#.###.#.###.##.####.#
#.....#.###........#.
#######.###.#..###.##)");
  // Versions 8, 9 and 12: more blocks, the version itself, longer lengths.
  CHECK(to_hex(sha256(drawn("otpauth://totp/" + std::string(150, 'x')))) == "419c8df0904fc9ec47470ba2bbc6a69db4a3a5ae2b5b0f18e5c0606726921e25");
  CHECK(to_hex(sha256(drawn("otpauth://totp/" + std::string(200, 'x')))) == "4fe10269fbc9cabbb408b5b0ddf423afd8724d037742a4233e5b066e2bd5451e");
  CHECK(to_hex(sha256(drawn("otpauth://totp/" + std::string(349, 'x')))) == "e9eb2c0bf9eb46aaed4fe8703e264fe7ecd173dcfc52377abbce1220c65fa760");
}

TEST_CASE("what is too long is refused") {
  CHECK(qr_code(std::string(458, 'x')).has_value());
  CHECK(qr_code(std::string(459, 'x')).error().code == "QrCode.TooLong");
}

TEST_CASE("the picture is a PNG") {
  const std::string picture = qr_code_png("x").value();
  CHECK(picture.starts_with("\x89PNG\r\n\x1a\n"));
  CHECK(picture.find("IHDR") == 12);
  CHECK(picture.substr(picture.size() - 8, 4) == "IEND");
}
