#include "http/h1_scan.h"

#include <emmintrin.h>

#include <bit>
#include <cstdint>

#include "http/h1_head.h"

namespace landfall::http::h1 {
namespace {

/// RFC 9110 5.6.2.
constexpr bool is_token_char(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

struct TokenTable {
  bool ok[256]{};
  constexpr TokenTable() {
    for (int c = 0; c < 256; ++c) ok[c] = is_token_char(static_cast<unsigned char>(c));
  }
};
constexpr TokenTable kToken;

constexpr bool is_name_char(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

struct NameTable {
  bool ok[256]{};
  constexpr NameTable() {
    for (int c = 0; c < 256; ++c) ok[c] = is_name_char(static_cast<unsigned char>(c));
  }
};
constexpr NameTable kName;

/// Sixteen bytes that are space, tab or visible ASCII, as bits. (Bytes above 0x7e are negative, or the largest.)
inline unsigned plain_bits(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i shown = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)), _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x1f)));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(shown, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')))));
}

inline bool is_plain_char(char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; }

/// The first byte that is neither space, tab nor visible ASCII, or `end`.
inline const char* plain_end(const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    const unsigned other = ~plain_bits(at) & 0xffffu;
    if (other != 0) return at + std::countr_zero(other);
  }
  while (at < end && is_plain_char(*at)) ++at;
  return at;
}

inline const char* token_end(const char* at, const char* end) {
  while (at < end && kToken.ok[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

inline const char* name_end(const char* at, const char* end) {
  while (at < end && kName.ok[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

inline bool is_line_end(const char* at, const char* end) { return end - at >= 2 && at[0] == '\r' && at[1] == '\n'; }

struct ControlTable {
  uint8_t is[256]{};
  constexpr ControlTable() {
    for (int c = 0; c < 256; ++c) is[c] = (c < 0x20 && c != '\t') || c == 0x7f;
  }
};
constexpr ControlTable kControl;

}  // namespace

bool is_token(std::string_view text) {
  bool ok = !text.empty();
  for (const char c : text) ok &= kToken.ok[static_cast<unsigned char>(c)];
  return ok;
}

bool is_plain_name(std::string_view text) { return !text.empty() && name_end(text.data(), text.data() + text.size()) == text.data() + text.size(); }

/// Sixteen bytes at a time: most of a head is read here.
bool has_control(std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  const __m128i low = _mm_set1_epi8(0x1f), tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f);
  for (; left >= 16; at += 16, left -= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i is_low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, low), bytes);
    const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), is_low), _mm_cmpeq_epi8(bytes, del));
    if (_mm_movemask_epi8(bad) != 0) return true;
  }
  uint8_t found = 0;
  for (; left > 0; ++at, --left) found |= kControl.is[static_cast<unsigned char>(*at)];
  return found != 0;
}

bool take_plain_field(std::string_view& rest, size_t most, Field& field) {
  const char *begin = rest.data(), *end = begin + rest.size();
  const char* colon = name_end(begin, end);
  if (colon == begin || colon == end || *colon != ':') return false;
  const char* value = colon + 1;
  while (value < end && (*value == ' ' || *value == '\t')) ++value;
  const char* stop = plain_end(value, end);
  if (!is_line_end(stop, end) || static_cast<size_t>(stop - begin) > most) return false;
  const char* last = stop;
  while (last > value && (last[-1] == ' ' || last[-1] == '\t')) --last;
  field.name = {begin, static_cast<size_t>(colon - begin)};
  field.value = {value, static_cast<size_t>(last - value)};
  rest.remove_prefix(static_cast<size_t>(stop + 2 - begin));
  return true;
}

bool take_plain_request_line(std::string_view& rest, size_t most, std::string_view& method, std::string_view& target, int& minor_version) {
  const char *begin = rest.data(), *end = begin + rest.size();
  const char* space = token_end(begin, end);
  if (space == begin || space == end || *space != ' ') return false;
  const char* stop = plain_end(space + 1, end);
  constexpr std::string_view kVersion = " HTTP/1.";  // and a digit
  if (!is_line_end(stop, end) || static_cast<size_t>(stop - begin) > most || stop - space < static_cast<ptrdiff_t>(kVersion.size()) + 3) return false;
  const char* last = stop - kVersion.size() - 1;
  const char digit = stop[-1];
  if (std::string_view(last, kVersion.size()) != kVersion || (digit != '0' && digit != '1')) return false;
  const std::string_view between(space + 1, static_cast<size_t>(last - space - 1));
  for (const char c : between) {
    if (c == ' ' || c == '\t') return false;
  }
  method = {begin, static_cast<size_t>(space - begin)};
  target = between;
  minor_version = digit - '0';
  rest.remove_prefix(static_cast<size_t>(stop + 2 - begin));
  return true;
}

}  // namespace landfall::http::h1
