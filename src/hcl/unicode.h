#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Unicode as Terraform's strings need it (utf8proc). Bytes that are not UTF-8 count as U+FFFD.
namespace landfall::hcl {

bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);
std::string to_nfc(std::string_view text);

/// Splits off the first code point; text must not be empty. Malformed bytes give U+FFFD, one byte each.
char32_t take_code_point(std::string_view& text);
void append_utf8(std::string& text, char32_t code_point);

std::vector<std::string_view> graphemes(std::string_view text);  ///< user-perceived characters
size_t grapheme_count(std::string_view text);

bool is_space(char32_t c);      ///< Go's unicode.IsSpace
bool is_printable(char32_t c);  ///< Go's strconv.IsPrint
bool is_identifier_start(char32_t c);
bool is_identifier_part(char32_t c);  ///< also '-'
char32_t to_upper(char32_t c);        ///< one code point to one: ß stays ß
char32_t to_lower(char32_t c);
char32_t to_title(char32_t c);
bool is_letter(char32_t c);
bool is_digit(char32_t c);

std::string_view trim_space_left(std::string_view text);
std::string_view trim_space_right(std::string_view text);

/// With double quotes and Go's escapes (strconv.Quote).
std::string quoted(std::string_view text);

}  // namespace landfall::hcl
