#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace landfall::services::ecr {

/// One rule of a lifecycle policy.
struct LifecycleRule {
  enum class Tags { tagged, untagged, any };
  int priority = 0;
  Tags tags = Tags::any;
  std::vector<std::string> prefixes, patterns;  ///< an image must have a tag for each
  int most = 0;                                 ///< imageCountMoreThan; 0: by age
  Duration age{};                               ///< sinceImagePushed
};

/// Ascending priority, which is the order in which they count. Errors: "InvalidParameterException" in ECR's words.
/// Source  ECR user guide, Lifecycle policy properties
Result<std::vector<LifecycleRule>> read_lifecycle(std::string_view document);

struct LifecycleImage {
  std::string digest;
  std::vector<std::string> tags;
  WallTime pushed_at;
  bool is_part = false;  ///< an index of the repository names it: it stays as long as that
};

/// An image that goes, and the rule that lets it go.
struct Expiry {
  std::string digest;
  int priority = 0;
};

/// The images that the rules let go. Pure. What a rule selects no rule after it expires, but they count it.
/// Source  ECR user guide, How lifecycle policies work: evaluation rules
std::vector<Expiry> expired_images(const std::vector<LifecycleRule>& rules, const std::vector<LifecycleImage>& images, WallTime now);

}  // namespace landfall::services::ecr
