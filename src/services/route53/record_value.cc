#include "services/route53/record_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/ip.h"
#include "base/text.h"
#include "services/route53/name.h"

namespace landfall::services::route53 {
namespace {

constexpr size_t kMaxString = 255;

struct Problem {
  std::string_view code, what;
};
using Check = std::optional<Problem>;

std::vector<std::string> words(std::string_view value) {
  std::vector<std::string> found;
  for (const std::string& word : split(replace_all(value, "\t", " "), ' ')) {
    if (!word.empty()) found.push_back(word);
  }
  return found;
}

bool is_number(std::string_view text, uint64_t most) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= most;
}

bool is_name(const std::string& text) { return text == "." || canonical_name(text).has_value(); }

Check check_a(const std::string& value) {
  if (parse_ipv4(value)) return std::nullopt;
  return Problem{"ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address"};
}

Check check_aaaa(const std::string& value) {
  std::array<unsigned char, 16> address{};
  if (inet_pton(AF_INET6, value.c_str(), address.data()) == 1) return std::nullopt;
  return Problem{"AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address"};
}

Check check_name(const std::string& value) {
  if (is_name(value)) return std::nullopt;
  return Problem{"UnsupportedCharacter", "Value is not a valid domain name"};
}

/// One or more strings in quotation marks, each of at most 255 characters.
Check check_text(const std::string& value) {
  size_t at = 0, length = 0;
  bool inside = false, any = false;
  for (; at < value.size(); ++at) {
    const char c = value[at];
    if (!inside) {
      if (c == ' ' || c == '\t') continue;
      if (c != '"') return Problem{"InvalidCharacterString", "Value should be enclosed in quotation marks"};
      inside = any = true;
      length = 0;
    } else if (c == '"') {
      inside = false;
    } else {
      if (c == '\\') at += at + 3 < value.size() && value[at + 1] >= '0' && value[at + 1] <= '9' ? 3 : 1;
      if (++length > kMaxString) return Problem{"CharacterStringTooLong", "Value is too long"};
    }
  }
  if (inside || !any) return Problem{"InvalidCharacterString", "Value should be enclosed in quotation marks"};
  return std::nullopt;
}

Check check_mx(const std::string& value) {
  const auto parts = words(value);
  if (parts.size() != 2) return Problem{"MXRRDATANotTwoFields", "Value must contain a priority and a domain name"};
  if (!is_number(parts[0], 65535)) return Problem{"MXRRDATAIllegalPriority", "Priority must be between 0 and 65535"};
  return check_name(parts[1]);
}

Check check_srv(const std::string& value) {
  const auto parts = words(value);
  if (parts.size() != 4) return Problem{"SRVRRDATANotFourFields", "Value must contain priority, weight, port and a domain name"};
  for (size_t i = 0; i < 3; ++i) {
    if (!is_number(parts[i], 65535)) return Problem{"SRVRRDATAIllegalNumber", "Priority, weight and port must be between 0 and 65535"};
  }
  return check_name(parts[3]);
}

Check check_caa(const std::string& value) {
  const auto parts = words(value);
  if (parts.size() < 3) return Problem{"CAARRDATANotThreeFields", "Value must contain flags, a tag and a quoted value"};
  if (!is_number(parts[0], 255)) return Problem{"CAARRDATAIllegalFlags", "Flags must be between 0 and 255"};
  return check_text(value.substr(value.find('"') == std::string::npos ? value.size() : value.find('"')));
}

Check check_soa(const std::string& value) {
  const auto parts = words(value);
  if (parts.size() != 7) return Problem{"SOARRDATANotSevenFields", "Value must contain two domain names and five numbers"};
  for (size_t i = 2; i < 7; ++i) {
    if (!is_number(parts[i], 4294967295)) return Problem{"SOARRDATAIllegalNumber", "Numbers must be between 0 and 4294967295"};
  }
  return is_name(parts[0]) ? check_name(parts[1]) : check_name(parts[0]);
}

/// Numbers up to the bounds, then something in hexadecimal: DS, TLSA, SSHFP.
template <size_t N>
Check check_numbers_and_hex(const std::string& value, const std::array<uint64_t, N>& bounds) {
  const auto parts = words(value);
  if (parts.size() != N + 1) return Problem{"InvalidRRData", "Value must be numbers and a hexadecimal string"};
  for (size_t i = 0; i < N; ++i) {
    if (!is_number(parts[i], bounds[i])) return Problem{"InvalidRRData", "Value contains a number that is out of range"};
  }
  const bool is_hex = parts[N].size() % 2 == 0 && std::ranges::all_of(parts[N], [](unsigned char c) { return std::isxdigit(c) != 0; });
  return is_hex ? std::nullopt : Check(Problem{"InvalidRRData", "Value must end with a hexadecimal string"});
}
Check check_ds(const std::string& value) { return check_numbers_and_hex<3>(value, {65535, 255, 255}); }
Check check_tlsa(const std::string& value) { return check_numbers_and_hex<3>(value, {255, 255, 255}); }
Check check_sshfp(const std::string& value) { return check_numbers_and_hex<2>(value, {255, 255}); }

Check check_naptr(const std::string& value) {
  const auto parts = words(value);
  if (parts.size() != 6) return Problem{"NAPTRRRDATANotSixFields", "Value must contain order, preference, flags, service, regular expression and replacement"};
  if (!is_number(parts[0], 65535) || !is_number(parts[1], 65535)) return Problem{"NAPTRRRDATAIllegalNumber", "Order and preference must be between 0 and 65535"};
  for (size_t i = 2; i < 5; ++i) {
    if (parts[i].size() < 2 || parts[i].front() != '"' || parts[i].back() != '"') return Problem{"InvalidCharacterString", "Value should be enclosed in quotation marks"};
  }
  return check_name(parts[5]);
}

struct Type {
  std::string_view name;
  Check (*check)(const std::string&);
};
constexpr Type kTypes[] = {{"A", check_a}, {"AAAA", check_aaaa}, {"CAA", check_caa}, {"CNAME", check_name}, {"DS", check_ds}, {"MX", check_mx}, {"NAPTR", check_naptr}, {"NS", check_name},
                           {"PTR", check_name}, {"SOA", check_soa}, {"SPF", check_text}, {"SRV", check_srv}, {"SSHFP", check_sshfp}, {"TLSA", check_tlsa}, {"TXT", check_text}};

const Type* find_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &Type::name);
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace

bool is_supported_type(std::string_view type) { return find_type(type) != nullptr; }

std::string value_problem(std::string_view type, const std::string& value) {
  const Type* known = find_type(type);
  const Check found = known == nullptr ? std::nullopt : known->check(value);
  if (!found) return "";
  return fmt::format("Invalid Resource Record: 'FATAL problem: {} ({}) encountered with '{}''", found->code, found->what, value);
}

}  // namespace landfall::services::route53
