#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall::fargate {

/// Where an image is: "registry/repository:tag@digest", with Docker's defaults filled in.
struct Reference {
  std::string host;        ///< with port: "docker.io", "localhost:5000"
  std::string repository;  ///< "library/nginx"
  std::string tag;         ///< "latest" where neither tag nor digest is given; empty with a digest only
  std::string digest;      ///< "sha256:…" or empty

  std::string selector() const { return digest.empty() ? tag : digest; }
  std::string name() const;         ///< as containerd prints it: "docker.io/library/nginx:latest"
  std::string api_host() const;     ///< docker.io's API answers at registry-1.docker.io
  /// Plain HTTP, as Docker has it: for localhost and 127.0.0.0/8 only.
  bool is_plain() const;
  std::string base_url() const { return (is_plain() ? "http://" : "https://") + api_host() + "/v2/" + repository; }
};

/// Source  Docker's reference grammar (distribution/reference). Errors: "Image.InvalidReference".
Result<Reference> parse_reference(std::string_view text);

/// "sha256:" and 64 lower-case hex digits.
bool is_digest(std::string_view text);

}  // namespace landfall::fargate
