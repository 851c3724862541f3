#pragma once

#include <string>

#include "model/storage.h"

namespace landfall::services::s3 {

/// What stands for a key in a listing with a delimiter: its beginning up to the first delimiter after the prefix; "" if the key
/// stands for itself.
inline std::string rolled_up(const std::string& key, const std::string& prefix, const std::string& delimiter) {
  const size_t cut = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
  return cut == std::string::npos ? "" : key.substr(0, cut + delimiter.size());
}

/// The algorithms of an object's checksums, as listings tell them.
template <class Out>
void tell_checksums(const model::Object& object, Out& out) {
  for (const auto& [algorithm, value] : object.checksums) {
    if (!out.checksum_algorithm) out.checksum_algorithm.emplace();
    out.checksum_algorithm->push_back(algorithm);
    out.checksum_type = object.checksum_type;
  }
}

}  // namespace landfall::services::s3
