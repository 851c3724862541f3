#include "services/iam/qr_code.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>

namespace landfall::services::iam {
namespace {

using Bytes = std::vector<uint8_t>;

// By version from 1: bytes of error correction of a block, and blocks, at level L.
constexpr std::array kCorrection{7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30};
constexpr std::array kBlocks{1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4};
constexpr int kVersions = static_cast<int>(kCorrection.size());

/// All codewords of a version: its squares without the patterns, in bytes.
int codewords_of(int version) {
  int squares = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const int marks = version / 7 + 2;
    squares -= (25 * marks - 10) * marks - 55;
  }
  return (version >= 7 ? squares - 36 : squares) / 8;
}
int data_codewords_of(int version) {
  const auto at = static_cast<size_t>(version - 1);
  return codewords_of(version) - kCorrection[at] * kBlocks[at];
}

uint8_t product(uint8_t a, uint8_t b) {
  unsigned z = 0;
  for (int i = 7; i >= 0; --i) z = ((z << 1) ^ ((z >> 7) * 0x11d)) ^ (((b >> i) & 1U) * a);
  return static_cast<uint8_t>(z);
}

Bytes divisor(int degree) {
  Bytes result(static_cast<size_t>(degree), 0);
  result.back() = 1;
  uint8_t root = 1;
  for (int i = 0; i < degree; ++i) {
    for (size_t j = 0; j < result.size(); ++j) {
      result[j] = product(result[j], root);
      if (j + 1 < result.size()) result[j] ^= result[j + 1];
    }
    root = product(root, 2);
  }
  return result;
}

Bytes remainder(std::span<const uint8_t> data, const Bytes& by) {
  Bytes result(by.size(), 0);
  for (const uint8_t byte : data) {
    const auto factor = static_cast<uint8_t>(byte ^ result.front());
    result.erase(result.begin());
    result.push_back(0);
    for (size_t i = 0; i < by.size(); ++i) result[i] ^= product(by[i], factor);
  }
  return result;
}

/// Mode, length and text, filled up to what the version holds.
Bytes data_of(std::string_view text, int version) {
  std::vector<bool> bits;
  const auto put = [&](unsigned value, int count) { for (int i = count - 1; i >= 0; --i) bits.push_back(((value >> i) & 1U) != 0); };
  put(4, 4);
  put(static_cast<unsigned>(text.size()), version < 10 ? 8 : 16);
  for (const char c : text) put(static_cast<uint8_t>(c), 8);
  const size_t room = static_cast<size_t>(data_codewords_of(version)) * 8;
  bits.insert(bits.end(), std::min<size_t>(4, room - bits.size()), false);
  bits.insert(bits.end(), (8 - bits.size() % 8) % 8, false);
  Bytes bytes(bits.size() / 8, 0);
  for (size_t i = 0; i < bits.size(); ++i) bytes[i / 8] |= static_cast<uint8_t>((bits[i] ? 1U : 0U) << (7 - i % 8));
  for (uint8_t filler = 0xec; bytes.size() < room / 8; filler ^= 0xec ^ 0x11) bytes.push_back(filler);
  return bytes;
}

/// The blocks, each with its correction, byte by byte in turn.
Bytes interleaved(const Bytes& data, int version) {
  const auto at = static_cast<size_t>(version - 1);
  const auto count = static_cast<size_t>(kBlocks[at]), correction = static_cast<size_t>(kCorrection[at]);
  const size_t all = static_cast<size_t>(codewords_of(version)), short_blocks = count - all % count, short_size = all / count - correction;
  const Bytes by = divisor(kCorrection[at]);
  std::vector<Bytes> blocks, corrections;
  size_t from = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = short_size + (i < short_blocks ? 0 : 1);
    blocks.emplace_back(data.begin() + static_cast<long>(from), data.begin() + static_cast<long>(from + size));
    corrections.push_back(remainder(blocks.back(), by));
    from += size;
  }
  Bytes result;
  for (size_t i = 0; i <= short_size; ++i) {
    for (const Bytes& block : blocks) if (i < block.size()) result.push_back(block[i]);
  }
  for (size_t i = 0; i < correction; ++i) {
    for (const Bytes& block : corrections) result.push_back(block[i]);
  }
  return result;
}

class Drawing {
 public:
  explicit Drawing(int version) : version_(version), size_(version * 4 + 17), dark_(rows()), taken_(rows()) {}

  std::vector<std::vector<bool>> finished(const Bytes& codewords) {
    patterns();
    fill(codewords);
    return dark_;
  }

 private:
  std::vector<std::vector<bool>> rows() const { return std::vector(static_cast<size_t>(size_), std::vector<bool>(static_cast<size_t>(size_))); }

  void set(int x, int y, bool is_dark) {
    if (x < 0 || y < 0 || x >= size_ || y >= size_) return;
    dark_[static_cast<size_t>(y)][static_cast<size_t>(x)] = is_dark;
    taken_[static_cast<size_t>(y)][static_cast<size_t>(x)] = true;
  }

  /// Rings around a middle: the corners' marks reach 4 squares, the small ones 2.
  void mark(int x, int y, int reach) {
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        const int ring = std::max(std::abs(dx), std::abs(dy));
        set(x + dx, y + dy, reach == 4 ? ring != 2 && ring != 4 : ring != 1);
      }
    }
  }

  std::vector<int> mark_places() const {
    if (version_ == 1) return {};
    const int count = version_ / 7 + 2, step = (version_ * 4 + count * 2 + 1) / (count * 2 - 2) * 2;
    std::vector<int> places;
    for (int i = 0, at = size_ - 7; i < count - 1; ++i, at -= step) places.push_back(at);
    places.push_back(6);
    return places;
  }

  void patterns() {
    for (int i = 0; i < size_; ++i) {
      set(6, i, i % 2 == 0);
      set(i, 6, i % 2 == 0);
    }
    mark(3, 3, 4);
    mark(size_ - 4, 3, 4);
    mark(3, size_ - 4, 4);
    const std::vector<int> places = mark_places();
    for (const int x : places) {
      for (const int y : places) {
        const bool is_corner = (x == 6 && y == 6) || (x == 6 && y == size_ - 7) || (x == size_ - 7 && y == 6);
        if (!is_corner) mark(x, y, 2);
      }
    }
    format();
    version();
  }

  /// Level L, mask 0, twice.
  void format() {
    const unsigned data = 1U << 3;
    unsigned rest = data;
    for (int i = 0; i < 10; ++i) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const unsigned bits = ((data << 10) | rest) ^ 0x5412;
    const auto bit = [&](int i) { return ((bits >> i) & 1U) != 0; };
    for (int i = 0; i <= 5; ++i) set(8, i, bit(i));
    set(8, 7, bit(6));
    set(8, 8, bit(7));
    set(7, 8, bit(8));
    for (int i = 9; i < 15; ++i) set(14 - i, 8, bit(i));
    for (int i = 0; i < 8; ++i) set(size_ - 1 - i, 8, bit(i));
    for (int i = 8; i < 15; ++i) set(8, size_ - 15 + i, bit(i));
    set(8, size_ - 8, true);
  }

  void version() {
    if (version_ < 7) return;
    unsigned rest = static_cast<unsigned>(version_);
    for (int i = 0; i < 12; ++i) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const unsigned bits = (static_cast<unsigned>(version_) << 12) | rest;
    for (int i = 0; i < 18; ++i) {
      const bool is_dark = ((bits >> i) & 1U) != 0;
      set(size_ - 11 + i % 3, i / 3, is_dark);
      set(i / 3, size_ - 11 + i % 3, is_dark);
    }
  }

  /// Up and down in pairs of columns from the right; mask 0 turns every other square over.
  void fill(const Bytes& codewords) {
    size_t i = 0;
    for (int right = size_ - 1; right >= 1; right -= 2) {
      if (right == 6) right = 5;
      for (int vertical = 0; vertical < size_; ++vertical) {
        for (int j = 0; j < 2; ++j) {
          const int x = right - j, y = ((right + 1) & 2) == 0 ? size_ - 1 - vertical : vertical;
          if (taken_[static_cast<size_t>(y)][static_cast<size_t>(x)]) continue;
          const bool is_set = i < codewords.size() * 8 && ((codewords[i / 8] >> (7 - i % 8)) & 1U) != 0;
          dark_[static_cast<size_t>(y)][static_cast<size_t>(x)] = is_set != ((x + y) % 2 == 0);
          ++i;
        }
      }
    }
  }

  int version_, size_;
  std::vector<std::vector<bool>> dark_, taken_;
};

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
  return bytes;
}

std::string chunk(const std::string& name, const std::string& content) {
  const std::string body = name + content;
  return big_endian(static_cast<uint32_t>(content.size())) + body + big_endian(static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
}

Result<std::string> packed(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string out(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size()) != Z_OK) return fail("QrCode.Png", "zlib could not compress the image");
  out.resize(size);
  return out;
}

}  // namespace

Result<std::vector<std::vector<bool>>> qr_code(std::string_view text) {
  for (int version = 1; version <= kVersions; ++version) {
    const size_t head = version < 10 ? 2 : 3;
    if (text.size() + head <= static_cast<size_t>(data_codewords_of(version))) return Drawing(version).finished(interleaved(data_of(text, version), version));
  }
  return fail("QrCode.TooLong", fmt::format("a text of {} bytes is too long for a QR code of version {}", text.size(), kVersions));
}

Result<std::string> qr_code_png(std::string_view text) {
  constexpr size_t kScale = 4, kQuiet = 4;
  const auto squares = TRY(qr_code(text));
  const size_t side = (squares.size() + 2 * kQuiet) * kScale;
  std::string lines;
  for (size_t y = 0; y < side; ++y) {
    std::string line((side + 7) / 8, '\xff');
    for (size_t x = 0; x < side; ++x) {
      const size_t column = x / kScale - kQuiet, row = y / kScale - kQuiet;  // below zero they wrap, and are outside
      if (row < squares.size() && column < squares.size() && squares[row][column]) line[x / 8] = static_cast<char>(static_cast<uint8_t>(line[x / 8]) & ~(0x80U >> (x % 8)));
    }
    lines += '\0' + line;
  }
  const std::string header = big_endian(static_cast<uint32_t>(side)) + big_endian(static_cast<uint32_t>(side)) + std::string("\x01\0\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", TRY(packed(lines))) + chunk("IEND", "");
}

}  // namespace landfall::services::iam
