#include "services/route53/name.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::route53 {
namespace {

constexpr size_t kMaxLabel = 63, kMaxName = 255;

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// `\ooo` at `at`, or -1.
int escape_at(std::string_view text, size_t at) {
  if (text[at] != '\\' || at + 3 >= text.size() || !std::ranges::all_of(text.substr(at + 1, 3), is_octal)) return -1;
  return (text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0');
}

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

/// Labels with their escapes undone.
std::vector<std::string> labels_of(std::string_view name) {
  std::vector<std::string> labels{""};
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '.') {
      labels.emplace_back();
    } else if (const int code = escape_at(name, i); code >= 0) {
      labels.back() += static_cast<char>(code);
      i += 3;
    } else {
      labels.back() += name[i];
    }
  }
  if (labels.back().empty()) labels.pop_back();
  return labels;
}

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : lower(label)) {
    if (is_plain(c)) out += c;
    else out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

Result<std::string> canonical_name(std::string_view given) {
  if (given == ".") return ".";
  const auto invalid = [&](std::string_view why) { return fail("InvalidDomainName", fmt::format("'{}' is not a valid domain name: {}", given, why)); };
  if (given.empty()) return invalid("it is empty");
  std::string name;
  size_t length = 1;
  for (const std::string& label : labels_of(given)) {
    if (label.empty()) return invalid("a label is empty");
    if (label.size() > kMaxLabel) return invalid(fmt::format("the label '{}' has {} characters; wanted at most {}", label, label.size(), kMaxLabel));
    name += escaped(label) + ".";
    length += label.size() + 1;
  }
  if (length > kMaxName) return invalid(fmt::format("it has {} characters; wanted at most {}", length, kMaxName));
  return name;
}

std::string sort_key(std::string_view canonical) {
  std::vector<std::string> labels = labels_of(canonical);
  std::ranges::reverse(labels);
  return join(labels, ".") + ".";
}

bool is_within(std::string_view name, std::string_view zone) {
  return name == zone || (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

}  // namespace landfall::services::route53
