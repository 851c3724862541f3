#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Whether policies let a call through. Pure.
/// Source  IAM user guide: Policy evaluation logic; IAM JSON policy elements reference
namespace landfall::services::iam {

struct Question {
  std::string action;                                   ///< "s3:GetObject"
  std::string resource;                                 ///< an ARN, or "*"
  std::map<std::string, std::string, std::less<>> keys; ///< condition keys in lower case -> value
};

enum class Verdict { allowed, denied, not_mentioned };

/// An explicit deny wins over everything, then any allow. A document that cannot be read allows nothing.
Verdict evaluate(const std::vector<std::string>& documents, const Question& question);

}  // namespace landfall::services::iam
