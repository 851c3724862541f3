#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace landfall {

std::string md5(std::string_view bytes);     ///< 16 raw bytes
std::string sha1(std::string_view bytes);    ///< 20 raw bytes
std::string sha256(std::string_view bytes);  ///< 32 raw bytes
std::string sha512(std::string_view bytes);  ///< 64 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view piece);
  std::string finish();  ///< 32 raw bytes; once

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace landfall
