#pragma once

#include <memory>
#include <string>

namespace re2 {
class RE2;
}

namespace landfall::model {

/// Regular expressions of rules: RE2's, which has none of what AWS leaves out but for classes of Unicode, refused here.
/// Null: not valid; `why` says what is wrong.
std::shared_ptr<const re2::RE2> compile_pattern(const std::string& pattern, bool ignore_case, std::string* why = nullptr);

/// `replace` of a transform in RE2's form. False: it names a group that the pattern has not.
bool to_rewrite(const re2::RE2& pattern, const std::string& replace, std::string& into);

}  // namespace landfall::model
