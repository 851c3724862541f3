#include "services/s3/tag_set.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace landfall::services::s3 {
namespace {

constexpr size_t kMaxKey = 128, kMaxValue = 256;

/// Characters beyond ASCII count as letters.
bool has_tag_characters(const std::string& text) {
  constexpr std::string_view kMarks = " _.:/=+-@";
  return std::ranges::all_of(text, [&](char c) { return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != std::string_view::npos; });
}

size_t characters(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

bool is_tag_key(const std::string& key) { return !key.empty() && characters(key) <= kMaxKey && has_tag_characters(key); }
bool is_tag_value(const std::string& value) { return characters(value) <= kMaxValue && has_tag_characters(value); }

Result<model::Tags> tags_of_set(const CallContext& context, const std::optional<std::vector<shapes::Tag>>& given, const char* of_system) {
  model::Tags tags;
  for (const shapes::Tag& tag : given.value_or(std::vector<shapes::Tag>{})) {
    const std::string key = text(tag.key), value = text(tag.value);
    const auto invalid = [&](const char* what) {
      tell_about(context, {{"TagKey", key}});
      return fail("InvalidTag", what);
    };
    if (tags.contains(key)) return invalid("Cannot provide multiple Tags with the same key");
    if (key.starts_with("aws:")) return invalid(of_system);
    if (!is_tag_key(key)) return invalid("The TagKey you have provided is invalid");
    if (!is_tag_value(value)) {
      tell_about(context, {{"TagKey", key}, {"TagValue", value}});
      return fail("InvalidTag", "The TagValue you have provided is invalid");
    }
    tags[key] = value;
  }
  return tags;
}

}  // namespace landfall::services::s3
