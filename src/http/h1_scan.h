#pragma once

#include <cstddef>
#include <string_view>

/// Lines of a head as nearly all are, read in one pass. What is not taken here is for the reader that knows every case.
namespace landfall::http::h1 {

struct Field;

bool is_token(std::string_view text);  ///< RFC 9110 5.6.2

/// Letters, digits and hyphens only, as nearly all names of fields.
bool is_plain_name(std::string_view text);

/// Whether a byte of `text` is a control character other than a tab.
bool has_control(std::string_view text);

/// `Name: value` and its CR LF off the start of `rest`: a plain name, ASCII without control characters, `most` bytes at most, and
/// all of it there. False: nothing is taken.
bool take_plain_field(std::string_view& rest, size_t most, Field& field);

/// `GET /path HTTP/1.1` and its CR LF: a token, visible ASCII, version 1.0 or 1.1. False: nothing is taken.
bool take_plain_request_line(std::string_view& rest, size_t most, std::string_view& method, std::string_view& target, int& minor_version);

}  // namespace landfall::http::h1
