#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"

namespace landfall::model {

/// What a temporary key of STS is limited to and tagged with, beside its identity. None: neither.
struct Session {
  std::string access_key;
  std::vector<std::string> policies;        ///< documents that let through of what the identity may; empty: no limit
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tags;  ///< keys of tags that the next role's session has too
  std::string source_identity;
  FIELDS(access_key, policies, tags, transitive_tags, source_identity)
  static constexpr std::string_view kTable = "session";
  std::string key() const { return access_key; }
};

}  // namespace landfall::model
