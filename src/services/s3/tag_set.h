#pragma once

#include <string>
#include <vector>

#include "services/s3/support.h"

/// Tags of buckets and objects: what keys and values may be.
/// Source: S3 user guide, Categorizing your storage using tags.
namespace landfall::services::s3 {

/// Letters of any language, digits, blanks and "_.:/=+-@".
bool is_tag_key(const std::string& key);
bool is_tag_value(const std::string& value);

/// The tags of a body. `of_system`: the sentence about a key of AWS's own ("aws:…"). Error: "InvalidTag".
Result<model::Tags> tags_of_set(const CallContext& context, const std::optional<std::vector<shapes::Tag>>& given, const char* of_system);

}  // namespace landfall::services::s3
