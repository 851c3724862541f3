#include "model/pattern.h"

#include <re2/re2.h>

namespace landfall::model {

std::shared_ptr<const re2::RE2> compile_pattern(const std::string& pattern, bool ignore_case, std::string* why) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(1 << 20);
  auto made = std::make_shared<const re2::RE2>(pattern, options);
  std::string error = made->error();
  if (pattern.find("\\p") != std::string::npos || pattern.find("\\P") != std::string::npos) error = "classes of Unicode are not supported";
  if (error.empty()) return made;
  if (why != nullptr) *why = error;
  return nullptr;
}

bool to_rewrite(const re2::RE2& pattern, const std::string& replace, std::string& into) {
  into.clear();
  for (size_t at = 0; at < replace.size(); ++at) {
    const char c = replace[at];
    const char next = at + 1 < replace.size() ? replace[at + 1] : '\0';
    if (c == '\\') into += "\\\\";
    else if (c == '$' && next >= '0' && next <= '9') {
      if (next - '0' > pattern.NumberOfCapturingGroups()) return false;
      into += '\\';
      into += next;
      ++at;
    } else into += c;
  }
  return true;
}

}  // namespace landfall::model
